"""Random SQL has the rows that DuckDB gives its text, on every engine, or is refused."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TypeVar

import duckdb
import pyarrow as pa
import pytest
from vibepiper.errors import DefinitionError
from vibepiper_transform import UnsupportedSql

from tests.properties.engines import NAMES, Engine, answer, plain, written
from tests.properties.expressions import COLUMNS
from tests.properties.random_sql import random_query

T = TypeVar("T")
Rows = list[tuple[object, ...]] | str


def rows(random: Random) -> pa.Table:
    def some(value: T) -> T | None:
        return None if random.random() < 0.2 else value

    texts = ["a", "A", "b", "é", "a ", "", "%", "雪", "ab", "Ab"]
    made = [
        {
            "id": number,
            "k": some(random.choice(texts)),
            "n": some(random.randint(-9, 9)),
            "i": some(random.randint(-3, 3)),
            "x": some(random.randint(-20, 20) / 8),
            "ok": some(random.random() < 0.5),
            "day": some(dt.date(1990, 1, 1) + dt.timedelta(random.randint(0, 14000))),
            "at": some(dt.datetime(1999, 12, 31) + dt.timedelta(0, random.randint(0, 2 * 86400))),
        }
        for number in range(random.randint(0, 9))
    ]
    return pa.Table.from_pylist(made, schema=COLUMNS)


def as_it_stands(sql: str, tables: dict[str, pa.Table]) -> Rows:
    """What DuckDB itself makes of the text."""
    with duckdb.connect() as connection:
        connection.execute("SET error_on_division_by_zero = false")
        for name, table in tables.items():
            connection.register(name, table)
        try:
            found = connection.sql(sql.replace("{{ ", "").replace(" }}", "")).to_arrow_table()
        except duckdb.Error:
            return "an error"
    return sorted(zip(*(map(plain, c.to_pylist()) for c in found.columns), strict=True), key=repr)


def check(engines: dict[str, Engine], seed: int, queries: int) -> None:
    random = Random(seed)
    data = {"t": rows(random), "u": rows(random)}
    tables = {name: engine.keep(data) for name, engine in engines.items()}
    for _ in range(queries):
        sql = random_query(random)
        try:
            found = answer(written(sql, tables["duckdb"]))
        except DefinitionError:
            continue
        assert found == as_it_stands(sql, data), sql
        for name in NAMES:
            try:
                there = answer(written(sql, tables[name]))
            except UnsupportedSql:
                continue
            assert there == found, (name, sql)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(4))
def test_random_sql_has_the_same_rows(engines: dict[str, Engine], seed: int) -> None:
    check(engines, seed, 15)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 160))
def test_random_sql_has_the_same_rows_at_length(engines: dict[str, Engine], seed: int) -> None:
    check(engines, seed, 30)
