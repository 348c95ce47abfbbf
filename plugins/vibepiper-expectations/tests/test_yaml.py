"""Checks listed in YAML are those written in Python, and a mistake is told with its line."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from vibepiper import asset
from vibepiper.errors import DefinitionError
from vibepiper_expectations import expect, expectations_from

LISTED = """
rows:
  - row_count_between: {min: 1}
  - column_values_unique: id
  - column_values_between:
      column: amount
      min: 0
      max: 10
      mostly: 0.9
      severity: warn
      tags: [money]
  - column_values_between: {column: day, min: 2024-01-01}
  - column_fresh_within: {column: at, age: 24 h}
  - column_has_type: {column: id, type: int}
  - column_type_in: {column: id, types: [int, float32]}
  - columns_unique_together: {columns: [id, day]}
"""


def declared(path: Path, text: str):
    path.write_text(text)

    def rows():
        return [{"id": 1}]

    return asset(expectations_from(path)(rows))


def test_they_are_the_same_checks(tmp_path: Path) -> None:
    import pyarrow as pa

    made = declared(tmp_path / "checks.yaml", LISTED)
    assert made.checks == (
        expect.row_count_between(1),
        expect.column_values_unique("id"),
        expect.column_values_between("amount", 0, 10, mostly=0.9, severity="warn", tags=["money"]),
        expect.column_values_between("day", datetime.date(2024, 1, 1)),
        expect.column_fresh_within("at", datetime.timedelta(days=1)),
        expect.column_has_type("id", int),
        expect.column_type_in("id", [int, pa.float32()]),
        expect.columns_unique_together(["id", "day"]),
    )


def test_a_relative_path_is_beside_the_function(tmp_path: Path) -> None:
    def rows():
        return [{"id": 1}]

    with pytest.raises(DefinitionError, match=rf"{Path(__file__).parent}/missing.yaml"):
        expectations_from("missing.yaml")(rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("row:\n  - row_count_between: {min: 1}", r":1: no checks.*\n.*'row'"),
        (
            "rows:\n  - row_count_betwen: {min: 1}",
            r":2: there is no check.*\n.*'row_count_between'",
        ),
        ("rows:\n  - row_count_between: {mn: 1}", r":2: 'mn' is no argument.*\n.*'min'"),
        ("rows:\n\n  - row_count_between: {min: -1}", r":3: row_count_between: -1 is not a number"),
        ("rows:\n  - column_values_between: {min: 1}", r":2: .*missing 1 required.*'column'"),
        ("rows:\n  - column_fresh_within: {column: a, age: soon}", r":2: 'soon' is no time"),
        ("rows:\n  - column_has_type: {column: a, type: itn}", r":2: 'itn' is no type.*\n.*'int'"),
        (
            "rows:\n  - rows_satisfy: {function: f, columns: a}",
            r":2: rows_satisfy takes a function",
        ),
        ("rows:\n  - bnk.iban: a", r":2: there is no expectation pack 'bnk'"),
        ("rows: 1", r":1: 'rows' takes a list"),
        ("- a", r":1: expected assets and their checks"),
        ("rows: [", r"checks.yaml:"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        declared(tmp_path / "checks.yaml", text)


PACK = """
from vibepiper import ComponentSpec, hookimpl
from vibepiper_expectations import ColumnValueExpectation, ExpectationPack, expectation

@hookimpl
def vibepiper_components():
    return [ComponentSpec("expectation_pack", "bank", "acme_bank:PACK", "Banking.")]

@expectation
class ColumnValuesAreIbans(ColumnValueExpectation):
    "Every value begins with two letters."

    @property
    def expected(self):
        return "an IBAN"

    def failing(self, column):
        return column.not_matching("^[A-Z]{2}")

PACK = ExpectationPack([ColumnValuesAreIbans])
"""

PIPELINE = """
from vibepiper import asset
from vibepiper_expectations import expect, expectations_from

@asset
@expect.bank.column_values_are_ibans("account")
@expectations_from("checks.yaml")
def accounts():
    return [{"account": "DE12", "other": "DE"}, {"account": "12", "other": "7"}]
"""


def test_a_plugins_pack_is_found_by_its_name(project_folder) -> None:
    project_folder.site.install("acme-bank", PACK)
    project_folder.write(PIPELINE)
    project_folder.add("checks.yaml", "accounts:\n  - bank.column_values_are_ibans: other\n")
    done = project_folder.vibepiper("run")
    assert done.returncode == 3
    assert "2 of 2 checks failed" in done.stderr
    assert "expected an IBAN, found '12'" in done.stderr
    wrong = PIPELINE.replace("are_ibans", "are_iban")
    told = project_folder.write(wrong).vibepiper("run").stderr
    assert "Did you mean 'column_values_are_ibans'" in told
