"""Column lineage against two ways that know nothing of it: sqlglot's own, and asking DuckDB what
changes when one column's values do."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage
from vibepiper.analysis import VALUE_KINDS
from vibepiper_testing.sql_models import SqlModel, sql_models
from vibepiper_testing.tpch import QUERIES, build_query, standard_sql
from vibepiper_transform import Relation, from_arrow
from vibepiper_transform.analyzer import relation_columns
from vibepiper_transform.lineage.dependencies import Output
from vibepiper_transform.lineage.walk import column_dependencies

MODELS = sql_models(200)
NAMES = [f"c{place}" for place in range(15)]
ROWS = 12


def follow(model: SqlModel) -> Output:
    tree = sqlglot.parse_one(model.sql, dialect="duckdb")
    return column_dependencies(tree, dict.fromkeys(model.inputs, NAMES))


def some_rows(chance: random.Random) -> dict[str, list[int | None]]:
    return {name: [some_value(chance) for _ in range(ROWS)] for name in NAMES}


def some_value(chance: random.Random) -> int | None:
    return chance.choice([None, *range(6)])


def contents(cursor: duckdb.DuckDBPyConnection, model: SqlModel) -> Sequence[object]:
    """For each column what stands for all of its values, in whatever order."""
    sums = ", ".join(f"sum(hash({name}))" for name in NAMES)
    return cursor.execute(f"SELECT {sums} FROM ({model.sql})").fetchall()[0]


def observed(model: SqlModel, chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """An input, its column, and a column of the model that changes with it."""
    with duckdb.connect(config={"threads": 1}) as cursor:
        tables = {name: some_rows(chance) for name in model.inputs}
        for name, rows in tables.items():
            cursor.register(name, pa.table(rows))
        before = contents(cursor, model)
        for name, rows in tables.items():
            for column in NAMES:
                other = {**rows, column: [some_value(chance) for _ in range(ROWS)]}
                cursor.register(name, pa.table(other))
                after = contents(cursor, model)
                changed = (n for n, b, a in zip(NAMES, before, after, strict=True) if a != b)
                yield from ((name, column, each) for each in changed)
            cursor.register(name, pa.table(rows))


def check(model: SqlModel) -> None:
    """Every change that DuckDB shows was foretold; and what is taken as it is does change."""
    chance, found = random.Random(model.name), follow(model)
    seen = {change for _ in range(2) for change in observed(model, chance)}
    told = {
        (source, column, name, kind)
        for name, each in found.columns.items()
        for source, column, kind in each | found.rows
    }
    assert seen <= {each[:3] for each in told}, model
    as_it_is = {each[:3] for each in told if each[3] == "identity"}
    assert as_it_is <= seen or not seen, model


@pytest.mark.parametrize("place", range(0, 200, 20))
def test_nothing_changes_but_with_what_it_depends_on(place: int) -> None:
    check(MODELS[place])


@pytest.mark.long
def test_nothing_changes_in_200_models_but_with_what_it_depends_on() -> None:
    for model in MODELS:
        check(model)


def leaves(column: str, tree: exp.Expr, schema: dict[str, dict[str, str]]) -> set[tuple[str, str]]:
    node = lineage(column, tree, schema=schema, dialect="duckdb")
    found = set()
    for each in node.walk():  # type: ignore[union-attr]
        if isinstance(each.expression, exp.Table) and each.expression.name in schema:
            found.add((each.expression.name, each.name.rpartition(".")[2].lower()))
    return found


TPCH = {
    "customer": "custkey name address nationkey phone acctbal mktsegment comment",
    "lineitem": "orderkey partkey suppkey linenumber quantity extendedprice discount tax "
    "returnflag linestatus shipdate commitdate receiptdate shipinstruct shipmode comment",
    "nation": "nationkey name regionkey comment",
    "orders": "orderkey custkey orderstatus totalprice orderdate orderpriority clerk "
    "shippriority comment",
    "part": "partkey name mfgr brand type size container retailprice comment",
    "partsupp": "partkey suppkey availqty supplycost comment",
    "region": "regionkey name comment",
    "supplier": "suppkey name address nationkey phone acctbal comment",
}
PREFIX = {"partsupp": "ps_"}


def tpch_columns() -> dict[str, list[str]]:
    return {
        table: [PREFIX.get(table, f"{table[0]}_") + name for name in names.split()]
        for table, names in TPCH.items()
    }


@pytest.mark.parametrize("number", QUERIES)
def test_tpch_comes_from_where_sqlglot_says(number: int) -> None:
    """Of each column of the query the sources of its values, and none that is unknown."""
    columns = tpch_columns()
    tree = sqlglot.parse_one(standard_sql(number), dialect="duckdb")
    found = column_dependencies(tree, columns)  # type: ignore[arg-type]
    schema = {table: dict.fromkeys(names, "BIGINT") for table, names in columns.items()}
    assert found.columns
    for name, each in found.columns.items():
        assert leaves(name, tree, schema) == values(found, name), name
        assert all(source for source, _, _ in each | found.rows)


def values(found: Output, name: str) -> set[tuple[str, str]]:
    return {(source, column) for source, column, kind in found.columns[name] if kind in VALUE_KINDS}


@pytest.mark.parametrize("place", range(0, 200, 20))
def test_values_come_from_where_sqlglot_says(place: int) -> None:
    model = MODELS[place]
    found, tree = follow(model), sqlglot.parse_one(model.sql, dialect="duckdb")
    schema = dict.fromkeys(model.inputs, dict.fromkeys(NAMES, "BIGINT"))
    for name in NAMES:
        missing = leaves(name, tree, schema) - {(s, c) for s, c, _ in found.columns[name]}
        assert not missing, (model, name)


def tpch_kind(column: str) -> pa.DataType:
    """A type of the column's family; keys and counts are whole numbers."""
    name = column.partition("_")[2]
    if name.endswith("date"):
        return pa.date32()
    if name.endswith("key") or name in ("linenumber", "size", "availqty", "shippriority"):
        return pa.int64()
    numbers = ("quantity", "price", "discount", "tax", "acctbal", "supplycost", "totalprice")
    return pa.decimal128(15, 2) if name.endswith(numbers) else pa.string()


@pytest.mark.parametrize("number", QUERIES)
def test_tpch_in_the_builder_comes_from_the_same_columns(number: int) -> None:
    """Of each column the sources of its values are those of the same column of the SQL."""
    columns = tpch_columns()
    relations: dict[str, Relation] = {
        table: from_arrow(pa.schema([(n, tpch_kind(n)) for n in names]).empty_table())
        for table, names in columns.items()
    }
    tables = {name: table for table, each in relations.items() for name in each.sources}
    built, uses = relation_columns(build_query(number, relations), tables)
    sql = column_dependencies(sqlglot.parse_one(standard_sql(number), dialect="duckdb"), columns)
    assert uses == ()
    for column, name in zip(built, sql.columns, strict=True):
        found = {(s.asset, s.column) for s in column.sources if s.kind in VALUE_KINDS}
        assert either_side(found) == either_side(values(sql, name)), column.name
        assert not column.opaque


def either_side(found: set[tuple[str, str]]) -> set[str]:
    """A key of a join is the same on both sides: the SQL takes either, the builder the left."""
    return {c.partition("_")[2] if c.endswith("key") else f"{t}.{c}" for t, c in found}
