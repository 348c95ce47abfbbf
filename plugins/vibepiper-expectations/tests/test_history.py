"""What a check found is kept, compared with the next time, and masked where it must be."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper import CheckContext, Column, asset, load_project
from vibepiper.checks import PastCheck
from vibepiper.errors import DefinitionError
from vibepiper.state import StateStore
from vibepiper_expectations import expect, observe
from vibepiper_testing import materialize

PIPELINE = """
from pathlib import Path
from vibepiper import asset
from vibepiper_expectations import expect

@asset(cache=False)
@expect.row_count_between(max_change=0.5)
def orders():
    return [{"id": n} for n in range(int(Path("rows").read_text()))]
"""


def test_a_run_is_compared_with_the_one_before(project_folder) -> None:
    project_folder.write(PIPELINE)
    codes = []
    for rows in (10, 14, 30, 8):
        project_folder.add("rows", str(rows))
        codes.append(project_folder.vibepiper("run").returncode)
    assert codes == [0, 0, 3, 3]
    project = load_project(project_folder.root)
    with StateStore(project.state) as state:
        history = state.check_history(project.environment, "orders")
    assert [past.value for past in history] == [8, 30, 14, 10]


@pytest.mark.parametrize(
    ("check", "past", "passed"),
    [
        (expect.column_mean_between("a", max_change=0.1), None, True),
        (expect.column_mean_between("a", max_change=0.1), PastCheck("passed", value=2.1), True),
        (expect.column_mean_between("a", max_change=0.1), PastCheck("passed", value=3), False),
        (
            expect.column_values_between("a", 2, mostly=0.1, max_change=0.1),
            PastCheck("passed", 100, 30),
            True,
        ),
        (
            expect.column_values_between("a", 2, mostly=0.1, max_change=0.1),
            PastCheck("passed", 100, 20),
            False,
        ),
    ],
)
def test_a_change_is_of_the_value_or_of_the_failing_share(validator, check, past, passed) -> None:
    known = {} if past is None else {check.label: past}
    context = CheckContext("t", past=known)
    (result,) = validator.evaluate([check], pa.table({"a": [1, 2, 3]}), context)
    assert result.passed is passed
    assert "within 10% of the last time" in result.expected
    assert passed or "the last time" in result.observed


def test_what_cannot_be_a_change_is_refused() -> None:
    with pytest.raises(DefinitionError, match="max_change is -1"):
        expect.column_mean_between("a", 0, max_change=-1)


def test_values_of_tagged_columns_are_masked() -> None:
    @asset(key="id", columns={"email": Column(tags={"pii"})})
    @expect.column_values_match_regex("email", "@")
    @expect.column_values_unique("id")
    def people():
        return [{"id": 1, "email": "a"}, {"id": 2, "email": "b"}]

    result = materialize(people, raise_on_error=False)
    check, _ = result.checks(people)
    assert check.failed_rows == 2
    assert check.observed == "****"
    assert [row["email"] for row in check.examples] == ["****", "****"]
    assert [row["id"] for row in check.examples] == [1, 2]
    assert "'a'" not in str(result.run.steps[0].failure)


def test_numbers_of_tagged_columns_are_masked_where_they_pass() -> None:
    @asset(columns={"pay": Column(tags={"secret"})})
    @observe("pay")
    @expect.column_mean_between("pay", 0)
    @expect.row_count_between(1)
    def people():
        return [{"pay": 987654.0}, {"pay": 987656.0}]

    result = materialize(people)
    found = {check.check: (check.observed, check.value) for check in result.checks(people)}
    assert found.pop("observed_row_count()") == found.pop("row_count_between(1, None)") == ("2", 2)
    assert set(found.values()) == {("****", None)}


def test_hidden_columns_are_looked_for_once(validator) -> None:
    asked: list[int] = []

    def masked() -> frozenset[str]:
        asked.append(1)
        return frozenset({"a"})

    checks = [expect.column_mean_between("a", least) for least in range(3)]
    results = validator.evaluate(checks, pa.table({"a": [5]}), CheckContext("t", masked=masked))
    assert [result.observed for result in results] == ["****"] * 3
    assert len(asked) == 1


def test_a_number_that_is_not_kept_cannot_be_compared_with() -> None:
    @asset(columns={"pay": Column(tags={"secret"})})
    @expect.column_mean_between("pay", 0, max_change=0.1)
    def people():
        return [{"pay": 1.0}]

    with pytest.raises(Exception, match="compares with the last time, and what is found in 'pay'"):
        materialize(people)


def test_what_is_observed_twice_is_kept_once() -> None:
    @asset
    @observe("a")
    @observe("a", "b")
    def table():
        return [{"a": 1, "b": 2}]

    labels = [check.check for check in materialize(table).checks(table)]
    assert len(labels) == len(set(labels)) == 11


def test_tags_and_owners_go_with_the_results(check) -> None:
    result = check(
        expect.column_values_unique("a", tags={"key"}, owner="sales"), pa.table({"a": [1]})
    )
    assert (result.tags, result.owner) == (("key",), "sales")
