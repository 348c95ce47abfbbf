"""The 22 queries in the builder, as functions of the eight tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from vibepiper_transform import (
    Avg,
    Count,
    CountDistinct,
    Expression,
    Max,
    Min,
    Relation,
    Sum,
    col,
    when,
)

__all__ = ["build_query"]

Tables: TypeAlias = "Mapping[str, Relation]"

PRICE = col("l_extendedprice") * (1 - col("l_discount"))


def build_query(number: int, tables: Tables) -> Relation:
    """A query, 1 to 22, over relations by the names of the tables. Its columns have the names,
    and its rows the order, of the standard's."""
    return _QUERIES[number](tables)


def pricing_summary(t: Tables) -> Relation:
    shipped = t["lineitem"].filter(col("l_shipdate") <= date(1998, 9, 2))
    charge = PRICE * (1 + col("l_tax"))
    return (
        shipped.groupby("l_returnflag", "l_linestatus")
        .aggregate(
            sum_qty=Sum("l_quantity"),
            sum_base_price=Sum("l_extendedprice"),
            sum_disc_price=Sum(PRICE),
            sum_charge=Sum(charge),
            avg_qty=Avg("l_quantity"),
            avg_price=Avg("l_extendedprice"),
            avg_disc=Avg("l_discount"),
            count_order=Count(),
        )
        .order_by("l_returnflag", "l_linestatus")
    )


def minimum_cost_supplier(t: Tables) -> Relation:
    region = t["region"].filter(col("r_name") == "EUROPE")
    offers = (
        t["partsupp"]
        .join(t["supplier"], on=[("ps_suppkey", "s_suppkey")])
        .join(t["nation"], on=[("s_nationkey", "n_nationkey")])
        .join(region, on=[("n_regionkey", "r_regionkey")])
    )
    parts = t["part"].filter((col("p_size") == 15) & col("p_type").like("%BRASS"))
    wanted = offers.join(parts, on=[("ps_partkey", "p_partkey")])
    least = wanted.groupby("ps_partkey").aggregate(least_cost=Min("ps_supplycost"))
    return (
        wanted.join(least, on=["ps_partkey", ("ps_supplycost", "least_cost")])
        .rename(p_partkey="ps_partkey")
        .order_by(col("s_acctbal").desc(), "n_name", "s_name", "p_partkey")
        .limit(100)
        .select(
            "s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone",
            "s_comment",
        )
    )  # fmt: skip


def shipping_priority(t: Tables) -> Relation:
    day = date(1995, 3, 15)
    customers = t["customer"].filter(col("c_mktsegment") == "BUILDING")
    orders = t["orders"].filter(col("o_orderdate") < day)
    return (
        t["lineitem"]
        .filter(col("l_shipdate") > day)
        .join(orders, on=[("l_orderkey", "o_orderkey")])
        .join(customers, on=[("o_custkey", "c_custkey")])
        .groupby("l_orderkey", "o_orderdate", "o_shippriority")
        .aggregate(revenue=Sum(PRICE))
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .order_by(col("revenue").desc(), "o_orderdate")
        .limit(10)
    )


def order_priority(t: Tables) -> Relation:
    late = t["lineitem"].filter(col("l_commitdate") < col("l_receiptdate"))
    quarter = (col("o_orderdate") >= date(1993, 7, 1)) & (col("o_orderdate") < date(1993, 10, 1))
    return (
        t["orders"]
        .filter(quarter)
        .join(late, on=[("o_orderkey", "l_orderkey")], how="semi")
        .groupby("o_orderpriority")
        .aggregate(order_count=Count())
        .order_by("o_orderpriority")
    )


def local_supplier_volume(t: Tables) -> Relation:
    region = t["region"].filter(col("r_name") == "ASIA")
    return (
        t["lineitem"]
        .join(t["orders"].filter(_in_year("o_orderdate", 1994)), on=[("l_orderkey", "o_orderkey")])
        .join(t["customer"], on=[("o_custkey", "c_custkey")])
        .join(t["supplier"], on=[("l_suppkey", "s_suppkey"), ("c_nationkey", "s_nationkey")])
        .join(t["nation"], on=[("c_nationkey", "n_nationkey")])
        .join(region, on=[("n_regionkey", "r_regionkey")])
        .groupby("n_name")
        .aggregate(revenue=Sum(PRICE))
        .order_by(col("revenue").desc())
    )


def revenue_change(t: Tables) -> Relation:
    some = col("l_discount").between(Decimal("0.05"), Decimal("0.07")) & (col("l_quantity") < 24)
    return (
        t["lineitem"]
        .filter(_in_year("l_shipdate", 1994), some)
        .aggregate(revenue=Sum(col("l_extendedprice") * col("l_discount")))
    )


