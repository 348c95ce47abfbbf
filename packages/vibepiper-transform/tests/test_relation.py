import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
import vibepiper_transform as vt
from vibepiper.errors import DefinitionError
from vibepiper_transform import (
    Count,
    DuckDBBackend,
    Sum,
    col,
    database_table,
    from_arrow,
    join,
    lit,
    row_number,
    scan_parquet,
    transform,
    when,
    write_parquet,
)


@pytest.fixture
def orders():
    data = {"id": [1, 2, 3], "date": ["d1", "d1", "d2"], "amount": [5, 7, None]}
    return from_arrow(pa.table(data))


class OtherDatabase:
    """A second engine: a DuckDB of its own that keeps the queries it is given."""

    dialect = "duckdb"

    def __init__(self, path):
        import duckdb

        self.connection = duckdb.connect(path)
        self.queries = []

    def schema(self, query):
        return self.connection.sql(query.sql("duckdb")).limit(0).to_arrow_table().schema

    def stream(self, query, batch_rows):
        self.queries.append(query.sql("duckdb"))
        return self.connection.sql(self.queries[-1]).to_arrow_reader(batch_rows)


@pytest.fixture
def database(tmp_path):
    backend = OtherDatabase(tmp_path / "other.duckdb")
    backend.connection.execute('CREATE TABLE "my ""table" AS SELECT 1 AS id, 10 AS x')
    yield backend
    backend.connection.close()


def test_all_is_exactly_what_can_be_imported():
    assert vt.__all__ == sorted(vt.__all__)
    assert all(getattr(vt, name) is not None for name in vt.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vt.nothing


def test_the_plugin_imports_no_engine():
    code = (
        "import sys, vibepiper_transform.plugin;"
        "print({'duckdb', 'pyarrow', 'sqlglot'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_wrong_column_is_refused_where_it_is_written(orders):
    line = sys._getframe().f_lineno + 2
    with pytest.raises(DefinitionError, match="no column 'amuont'") as caught:
        orders.filter(col("amuont") > 1)
    assert (caught.value.at.file, caught.value.at.line) == (__file__, line)
    assert caught.value.hint == "Did you mean 'amount'?"


@pytest.mark.parametrize(
    "build",
    [
        lambda r: r.select("amout"),
        lambda r: r.mutate(x=col("amout") + 1),
        lambda r: r.rename(x="amout"),
        lambda r: r.drop("amout"),
        lambda r: r.order_by("amout"),
        lambda r: r.groupby("amout"),
        lambda r: r.groupby("id").aggregate(x=Sum("amout")),
        lambda r: r.groupby("id").aggregate(x=Count(where=col("amout") > 1)),
        lambda r: r.mutate(x=row_number().over(partition_by="amout", order_by="id")),
        lambda r: r.join(r, on="amout"),
        lambda r: r.join(r, on=col("amout") > 1),
    ],
)
def test_every_step_refuses_a_wrong_column(orders, build):
    with pytest.raises(DefinitionError, match="no column 'amout'"):
        build(orders)


def test_columns_that_differ_in_case_are_refused(orders):
    with pytest.raises(DefinitionError, match="'a' and 'A' would have the same name"):
        from_arrow(pa.table({"a": [1], "A": [2]}))
    with pytest.raises(DefinitionError, match="'id' and 'ID' would have the same name"):
        orders.mutate(ID=1)


@pytest.mark.parametrize("name", ['a"b', "c d.e", "Größe", "SELECT", "x'; --"])
def test_any_name_is_a_column(name):
    relation = from_arrow(pa.table({name: [1, 2]})).filter(col(name) == 2)
    assert relation.to_table().to_pylist() == [{name: 2}]


@pytest.mark.parametrize("value", ["it's; --", float("nan"), float("-inf"), -0.1, 2**100, None, -7])
def test_a_constant_keeps_its_value(orders, value):
    found = orders.limit(1).select(x=lit(value)).to_table()["x"][0].as_py()
    assert repr(float(found) if value == 2**100 else found) == repr(
        float(value) if value == 2**100 else value
    )


def test_a_number_as_key_is_a_value_not_a_position(orders):
    grouped = orders.groupby(k=lit(2)).aggregate(n=Count())
    assert grouped.to_table().to_pylist() == [{"k": 2, "n": 3}]
    assert orders.order_by(lit(9).desc()).count() == 3


def test_mutate_reads_the_columns_as_they_were(orders):
    changed = orders.mutate(id=col("id") * 10, before=col("id")).select("id", "before")
    assert changed.limit(1).to_table().to_pylist() == [{"id": 10, "before": 1}]


def test_a_window_in_a_filter_is_refused(orders):
    with pytest.raises(DefinitionError, match="cannot hold a window function"):
        orders.filter(row_number().over(order_by="id") == 1)


def test_one_column_is_not_renamed_twice(orders):
    with pytest.raises(DefinitionError, match="renamed twice"):
        orders.rename(a="id", b="id")


def test_nulls_go_last_both_ways_unless_told(orders):
    def amounts(order):
        return orders.order_by(order).to_table()["amount"].to_pylist()

    assert amounts(col("amount").asc()) == [5, 7, None]
    assert amounts(col("amount").desc()) == [7, 5, None]
    assert amounts(col("amount").desc(nulls="first")) == [None, 7, 5]


def test_a_limit_of_a_limit(orders):
    assert orders.order_by("id").limit(2).limit(5, offset=1).to_table()["id"].to_pylist() == [2]


def test_a_union_matches_by_name_and_refuses_other_columns(orders):
    turned = orders.select("amount", "date", "id")
    assert orders.union(turned).count() == 6
    assert orders.union(turned, distinct=True).count() == 3
    with pytest.raises(DefinitionError, match="a union needs the same columns"):
        orders.union(orders.drop("id"))


def test_a_join_may_have_a_condition():
    prices = from_arrow(pa.table({"since": [1, 5], "price": [10, 20]}))
    sales = from_arrow(pa.table({"since": [3, 6], "n": [1, 2]}))
    joined = join(sales, prices, on=col("since") >= col("since_right"))
    assert sorted(joined.select("n", "price").to_table()["price"].to_pylist()) == [10, 10, 20]
    assert joined.columns == ("since", "n", "since_right", "price")


def test_a_case_takes_the_first_condition_that_holds(orders):
    size = when(col("amount") > 6).then("large").when(col("amount") > 1).then("small")
    found = orders.order_by("id").select(size=size.otherwise("unknown"))
    assert found.to_table()["size"].to_pylist() == ["small", "large", "unknown"]


def test_expressions_have_no_truth(orders):
    with pytest.raises(DefinitionError, match=re.escape("no truth value")):
        orders.filter(col("id") > 1 and col("id") < 3)


def test_the_specification_s_transforms_run_on_tables(orders):
    @transform
    def customer_orders(customers, orders):
        return join(customers, orders, on="customer_id", how="left")

    @transform(group="sales")
    def daily_sales(orders):
        return orders.groupby("date").aggregate(total=Sum("amount"), count=Count("id"))

    customers = pa.table({"customer_id": [1, 2]})
    bought = pa.table({"customer_id": [2], "amount": [9]})
    assert customer_orders(customers, bought).count() == 2
    days = daily_sales(orders).order_by("date").to_table().to_pylist()
    assert days[0] == {"date": "d1", "total": 12, "count": 2}
    assert daily_sales.default_input == "vibepiper_transform:Relation"


def test_parquet_is_written_and_scanned(orders, tmp_path):
    path = tmp_path / "it's.parquet"
    assert write_parquet(orders, path) == 3
    assert scan_parquet(path).order_by("id").to_table().equals(orders.order_by("id").to_table())


def test_one_database_gets_the_whole_query(database):
    table = database_table(database, 'my "table', schema="main")
    joined = table.join(table, on="id").aggregate(n=Count())
    assert joined.backend is database
    assert joined.to_table().to_pylist() == [{"n": 1}]
    assert len(database.queries) == 1


def test_sources_on_two_engines_meet_in_duckdb_each_time_it_runs(database, orders):
    mixed = orders.join(database_table(database, 'my "table'), on="id")
    assert mixed.backend == DuckDBBackend()
    assert mixed.count() == 1
    assert mixed.to_table()["x"].to_pylist() == [10]


def test_write_parquet_refuses_a_relation_of_another_engine(database, tmp_path):
    with pytest.raises(DefinitionError, match="not in DuckDB"):
        write_parquet(database_table(database, 'my "table'), tmp_path / "x.parquet")


def test_threads_read_one_relation(orders):
    doubled = orders.select(x=col("id") * 2).order_by("x")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: doubled.to_table()["x"].to_pylist(), range(64)))
    assert found == [[2, 4, 6]] * 64


