"""The same checks give the same results in Postgres as in DuckDB."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pytest
from vibepiper.checks import CheckContext
from vibepiper.component import ComponentContext
from vibepiper.errors import DataError
from vibepiper.io_manager import AssetRef
from vibepiper_expectations import Field, Schema, expect, validate

postgres = pytest.importorskip("vibepiper_postgres")

NOON = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
DAY = datetime.date(2024, 2, 29)
NAN = math.nan
TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3, 4, 5, 6], pa.int8()),
        "n": pa.array([1, None, -3, 2**63 - 1, 7, 7], pa.int64()),
        "x": pa.array([0.1, NAN, None, math.inf, -0.0, 0.0], pa.float32()),
        "y": pa.array([0.2, 1, 1, 1, NAN, -1], pa.float64()),
        "t": ["a.b@c", "", None, "line\nbreak", "naïve", 'it\'s \\ "q"'],
        "d": pa.array([Decimal("1.05"), None, Decimal("-1.05"), *[Decimal(9)] * 3]),
        "at": pa.array([NOON, None, *[NOON + datetime.timedelta(days=1)] * 4]),
        "day": [DAY, None, *[DAY + datetime.timedelta(days=1)] * 4],
        "ok": [True, False, None, True, True, True],
        'Sélect "x"': [1, 2, 3, 4, 5, None],
    }
)
CHECKS = [
    *(expect.column_values_not_null(name) for name in TABLE.column_names),
    *(expect.column_values_unique(name) for name in TABLE.column_names),
    expect.column_values_between("n", 0.5, 1e300),
    expect.column_values_between("n", max=2**63 - 2, strict_max=True),
    expect.column_values_between("x", 0.1),
    expect.column_values_between("x", max=0.1),
    expect.column_values_between("x", -1e300, 1e300),
    expect.column_values_between("d", Decimal("1.05"), 1.05),
    expect.column_values_between("at", max=NOON),
    expect.column_values_between("day", DAY, DAY),
    expect.column_values_in_set("t", ["", "naïve", 'it\'s \\ "q"']),
    expect.column_values_in_set("n", [7, 1]),
    expect.column_values_in_set("x", [0]),
    expect.column_values_in_set("ok", [True]),
    expect.column_values_lengths_between("t", 1, 5),
    expect.column_pair_comparison("x", "<=", "y"),
    expect.column_pair_comparison("n", "!=", "y"),
    expect.column_mean_between("n", 0, 1),
    expect.column_mean_between("d", 0, 1),
    expect.column_mean_between("y", 0, 1),
    expect.row_count_between(7),
]
PATTERNS = [
    r"^[\w\.-]+@", r"\w", r"\W", r"\d", r"\D\s", r"^\S+$", "a.b", "e.b", "k$", "^$", "ï", r"\bb",
    r"\Br", "(?i)^NA", "^(?:a|l){1,2}[^x]", r"\\", r"[\\']", '"q"', "[]q]", r"a*?$", r"[\s\-]",
]  # fmt: skip


class Loaded(Schema):
    id: Annotated[int, pa.int8()] = Field(unique=True)
    n: int | None
    x: float | None
    t: str | None
    d: Decimal | None
    at: datetime.datetime | None
    day: datetime.date | None
    ok: bool | None


@pytest.fixture
def stored(postgres_database: str) -> Iterator[object]:
    settings = postgres.PostgresSettings(url=postgres_database)
    store = postgres.PostgresIOManager(settings, ComponentContext("postgres", Path()))
    store.save(AssetRef("table"), TABLE)
    yield store.relation(AssetRef("table"))
    store.close()


def both(validator, checks, stored):
    there = validator.evaluate(checks, stored, CheckContext("x", ("id",)))
    here = validator.evaluate(checks, TABLE, CheckContext("x", ("id",)))
    return [repr(result) for result in there], [repr(result) for result in here]


def test_results_are_the_same(validator, stored) -> None:
    there, here = both(validator, CHECKS, stored)
    assert there == here


def test_patterns_match_the_same_texts(validator, stored) -> None:
    checks = [expect.column_values_match_regex("t", pattern) for pattern in PATTERNS]
    there, here = both(validator, checks, stored)
    assert there == here


def test_a_schema_is_fulfilled_in_both(validator, stored) -> None:
    def rows():
        return None

    for schema in (Loaded, TABLE.schema):
        checks = validate(schema=schema, lazy=True)(rows).__vibepiper_checks__
        there, here = both(validator, checks, stored)
        assert there == here
        assert not any("failed" in result for result in there if "status='failed'" in result)


def test_an_error_is_the_same(validator, stored) -> None:
    check = expect.column_values_match_regex("n", "x")
    with pytest.raises(DataError, match="needs a column of type string; column 'n' is int64"):
        validator.evaluate([check], stored, CheckContext("x"))


def test_an_empty_table_passes_its_row_checks(validator, postgres_database) -> None:
    settings = postgres.PostgresSettings(url=postgres_database)
    store = postgres.PostgresIOManager(settings, ComponentContext("postgres", Path()))
    store.save(AssetRef("empty"), TABLE.slice(0, 0))
    results = validator.evaluate(CHECKS[:-4], store.relation(AssetRef("empty")), CheckContext("x"))
    store.close()
    assert {(result.status, result.rows, result.failed_rows) for result in results} == {
        ("passed", 0, 0)
    }
