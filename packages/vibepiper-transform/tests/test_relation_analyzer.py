"""What the analyzer finds of functions of relations."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp
from vibepiper import Asset
from vibepiper.analysis import AnalyzerRequest, AssetAnalysis, KnownUpstream
from vibepiper.errors import Location
from vibepiper_transform import (
    ArrayAgg,
    Count,
    Relation,
    Sum,
    col,
    database_table,
    join,
    row_number,
    sql_asset,
    sql_assets,
    transform,
)
from vibepiper_transform.analyzer import RelationAnalyzer

ORDERS = pa.schema(
    [("id", pa.int64()), ("customer", pa.int64()), ("day", pa.date32()), ("amount", pa.int32())]
)
CUSTOMERS = pa.schema([("customer", pa.int64()), ("name", pa.string())])


def look(asset: Asset, **more: object) -> AssetAnalysis:
    schemas = {"orders": ORDERS, "customers": CUSTOMERS}
    names = [p.name for p in asset.parameters if p.name in schemas]
    upstreams = {name: KnownUpstream(name, schemas[name]) for name in names}
    return RelationAnalyzer().analyze(AnalyzerRequest(asset, upstreams, more, Path.cwd()))


def told(found: AssetAnalysis) -> dict[str, str]:
    assert found.columns is not None, found
    return {
        c.name: f"{c.type}: " + ", ".join(f"{s.asset}.{s.column} {s.kind}" for s in c.sources)
        for c in found.columns
    }


def nodes_held() -> int:
    return sum(isinstance(each, exp.Expr) for each in gc.get_objects())


def made(build: Callable[..., Any]) -> Asset:
    return transform(name="made")(build)


def test_the_specified_examples_are_followed() -> None:
    both = made(lambda customers, orders: join(customers, orders, on="customer", how="left"))
    assert told(look(both))["name"] == (
        "string: customers.customer join_key, customers.name identity, orders.customer join_key"
    )
    daily = made(lambda orders: orders.groupby("day").aggregate(total=Sum("amount"), n=Count("id")))
    assert told(look(daily)) == {
        "day": "date32[day]: orders.day group_key, orders.day identity",
        "total": "int64: orders.amount aggregate, orders.day group_key",
        "n": "int64: orders.day group_key, orders.id aggregate",
    }


def test_a_column_is_followed_on_which_a_function_is_called() -> None:
    @sql_asset
    def loud():
        return "SELECT name.upper().left(1) AS x, c.name.lower() AS y FROM {{ customers }} c"

    source = "string: customers.name expression"
    assert told(look(loud)) == {"x": source, "y": source}

    @sql_asset
    def wrong():
        return "SELECT nam.upper() AS x FROM {{ customers }}"

    (problem,) = look(wrong).problems
    assert (problem.message, problem.hint) == (
        "asset 'wrong': there is no column 'nam'",
        "Did you mean 'name'?",
    )


def test_python_and_sql_are_followed_the_same() -> None:
    """One question, in both."""
    place = row_number().over(partition_by="day", order_by="amount")
    python = made(
        lambda orders: orders.select("id", place=place).filter(col("place") == 1).select("id")
    )

    @sql_asset
    def sql():  # type: ignore[no-untyped-def]
        return """
        WITH numbered AS (
            SELECT id, row_number() OVER w AS place
            FROM {{ orders }} WINDOW w AS (PARTITION BY day ORDER BY amount))
        SELECT id FROM numbered WHERE place = 1
        """

    assert (
        told(look(python))
        == told(look(sql))
        == {"id": "int64: orders.amount filter, orders.day filter, orders.id identity"}
    )


def test_each_column_is_used_where_it_is_named_first() -> None:
    @sql_asset
    def sql():  # type: ignore[no-untyped-def]
        return """
        SELECT id, amount
        FROM {{ orders }}
        WHERE amount > 1
        """

    here = sql.location.line or 0
    places = {use.column: (use.at.line or 0) - here for use in look(sql).uses}
    assert places == {"id": 3, "amount": 3}


def test_what_was_looked_into_is_not_left_to_the_collector() -> None:
    @sql_asset
    def daily() -> str:
        columns = ", ".join(f"sum(amount + {number}) AS x{number}" for number in range(100))
        return f"SELECT {columns} FROM {{{{ orders }}}}"

    look(daily)
    gc.collect()
    gc.disable()
    try:
        before = nodes_held()
        look(daily)
        assert nodes_held() - before < 100
    finally:
        gc.enable()


def test_a_star_and_what_is_kept_name_no_column() -> None:
    """To pass a column on is not to use it by name."""
    kept = made(lambda orders: orders.mutate(twice=col("amount") * 2).rename(who="customer"))
    assert {use.column for use in look(kept).uses} == {"amount", "customer"}


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (lambda orders: orders.to_table(), "it reads rows when it is called"),
        (lambda orders: {"rows": orders.count()}, "it reads rows when it is called"),
        (lambda orders: pa.table({"x": [1]}), "it returns a Table"),
    ],
)
def test_what_is_no_relation_is_opaque(build: Callable[..., Any], why: str) -> None:
    found = look(made(build))
    assert (found.columns, found.problems, found.opaque) == (None, (), why)


def test_a_transform_without_a_return_is_a_problem() -> None:
    @transform
    def late(orders):  # type: ignore[no-untyped-def]
        orders.filter(col("amount") > 1)

    (problem,) = look(late).problems
    assert problem.message == "asset 'late' returns None, but it is declared as a query"
    assert (problem.severity, problem.hint) == ("error", "Is a `return` missing?")


def _gives_some(orders: Relation) -> object:
    return orders if orders.columns else None


def _gives_none(orders: Relation) -> None:
    if orders.columns:
        return None
    orders.filter(col("amount") > 1)


def _raises(orders: Relation) -> None:
    raise NotImplementedError


def _yields(orders: Relation) -> Iterator[dict[str, int]]:
    yield {"n": 1}


@pytest.mark.parametrize(
    ("function", "expected"),
    [(_gives_some, False), (_gives_none, True), (_raises, False), (_yields, False)],
)
def test_a_return_is_missed_also_where_upstreams_are_unknown(
    function: Callable[..., object], expected: bool
) -> None:
    request = AnalyzerRequest(
        transform(function), {"orders": KnownUpstream("orders", None)}, {}, Path.cwd()
    )
    assert bool(RelationAnalyzer().analyze(request).problems) is expected


def test_a_transform_that_adds_may_have_nothing_to_add() -> None:
    @transform(materialization="incremental")
    def more(orders):  # type: ignore[no-untyped-def]
        return None

    found = look(more)
    assert (found.problems, found.opaque) == ((), "it returns None")


def test_groups_without_aggregates_are_a_problem() -> None:
    (problem,) = look(made(lambda orders: orders.groupby("id"))).problems
    assert "a GroupedRelation is no table: aggregate is missing" in problem.message


@pytest.mark.parametrize(
    ("value", "name"), [(col("id") + 1, "an Expression"), (Sum("id"), "a Sum")]
)
def test_a_value_that_is_no_table_is_a_problem(value: object, name: str) -> None:
    (problem,) = look(made(lambda orders: value)).problems
    assert f"{name} is no table, but a value of the rows of one" in problem.message


def test_what_a_function_raises_is_a_problem_at_its_line() -> None:
    def broken(orders: Relation) -> Relation:
        return orders.filter(*[][0])

    (problem,) = look(transform(broken)).problems
    assert "its function raised IndexError" in problem.message
    assert problem.places[0].line == broken.__code__.co_firstlineno + 1


def test_types_that_do_not_fit_are_a_problem() -> None:
    @sql_asset
    def wrong():  # type: ignore[no-untyped-def]
        return "SELECT day + amount * day AS x FROM {{ orders }}"

    (problem,) = look(wrong).problems
    assert problem.severity == "error"
    assert problem.places[0].file == __file__


def test_values_of_parameters_reach_the_function() -> None:
    later = made(lambda orders, least: orders.filter(col("amount") > least).select("id"))
    assert told(look(later, least=3))["id"].endswith("orders.id identity")


def test_a_hinted_part_is_followed() -> None:
    hinted = made(
        lambda orders: orders.filter(col("amount") > 1).hint("materialize").select("id", d="day")
    )
    assert told(look(hinted)) == {
        "id": "int64: orders.amount filter, orders.id identity",
        "d": "date32[day]: orders.amount filter, orders.day identity",
    }


class Elsewhere:
    """A database that says only which columns there are."""

    dialect = "duckdb"

    def schema(self, query: object) -> pa.Schema:
        return pa.schema([("customer", pa.int64()), ("region", pa.string())])

    def stream(self, query: object, batch_rows: int) -> pa.RecordBatchReader:
        raise AssertionError("nothing may be read")


def test_a_table_that_is_no_asset_is_named() -> None:
    regions = database_table(Elsewhere(), "regions", schema="geo")  # type: ignore[arg-type]
    both = made(lambda orders: join(orders, regions, on="customer").select("region"))
    assert told(look(both)) == {
        "region": "string: duckdb.geo.regions.customer join_key, "
        "duckdb.geo.regions.region identity, orders.customer join_key"
    }


def in_postgresql(sql: str, dialect: str | None = "postgresql") -> AssetAnalysis:
    asset = sql_asset(name="made", dialect="postgresql")(lambda: sql)
    upstreams = {"customers": KnownUpstream("customers", CUSTOMERS)}
    request = AnalyzerRequest(asset, upstreams, {}, Path.cwd(), dialect)
    return RelationAnalyzer().analyze(request)


def kinds(found: AssetAnalysis) -> dict[str, str | None]:
    assert found.columns is not None, found
    return {c.name: None if c.type is None else str(c.type) for c in found.columns}


def test_a_function_of_the_engine_alone_has_the_type_that_it_is_cast_to() -> None:
    found = in_postgresql(
        "SELECT customer, similarity(name, 'x') AS plain, similarity(name, 'x') + 1 AS more, "
        "CAST(similarity(name, 'x') AS DOUBLE PRECISION) AS cast FROM {{ customers }} "
        "WHERE word_similarity(name, 'x') > 0.5"
    )
    assert found.problems == ()
    assert kinds(found) == {"customer": "int64", "plain": None, "more": None, "cast": "double"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customer FROM {{ customers }} ORDER BY similarity(name, 'x') LIMIT 3",
        "SELECT DISTINCT ON (similarity(name, 'x')) customer FROM {{ customers }}",
        "SELECT customer FROM {{ customers }} GROUP BY customer, similarity(name, 'x')",
        "SELECT customer, rank() OVER (ORDER BY similarity(name, 'x')) AS r FROM {{ customers }}",
    ],
)
def test_rows_may_be_ordered_by_it(sql: str) -> None:
    found = in_postgresql(sql)
    assert found.problems == ()
    assert kinds(found)["customer"] == "int64"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT s FROM (SELECT similarity(name, 'x') AS s FROM {{ customers }}) AS t",
        "WITH t AS (SELECT xmlagg(name) OVER () AS s FROM {{ customers }}) SELECT s FROM t",
        "SELECT similarity(name, 'x') AS s FROM {{ customers }} UNION SELECT 1",
    ],
)
def test_nothing_that_rests_on_it_has_a_type(sql: str) -> None:
    assert kinds(in_postgresql(sql)) == {"s": None}


@pytest.mark.parametrize(
    ("sql", "dialect", "problem"),
    [
        ("SELECT similarity(name, 'x') AS s FROM {{ customers }}", None, "similarity"),
        ("SELECT similarity(nmae, 'x') AS s FROM {{ customers }}", "postgresql", "nmae"),
        (
            "SELECT similarity(name, 'x') AS s, name + true AS t FROM {{ customers }}",
            "postgresql",
            "arithmetic with a text: each engine makes another number of it",
        ),
    ],
)
def test_what_is_wrong_beside_it_is_told(sql: str, dialect: str | None, problem: str) -> None:
    (found,) = in_postgresql(sql, dialect).problems
    assert found.severity == "error"
    assert problem in found.message


def test_what_duckdb_has_not_is_refused_of_what_runs_there() -> None:
    asset = sql_asset(name="made")(lambda: "SELECT similarity(name) AS s FROM {{ customers }}")
    (found,) = look(asset).problems
    assert (found.severity, "similarity does not exist" in found.message) == ("error", True)


def test_what_is_wrong_beside_it_is_told_at_its_place() -> None:
    @sql_asset(dialect="postgresql")
    def made() -> str:
        return """
            SELECT similarity(name, 'x') AS s,
                name + true AS t
            FROM {{ customers }}
        """

    upstreams = {"customers": KnownUpstream("customers", CUSTOMERS)}
    request = AnalyzerRequest(made, upstreams, {}, Path.cwd(), "postgresql")
    (found,) = RelationAnalyzer().analyze(request).problems
    line = Path(__file__).read_text().splitlines().index("                name + true AS t") + 1
    assert found.places[0].line == line


def in_sqlite(asset: Asset) -> Location:
    """Where the one refusal is told."""
    upstreams = {"orders": KnownUpstream("orders", ORDERS)}
    request = AnalyzerRequest(asset, upstreams, {}, Path.cwd(), "sqlite")
    (found,) = RelationAnalyzer().analyze(request).problems
    assert "sqlite cannot do" in found.message
    return found.places[0]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("list(amount ORDER BY id) AS x", 1),
        ("try_cast('1' AS INT) AS x", 10),
        ("1 AS n, hash(id) AS x", 9),
        ("now() AS x", 1),
    ],
)
def test_what_an_engine_cannot_say_is_told_where_the_sql_has_it(
    line: str, column: int, tmp_path: Path
) -> None:
    file = tmp_path / "made.sql"
    file.write_text(f"SELECT id,\n  {line}\nFROM {{{{ ref('orders') }}}} GROUP BY ALL")
    (asset,) = sql_assets(tmp_path).values()
    assert in_sqlite(asset) == Location(str(file), 2, column + 2)


@pytest.mark.parametrize(
    "refused",
    [
        lambda rows: rows.sample(0.5),
        lambda rows: rows.groupby("day").aggregate(id=ArrayAgg("amount")),
        lambda rows: rows.mutate(id=col("day").format_time("%A")),
    ],
)
def test_what_an_engine_cannot_say_is_told_where_the_builder_is_called(
    refused: Callable[[Relation], Relation],
) -> None:
    def build(orders: Relation) -> Relation:
        large = orders.filter(col("amount") > 1)
        return refused(large).filter(col("id").is_null())

    line = refused.__code__.co_firstlineno
    assert in_sqlite(made(build)) == Location(__file__, line)


def over_unknown(sql: str) -> AssetAnalysis:
    @sql_asset
    def rows() -> str:
        return sql

    upstreams = {"orders": KnownUpstream("orders", None)}
    return RelationAnalyzer().analyze(AnalyzerRequest(rows, upstreams, {}, Path.cwd()))


def test_sql_that_cannot_be_read_is_told_whatever_the_upstreams_hold() -> None:
    (problem,) = over_unknown("SELECT id, FROM {{ orders }} wher x =").problems
    assert (problem.severity, problem.certain) == ("error", True)
    assert "the SQL cannot be read" in problem.message
    assert over_unknown("SELECT id FROM {{ orders }} WHERE x = 1").problems == ()
    assert over_unknown('SELECT id FROM {{ ref("orders") }} QUALIFY x = 1').problems == ()


@pytest.mark.parametrize("schema", [None, ORDERS])
@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda orders: [1, 2], "returns a list, which is no table"),
        (lambda orders: orders.filter, "returns a method, which is no table"),
        (lambda orders: None if orders else orders, "returns None, but it is declared as a query"),
        (lambda orders: Sum("amount"), "a Sum is no table, but a value of the rows of one"),
        (lambda orders: orders.limit(-1), "a limit is a whole number"),
    ],
)
def test_what_no_table_is_made_of_is_told_whatever_the_upstreams_hold(
    build: Callable[..., Any], told: str, schema: pa.Schema | None
) -> None:
    upstreams = {"orders": KnownUpstream("orders", schema)}
    request = AnalyzerRequest(made(build), upstreams, {}, Path.cwd(), objects=False)
    (problem,) = RelationAnalyzer().analyze(request).problems
    assert told in problem.message
    assert (problem.severity, problem.certain) == ("error", schema is None)


@pytest.mark.parametrize(
    "build",
    [
        lambda orders: orders,
        lambda orders: orders.filter(col("nothing") > 1),
        lambda orders: [{"id": 1}],
        lambda orders: orders.to_table(),
        lambda orders: 1 / len(orders.columns),
    ],
)
def test_what_may_be_a_table_is_no_problem_while_columns_are_not_known(
    build: Callable[..., Any],
) -> None:
    upstreams = {"orders": KnownUpstream("orders", None)}
    request = AnalyzerRequest(made(build), upstreams, {}, Path.cwd(), objects=False)
    found = RelationAnalyzer().analyze(request)
    assert (found.columns, found.problems) == (None, ())