def volume_shipping(t: Tables) -> Relation:
    one = t["nation"].select(supp_nation="n_name", supp_key="n_nationkey")
    two = t["nation"].select(cust_nation="n_name", cust_key="n_nationkey")
    between = ((col("supp_nation") == "FRANCE") & (col("cust_nation") == "GERMANY")) | (
        (col("supp_nation") == "GERMANY") & (col("cust_nation") == "FRANCE")
    )
    years = col("l_shipdate").between(date(1995, 1, 1), date(1996, 12, 31))
    return (
        t["lineitem"]
        .filter(years)
        .join(t["supplier"], on=[("l_suppkey", "s_suppkey")])
        .join(t["orders"], on=[("l_orderkey", "o_orderkey")])
        .join(t["customer"], on=[("o_custkey", "c_custkey")])
        .join(one, on=[("s_nationkey", "supp_key")])
        .join(two, on=[("c_nationkey", "cust_key")])
        .filter(between)
        .groupby("supp_nation", "cust_nation", l_year=col("l_shipdate").date_part("year"))
        .aggregate(revenue=Sum(PRICE))
        .order_by("supp_nation", "cust_nation", "l_year")
    )


def market_share(t: Tables) -> Relation:
    parts = t["part"].filter(col("p_type") == "ECONOMY ANODIZED STEEL")
    years = col("o_orderdate").between(date(1995, 1, 1), date(1996, 12, 31))
    region = t["region"].filter(col("r_name") == "AMERICA")
    home = t["nation"].join(region, on=[("n_regionkey", "r_regionkey")], how="semi")
    seller = t["nation"].select(nation="n_name", seller_key="n_nationkey")
    return (
        t["lineitem"]
        .join(parts, on=[("l_partkey", "p_partkey")])
        .join(t["supplier"], on=[("l_suppkey", "s_suppkey")])
        .join(t["orders"].filter(years), on=[("l_orderkey", "o_orderkey")])
        .join(t["customer"], on=[("o_custkey", "c_custkey")])
        .join(home, on=[("c_nationkey", "n_nationkey")])
        .join(seller, on=[("s_nationkey", "seller_key")])
        .groupby(o_year=col("o_orderdate").date_part("year"))
        .aggregate(
            brazil=Sum(when(col("nation") == "BRAZIL").then(PRICE).otherwise(0)), all=Sum(PRICE)
        )
        .select("o_year", mkt_share=col("brazil") / col("all"))
        .order_by("o_year")
    )


def product_profit(t: Tables) -> Relation:
    parts = t["part"].filter(col("p_name").contains("green"))
    amount = PRICE - col("ps_supplycost") * col("l_quantity")
    return (
        t["lineitem"]
        .join(parts, on=[("l_partkey", "p_partkey")])
        .join(t["supplier"], on=[("l_suppkey", "s_suppkey")])
        .join(t["partsupp"], on=[("l_suppkey", "ps_suppkey"), ("l_partkey", "ps_partkey")])
        .join(t["orders"], on=[("l_orderkey", "o_orderkey")])
        .join(t["nation"], on=[("s_nationkey", "n_nationkey")])
        .groupby(nation="n_name", o_year=col("o_orderdate").date_part("year"))
        .aggregate(sum_profit=Sum(amount))
        .order_by("nation", col("o_year").desc())
    )


def returned_items(t: Tables) -> Relation:
    quarter = (col("o_orderdate") >= date(1993, 10, 1)) & (col("o_orderdate") < date(1994, 1, 1))
    customer = (
        "c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment",
    )  # fmt: skip
    return (
        t["lineitem"]
        .filter(col("l_returnflag") == "R")
        .join(t["orders"].filter(quarter), on=[("l_orderkey", "o_orderkey")])
        .join(t["customer"], on=[("o_custkey", "c_custkey")])
        .join(t["nation"], on=[("c_nationkey", "n_nationkey")])
        .rename(c_custkey="o_custkey")
        .groupby(*customer)
        .aggregate(revenue=Sum(PRICE))
        .select(
            "c_custkey",
            "c_name",
            "revenue",
            "c_acctbal",
            "n_name",
            "c_address",
            "c_phone",
            "c_comment",
        )
        .order_by(col("revenue").desc())
        .limit(20)
    )


def important_stock(t: Tables) -> Relation:
    germany = t["nation"].filter(col("n_name") == "GERMANY")
    stock = (
        t["partsupp"]
        .join(t["supplier"], on=[("ps_suppkey", "s_suppkey")])
        .join(germany, on=[("s_nationkey", "n_nationkey")])
        .mutate(cost=col("ps_supplycost") * col("ps_availqty"))
    )
    whole = stock.aggregate(total=Sum("cost"))
    return (
        stock.groupby("ps_partkey")
        .aggregate(value=Sum("cost"))
        .join(whole, how="cross")
        .filter(col("value") > col("total") * Decimal("0.0001"))
        .select("ps_partkey", "value")
        .order_by(col("value").desc())
    )


