"""What is observed of columns is what they hold, passes, and costs no query of its own."""

from __future__ import annotations

import datetime
import math
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import CheckContext, asset
from vibepiper.component import ComponentContext
from vibepiper.errors import DataError
from vibepiper.io_manager import AssetRef
from vibepiper_expectations import expect, observe
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import database_table

TABLE = pa.table(
    {
        "n": [1, 2, 2, None],
        "t": ["ab", "é", "", None],
        "ok": [True, False, True, None],
        "day": [datetime.date(2024, 1, 1)] * 4,
    }
)
OBSERVED = {
    "n": (0.25, 2 / 3, 5 / 3, 1, 2),
    "t": (0.25, 1, 1, 0, 2),
    "ok": (0.25, 2 / 3, 2 / 3, 0, 1),
    "day": (0, 0.25, None, None, None),
}


def checks_of(*columns: str):
    return asset(name="t")(observe(*columns)(lambda: None)).checks


def values(results) -> dict[str, float | None]:
    assert all(result.passed for result in results)
    return {result.check: result.value for result in results}


def expected(columns) -> dict[str, object]:
    names = ("null_share", "distinct_share", "mean", "min", "max")
    told = {
        f"observed_{name}({column})": None if value is None else pytest.approx(value)
        for column in columns
        for name, value in zip(names, OBSERVED[column], strict=True)
    }
    return {"observed_row_count()": 4, **told}


def test_numbers_lengths_and_truths_are_measured(validator) -> None:
    found = validator.evaluate(checks_of(*OBSERVED), TABLE, CheckContext("t"))
    assert values(found) == expected(OBSERVED)


def test_observing_asks_nothing_more_than_the_checks_beside_it(validator) -> None:
    backend = RecordingBackend("elsewhere", table=TABLE)
    checks = (expect.column_values_between("n", 0, 9), *checks_of("n", "t"))
    found = validator.evaluate(checks, database_table(backend, "table"), CheckContext("t"))
    assert values(found[1:]) == expected(["n", "t"])
    assert len(backend.queries) == 1


@pytest.mark.parametrize("column", [[], [None], [math.nan, math.inf]])
def test_what_is_no_number_is_kept_as_none(validator, column: list[float]) -> None:
    table = pa.table({"x": pa.array(column, pa.float64()), "list": [[1]] * len(column)})
    found = values(validator.evaluate(checks_of("x", "list"), table, CheckContext("t")))
    assert found["observed_row_count()"] == len(column)
    assert found["observed_max(x)"] is found["observed_mean(x)"] is None
    assert found["observed_distinct_share(list)"] is None


def test_a_column_that_is_not_there_is_refused(validator) -> None:
    with pytest.raises(DataError, match="names column 'm', which the data lacks"):
        validator.evaluate(checks_of("m"), TABLE, CheckContext("t"))


def test_a_database_observes_the_same(validator, postgres_database: str) -> None:
    postgres = pytest.importorskip("vibepiper_postgres")
    settings = postgres.PostgresSettings(url=postgres_database)
    store = postgres.PostgresIOManager(settings, ComponentContext("postgres", Path()))
    try:
        store.save(AssetRef("observed"), TABLE)
        relation = store.relation(AssetRef("observed"))
        found = validator.evaluate(checks_of(*OBSERVED), relation, CheckContext("t"))
    finally:
        store.close()
    assert values(found) == expected(OBSERVED)


def test_mariadb_observes_the_same(validator, mariadb_database: str) -> None:
    """It has no booleans."""
    mysql = pytest.importorskip("vibepiper_mysql")
    settings = mysql.MySQLSettings(url=mariadb_database)
    store = mysql.MySQLIOManager(settings, ComponentContext("mysql", Path()))
    columns = ["n", "t", "day"]
    try:
        store.save(AssetRef("observed"), TABLE.select(columns))
        relation = store.relation(AssetRef("observed"))
        found = validator.evaluate(checks_of(*columns), relation, CheckContext("t"))
    finally:
        store.close()
    assert values(found) == expected(columns)