def test_an_empty_table_keeps_its_schema(orders):
    empty = orders.filter(lit(False))
    assert empty.to_table().schema == empty.schema == orders.schema
    assert empty.aggregate(total=Sum("amount")).to_table()["total"].to_pylist() == [None]


def test_nan_is_above_every_number_in_memory_and_in_files(tmp_path):
    held = from_arrow(pa.table({"x": [float("nan"), 1.0, 20.0]}))
    write_parquet(held, tmp_path / "x.parquet")
    for relation in (held, scan_parquet(tmp_path / "x.parquet")):
        assert relation.filter(col("x") > 9).count() == 2
        assert relation.filter(col("x") > 9).to_table().num_rows == 2
        assert relation.filter(col("x") <= 9).to_table()["x"].to_pylist() == [1.0]


@pytest.mark.parametrize("how", ["inner", "left", "right", "full"])
def test_a_key_of_two_widths_has_the_type_that_is_told(how) -> None:
    narrow = from_arrow(pa.table({"id": pa.array([1, 2], pa.int32())}))
    wide = from_arrow(pa.table({"id": pa.array([2, 2**40], pa.int64())}))
    joined = narrow.join(wide, on="id", how=how)
    expected = pa.int32() if how in ("inner", "left") else pa.int64()
    assert joined.schema.field("id").type == joined.to_table().schema.field("id").type == expected
    assert joined.kinds["id"] == ("INTEGER" if expected == pa.int32() else "BIGINT")