def shipping_modes(t: Tables) -> Relation:
    lines = t["lineitem"].filter(
        col("l_shipmode").is_in(["MAIL", "SHIP"]),
        col("l_commitdate") < col("l_receiptdate"),
        col("l_shipdate") < col("l_commitdate"),
        _in_year("l_receiptdate", 1994),
    )
    urgent = col("o_orderpriority").is_in(["1-URGENT", "2-HIGH"])
    return (
        t["orders"]
        .join(lines, on=[("o_orderkey", "l_orderkey")])
        .groupby("l_shipmode")
        .aggregate(high_line_count=Count(where=urgent), low_line_count=Count(where=~urgent))
        .order_by("l_shipmode")
    )


def customer_distribution(t: Tables) -> Relation:
    orders = t["orders"].filter(~col("o_comment").like("%special%requests%"))
    return (
        t["customer"]
        .join(orders.select("o_orderkey", c_custkey="o_custkey"), on="c_custkey", how="left")
        .groupby("c_custkey")
        .aggregate(c_count=Count("o_orderkey"))
        .groupby("c_count")
        .aggregate(custdist=Count())
        .order_by(col("custdist").desc(), col("c_count").desc())
    )


def promotion_effect(t: Tables) -> Relation:
    month = (col("l_shipdate") >= date(1995, 9, 1)) & (col("l_shipdate") < date(1995, 10, 1))
    promoted = when(col("p_type").like("PROMO%")).then(PRICE).otherwise(0)
    return (
        t["lineitem"]
        .filter(month)
        .join(t["part"], on=[("l_partkey", "p_partkey")])
        .aggregate(promoted=Sum(promoted), all=Sum(PRICE))
        .select(promo_revenue=100 * col("promoted") / col("all"))
    )


def top_supplier(t: Tables) -> Relation:
    quarter = (col("l_shipdate") >= date(1996, 1, 1)) & (col("l_shipdate") < date(1996, 4, 1))
    revenue = (
        t["lineitem"]
        .filter(quarter)
        .groupby(s_suppkey="l_suppkey")
        .aggregate(total_revenue=Sum(PRICE))
    )
    best = revenue.mutate(best=Max("total_revenue").over())
    return (
        t["supplier"]
        .join(best.filter(col("total_revenue") == col("best")), on="s_suppkey")
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .order_by("s_suppkey")
    )


def part_suppliers(t: Tables) -> Relation:
    parts = t["part"].filter(
        col("p_brand") != "Brand#45",
        ~col("p_type").like("MEDIUM POLISHED%"),
        col("p_size").is_in([49, 14, 23, 45, 19, 3, 36, 9]),
    )
    bad = t["supplier"].filter(col("s_comment").like("%Customer%Complaints%"))
    return (
        t["partsupp"]
        .join(parts, on=[("ps_partkey", "p_partkey")])
        .join(bad, on=[("ps_suppkey", "s_suppkey")], how="anti")
        .groupby("p_brand", "p_type", "p_size")
        .aggregate(supplier_cnt=CountDistinct("ps_suppkey"))
        .order_by(col("supplier_cnt").desc(), "p_brand", "p_type", "p_size")
    )


def small_quantity_revenue(t: Tables) -> Relation:
    parts = t["part"].filter((col("p_brand") == "Brand#23") & (col("p_container") == "MED BOX"))
    lines = t["lineitem"].join(parts, on=[("l_partkey", "p_partkey")])
    usual = lines.groupby("l_partkey").aggregate(usual=Avg("l_quantity"))
    return (
        lines.join(usual, on="l_partkey")
        .filter(col("l_quantity") < 0.2 * col("usual"))
        .aggregate(total=Sum("l_extendedprice"))
        .select(avg_yearly=col("total") / 7)
    )


def large_volume_customers(t: Tables) -> Relation:
    large = (
        t["lineitem"]
        .groupby("l_orderkey")
        .aggregate(quantity=Sum("l_quantity"))
        .filter(col("quantity") > 300)
    )
    return (
        t["orders"]
        .join(large, on=[("o_orderkey", "l_orderkey")], how="semi")
        .join(t["customer"].rename(o_custkey="c_custkey"), on="o_custkey")
        .join(t["lineitem"], on=[("o_orderkey", "l_orderkey")])
        .rename(c_custkey="o_custkey")
        .groupby("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice")
        .aggregate(sum_quantity=Sum("l_quantity"))
        .order_by(col("o_totalprice").desc(), "o_orderdate")
        .limit(100)
    )


