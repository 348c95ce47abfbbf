"""Rows that fail are set aside with the reasons, and the others are published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from vibepiper import AssetRef, ComponentContext, asset
from vibepiper.data import as_reader
from vibepiper.errors import DefinitionError
from vibepiper_expectations import Field, Schema, expect, validate
from vibepiper_testing import materialize
from vibepiper_testing.memory import memory_io_manager
from vibepiper_testing.projects import ProjectFolder

ROWS = [
    {"id": 1, "age": 20, "at": 1},
    {"id": 2, "age": -1, "at": 2},
    {"id": 3, "age": 200, "at": 2},
    {"id": 4, "age": None, "at": 3},
    {"id": 4, "age": 30, "at": 4},
]


@asset(key="id")
@expect.column_values_between("age", 0, 120, on_fail="quarantine")
@expect.column_values_unique("id", on_fail="quarantine")
@expect.column_values_increasing("at", order_by="at", on_fail="quarantine")
@expect.row_count_between(1)
def people(rows):
    return rows


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[object]:
    if request.param == "memory":
        yield memory_io_manager()
        return
    from vibepiper_postgres import PostgresIOManager, PostgresSettings

    url = request.getfixturevalue("postgres_database")
    made = PostgresIOManager(PostgresSettings(url=url), ComponentContext("postgres", Path()))
    yield made
    made.close()


def run(store: object, rows: list[dict[str, int | None]]):
    stores = {"default": store}
    return materialize(people, inputs={"rows": rows}, io_managers=stores, raise_on_error=False)


def set_aside(store) -> list[dict[str, object]]:
    loaded = store.load(AssetRef("people__rejected"))
    return sorted(as_reader(loaded).read_all().to_pylist(), key=lambda row: (row["id"], row["at"]))


def test_good_rows_are_published_and_bad_ones_kept_with_the_reasons(store) -> None:
    result = run(store, ROWS)
    assert result.succeeded
    assert result.rows(people) == [{"id": 1, "age": 20, "at": 1}]
    assert [(row["id"], row["reasons"].split("\n")) for row in set_aside(store)] == [
        (2, ["column_values_between(age, 0, 120, on_fail='quarantine')"]),
        (
            3,
            [
                "column_values_between(age, 0, 120, on_fail='quarantine')",
                "column_values_increasing(at, on_fail='quarantine', order_by=('at',))",
            ],
        ),
        (4, ["column_values_unique(id, on_fail='quarantine')"]),
        (4, ["column_values_unique(id, on_fail='quarantine')"]),
    ]
    assert [(c.passed, c.blocks, c.set_aside) for c in result.checks(people)] == [
        (False, False, True),
        (False, False, True),
        (False, False, True),
        (True, False, False),
    ]


def test_the_step_says_how_many_were_set_aside(store) -> None:
    result = run(store, ROWS)
    (ended,) = [e for e in result.events if e.kind == "step_succeeded" and e.asset == "people"]
    assert ended.data["rows"] == 1
    (note,) = [n for n in ended.data["notes"] if "set aside" in n]
    assert note.startswith("4 rows were set aside in 'people__rejected', by column_values_between(")
    assert [told["status"] for told in ended.data["checks"]] == ["set_aside"] * 3 + ["passed"]


def test_nothing_is_set_aside_of_good_data(store) -> None:
    result = run(store, ROWS[:1])
    assert result.succeeded
    assert result.rows(people) == ROWS[:1]
    assert not store.exists(AssetRef("people__rejected"))


def test_what_was_set_aside_before_makes_way(store) -> None:
    run(store, ROWS)
    result = run(store, ROWS[:1])
    assert result.rows(people) == ROWS[:1]
    assert set_aside(store) == []


def test_another_check_that_fails_still_blocks(store) -> None:
    blocked = expect.row_count_between(100)(people)
    stores, inputs = {"default": store}, {"rows": ROWS}
    result = materialize(blocked, inputs=inputs, io_managers=stores, raise_on_error=False)
    assert not result.succeeded
    assert not store.exists(AssetRef("people"))
    assert not store.exists(AssetRef("people__rejected"))


def test_more_than_mostly_lets_fail_blocks() -> None:
    check = expect.column_values_between("age", 0, 120, mostly=0.9, on_fail="quarantine")

    @asset
    @check
    def few(rows):
        return rows

    result = materialize(few, inputs={"rows": ROWS}, raise_on_error=False)
    (found,) = result.checks(few)
    assert (found.blocks, found.set_aside) == (True, False)


def test_a_schema_sets_aside_too() -> None:
    class People(Schema):
        id: int
        age: int | None = Field(ge=0, le=120)
        at: int

    @asset
    @validate(People, on_fail="quarantine")
    def checked(rows):
        return rows

    result = materialize(checked, inputs={"rows": ROWS})
    assert [row["id"] for row in result.rows(checked)] == [1, 4, 4]


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: expect.column_values_unique("a", on_fail="quaratine"), "mean 'quarantine'"),
        (lambda: expect.rows_satisfy(len, "a", on_fail="quarantine"), "only Python can tell"),
    ],
)
def test_what_cannot_be_set_aside_is_refused(declare, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        declare()


FILES = """
[project]
name = "people"
modules = ["pipeline.py"]

[io_managers.default]
use = "files"
"""
PEOPLE = """
from vibepiper import asset
from vibepiper_expectations import expect

@asset(key="id")
@expect.column_values_between("age", 0, 120, on_fail="quarantine")
def people():
    return [{"id": 1, "age": 20}, {"id": 2, "age": -1}]

@asset
def others():
    return [{"id": 1}]
"""


def test_what_was_set_aside_is_shown(project_folder: ProjectFolder) -> None:
    folder = project_folder.write(PEOPLE, FILES)
    folder.vibepiper("run")
    (row,) = folder.json("show", "people", "--rejected")["rejected"]
    assert (row["id"], row["age"]) == (2, -1)
    assert row["reasons"].startswith("column_values_between(age")
    head = folder.vibepiper("show", "people", "--rejected").stdout.splitlines()[0]
    assert head.split() == ["reasons", "id", "age"]
    refused = folder.vibepiper("show", "others", "--rejected")
    assert "no check of asset 'others' sets rows aside" in refused.stderr
    assert folder.vibepiper("show", "people", "--rejected", "--sql").returncode == 2
