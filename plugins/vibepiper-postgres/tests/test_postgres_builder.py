"""The builder's words, run by a real PostgreSQL server: DuckDB's answers, or a refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vibepiper import AssetRef
from vibepiper_postgres import PostgresIOManager
from vibepiper_testing.tpch import (
    QUERIES,
    assert_same_answer,
    build_query,
    generate,
    standard_sql,
)
from vibepiper_transform import (
    Aggregate,
    ArrayAgg,
    BoolAnd,
    BoolOr,
    Count,
    CountDistinct,
    Expression,
    First,
    Last,
    Median,
    Quantile,
    Relation,
    StdDev,
    StringAgg,
    Sum,
    UnsupportedSql,
    Variance,
    col,
    first,
    from_arrow,
    greatest,
    least,
    list_of,
    lit,
    ntile,
    when,
)

ROWS = pa.table(
    {
        "s": ["Straße, 5", "", None],
        "n": [-4, 3, None],
        "x": [2.5, float("nan"), None],
        "ok": [True, False, None],
        "day": [dt.date(2024, 1, 31), dt.date(2023, 12, 31), None],
        "at": pa.array(
            [dt.datetime(2024, 3, 30, 23, 30, tzinfo=dt.UTC), None, None],
            pa.timestamp("us", "UTC"),
        ),
    }
)
NEW_YEAR = dt.date(2023, 12, 31)

VALUES: list[Expression] = [
    *(col("s").length(), col("s").substring(5, 2), col("s").replace("ß", "ss")),
    *(col("s").contains("ra"), col("s").starts_with("S"), col("s").ends_with("5")),
    *(col("s").position("ß"), col("s").matches("[0-9]$"), col("s").replace_matches("[a-z]", ".")),
    *(col("s").pad_start(11, "*"), col("s").pad_end(3), col("s").repeat(2)),
    *(col("s").split(", "), col("s").split_part(", ", 2), col("s").trim(), col("s").null_if("")),
    *(col("n").sign(), col("n").sqrt(), col("n").ln(), col("n") ** 2, col("n").abs()),
    *(col("x").is_nan(), greatest(col("n"), None, 1), least(col("n"), 1), col("n").same_as(None)),
    *(col("day").shift(months=1), col("day").shift(days=-31, hours=1), col("at").shift(months=1)),
    *(col("day").date_part(part) for part in ("week", "day_of_week", "day_of_year", "quarter")),
    *(col("day").diff(u, NEW_YEAR) for u in ("day", "week", "month", "quarter", "year")),
    *(col("at").diff(unit, dt.datetime(2024, 3, 29, tzinfo=dt.UTC)) for unit in ("hour", "minute")),
    *(col("at").date_part("epoch"), col("at").date_trunc("hour"), col("at").date_trunc("day")),
    *(col("at").date_trunc("day", zone="Europe/Berlin"), col("at").to_local("Asia/Kolkata")),
    *(col("day").from_local("America/New_York"), col("at").format_time('%Y-%m-%dT%H "%M"')),
    lit("31.12.2024").parse_time("%d.%m.%Y"),
    *(col("ok") == 1, col("n") > col("ok"), col("ok").is_in([0, 5]), col("ok").same_as(col("n"))),
    *(col("ok").fill_null(7), greatest(col("ok"), col("n")), col("ok").null_if(1), ~col("ok") < 1),
    *(col("n").between(col("ok"), 9), when(col("n") > 0).then(col("ok")).otherwise(col("n"))),
    *(list_of(1, 2).list_length(), list_of(1, 2).element(-1), list_of(1, 2).list_contains(2)),
]

AGGREGATES: list[Aggregate] = [
    *(Median("n"), Quantile("n", 0.25), StdDev("n"), Variance("n", population=True)),
    *(First("n", order_by="day"), Last("s", order_by="day", where=col("n") > 0)),
    *(ArrayAgg("n"), StringAgg("s", ";"), BoolAnd("ok"), BoolOr("ok"), CountDistinct("s")),
]

WORDS: dict[str, Callable[[Relation], Relation]] = {
    "fill_gaps": lambda r: r.select("day", "n").fill_gaps("day", every="day", fill="forward"),
    "fill_months": lambda r: r.select("day", "n").fill_gaps("day", every="month"),
    "sessionize": lambda r: r.select("day").sessionize("day", gap=dt.timedelta(days=1)),
    "deduplicate": lambda r: r.select("ok", "n").deduplicate("ok", order_by="n"),
    "unpivot": lambda r: r.select("s", "n", m=col("n") * 2).unpivot("n", "m"),
    "sample": lambda r: r.select("n").sample(0.5, by="n", seed=3),
    "rollup": lambda r: r.rollup("ok", "n", level="level").aggregate(rows=Count()),
    "pivot": lambda r: r.groupby("s").pivot("ok", {"yes": True, "no": False}).aggregate(n=Count()),
    "except": lambda r: r.select("n").except_(r.filter(col("n") > 0).select("n"), distinct=False),
    "asof": lambda r: r.select("day").asof_join(r.select("day", "n"), on="day", strict=True),
    "windows": lambda r: r.select(
        total=Sum("n").over(order_by="day", range=(dt.timedelta(days=-40), 0)),
        begin=first("n").over(order_by="day"),
        half=ntile(2).over(order_by="day"),
    ),
}


@pytest.fixture
def stored(store: PostgresIOManager) -> Relation:
    store.save(AssetRef("rows"), ROWS)
    relation = store.relation(AssetRef("rows"))
    assert isinstance(relation, Relation)
    return relation


def bag(relation: Relation) -> list[str]:
    return sorted(map(repr, relation.to_table().to_pylist()))


def test_functions_give_duckdb_s_values(stored: Relation) -> None:
    """One query of all of them, which a server answers in one go."""
    named = {f"x{number}": value for number, value in enumerate(VALUES)}
    wanted = from_arrow(ROWS).select(**named).to_table()
    found = stored.select(**named).to_table()
    for name, value in named.items():
        columns = (sorted(map(repr, data[name].to_pylist())) for data in (found, wanted))
        assert next(columns) == next(columns), value


def test_aggregates_give_duckdb_s_values(stored: Relation) -> None:
    named = {f"x{number}": value for number, value in enumerate(AGGREGATES)}
    expected = from_arrow(ROWS).aggregate(**named).to_table()
    assert_same_answer(stored.aggregate(**named).to_table(), expected)


@pytest.mark.parametrize("word", WORDS)
def test_it_gives_duckdb_s_rows(stored: Relation, word: str) -> None:
    assert bag(WORDS[word](stored)) == bag(WORDS[word](from_arrow(ROWS)))


@pytest.mark.parametrize(
    ("value", "feature"),
    [
        (col("s").extract("a"), "regexp_extract"),
        (col("s").reverse(), "reverse"),
        (list_of(2, 1).list_sort(), "list_sort"),
        (col("at").format_time("%A"), "format_time with %A"),
    ],
)
def test_what_postgresql_cannot_do_is_refused_by_name(
    stored: Relation, value: Expression, feature: str
) -> None:
    with pytest.raises(UnsupportedSql, match=f"postgresql cannot do {feature}"):
        stored.select(x=value).to_table()


def test_tpch_in_the_builder(store: PostgresIOManager, tmp_path: Path) -> None:
    """The tables are loaded once, so all queries are one test."""
    files = generate(tmp_path, scale=0.001)
    for table, path in files.items():
        store.save(AssetRef(table), pq.read_table(path))
    tables = {table: store.relation(AssetRef(table)) for table in files}
    with duckdb.connect() as connection:
        for table, path in files.items():
            connection.read_parquet(str(path)).create_view(table)
        for number in QUERIES:
            expected = connection.sql(standard_sql(number)).to_arrow_table()
            assert_same_answer(build_query(number, tables).to_table(), expected)