def discounted_revenue(t: Tables) -> Relation:
    lines = t["lineitem"].filter(
        col("l_shipmode").is_in(["AIR", "AIR REG"]),
        col("l_shipinstruct") == "DELIVER IN PERSON",
    )

    def kind(brand: str, size: str, packs: list[str], quantity: int, most: int) -> Expression:
        return (
            (col("p_brand") == brand)
            & col("p_container").is_in([f"{size} {pack}" for pack in packs])
            & col("l_quantity").between(quantity, quantity + 10)
            & col("p_size").between(1, most)
        )

    wanted = (
        kind("Brand#12", "SM", ["CASE", "BOX", "PACK", "PKG"], 1, 5)
        | kind("Brand#23", "MED", ["BAG", "BOX", "PKG", "PACK"], 10, 10)
        | kind("Brand#34", "LG", ["CASE", "BOX", "PACK", "PKG"], 20, 15)
    )
    return (
        lines.join(t["part"], on=[("l_partkey", "p_partkey")])
        .filter(wanted)
        .aggregate(revenue=Sum(PRICE))
    )


def potential_promotion(t: Tables) -> Relation:
    parts = t["part"].filter(col("p_name").like("forest%"))
    shipped = (
        t["lineitem"]
        .filter(_in_year("l_shipdate", 1994))
        .groupby(ps_partkey="l_partkey", ps_suppkey="l_suppkey")
        .aggregate(quantity=Sum("l_quantity"))
    )
    excess = (
        t["partsupp"]
        .join(parts, on=[("ps_partkey", "p_partkey")], how="semi")
        .join(shipped, on=["ps_partkey", "ps_suppkey"])
        .filter(col("ps_availqty") > Decimal("0.5") * col("quantity"))
    )
    canada = t["nation"].filter(col("n_name") == "CANADA")
    return (
        t["supplier"]
        .join(canada, on=[("s_nationkey", "n_nationkey")], how="semi")
        .join(excess, on=[("s_suppkey", "ps_suppkey")], how="semi")
        .select("s_name", "s_address")
        .order_by("s_name")
    )


def waiting_suppliers(t: Tables) -> Relation:
    lines = t["lineitem"].select("l_orderkey", "l_suppkey", "l_receiptdate", "l_commitdate")
    late = lines.filter(col("l_receiptdate") > col("l_commitdate"))
    other = (col("l_orderkey") == col("l_orderkey_right")) & (
        col("l_suppkey") != col("l_suppkey_right")
    )
    arabia = t["nation"].filter(col("n_name") == "SAUDI ARABIA")
    sellers = t["supplier"].join(arabia, on=[("s_nationkey", "n_nationkey")], how="semi")
    failed = t["orders"].filter(col("o_orderstatus") == "F")
    return (
        late.join(sellers, on=[("l_suppkey", "s_suppkey")])
        .join(failed, on=[("l_orderkey", "o_orderkey")])
        .join(lines, on=other, how="semi")
        .join(late, on=other, how="anti")
        .groupby("s_name")
        .aggregate(numwait=Count())
        .order_by(col("numwait").desc(), "s_name")
        .limit(100)
    )


def sales_opportunity(t: Tables) -> Relation:
    codes = ["13", "31", "23", "29", "30", "18", "17"]
    customers = (
        t["customer"]
        .mutate(cntrycode=col("c_phone").substring(1, 2))
        .filter(col("cntrycode").is_in(codes))
    )
    usual = customers.filter(col("c_acctbal") > 0).aggregate(usual=Avg("c_acctbal"))
    return (
        customers.join(usual, how="cross")
        .filter(col("c_acctbal") > col("usual"))
        .join(t["orders"], on=[("c_custkey", "o_custkey")], how="anti")
        .groupby("cntrycode")
        .aggregate(numcust=Count(), totacctbal=Sum("c_acctbal"))
        .order_by("cntrycode")
    )


def _in_year(name: str, year: int) -> Expression:
    return (col(name) >= date(year, 1, 1)) & (col(name) < date(year + 1, 1, 1))


_QUERIES: dict[int, Callable[[Tables], Relation]] = {
    1: pricing_summary,
    2: minimum_cost_supplier,
    3: shipping_priority,
    4: order_priority,
    5: local_supplier_volume,
    6: revenue_change,
    7: volume_shipping,
    8: market_share,
    9: product_profit,
    10: returned_items,
    11: important_stock,
    12: shipping_modes,
    13: customer_distribution,
    14: promotion_effect,
    15: top_supplier,
    16: part_suppliers,
    17: small_quantity_revenue,
    18: large_volume_customers,
    19: discounted_revenue,
    20: potential_promotion,
    21: waiting_suppliers,
    22: sales_opportunity,
}
