"""Assets written in SQL, through the engine and over every kind of store."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

import pyarrow as pa
import pytest
from vibepiper import DatabaseConnector, PluginHost, Session
from vibepiper.errors import UnknownUpstream
from vibepiper.partition_choice import PartitionChoice

from .conftest import STORES, Engine

RAW = """
from vibepiper_transform import sql_asset


@asset(key="id")
def raw_users():
    called("raw_users")
    return pa.table({
        "id": [1, 2, 3],
        "email": ["A@X", None, "C@Y"],
        "created_at": [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)],
    })
"""

SPECIFIED = (
    RAW
    + '''

@sql_asset(depends_on=["raw_users"], dialect="postgresql")
def clean_users():
    return """SELECT id, LOWER(email) AS email, created_at
              FROM {{ raw_users }} WHERE email IS NOT NULL"""
'''
)


def test_the_specified_asset_is_made_in_every_store(stored: Engine) -> None:
    stored.pipeline(SPECIFIED).make()
    assert [(r["id"], r["email"]) for r in stored.rows("clean_users")] == [(1, "a@x"), (3, "c@y")]


INCREMENTAL = (
    RAW
    + '''

@sql_asset(materialization=incremental(), key="id")
def seen():
    return """
    SELECT
      id,
      {% if is_incremental() %} (SELECT max(n) + 1 FROM {{ this }}) {% else %} 1 {% endif %} AS n
    FROM {{ raw_users }}
    """
'''
)


def test_an_incremental_asset_reads_what_it_has_published(stored: Engine) -> None:
    stored.pipeline(INCREMENTAL).make()
    assert stored.values("seen", "n") == [1, 1, 1]
    stored.make(force=True)
    assert stored.values("seen", "n") == [2, 2, 2]


def test_a_full_refresh_reads_nothing_published(engine: Engine) -> None:
    engine.pipeline(INCREMENTAL).make()
    engine.make(force=True)
    engine.make(full_refresh=True)
    assert engine.values("seen", "n") == [1, 1, 1]


CURSOR = (
    RAW
    + '''

@sql_asset(materialization=incremental("append", cursor="id"))
def newest():
    return """
    SELECT id FROM {{ raw_users }}
    {% if cursor.last is not none %} WHERE id > {{ cursor.last }} {% endif %}
    """
'''
)


def test_a_template_takes_the_cursor(engine: Engine) -> None:
    engine.pipeline(CURSOR).make()
    engine.make(force=True)
    assert engine.values("newest", "id") == [1, 2, 3]


PARTITIONED = (
    RAW
    + """

@sql_asset(partitions=daily("2026-01-01", end="2026-01-04", column="created_at"), name="a/users")
def users():
    return "SELECT id, created_at FROM {{ raw_users }} WHERE created_at = {{ date }}"
"""
)


def test_a_partition_and_a_run_parameter_are_values(engine: Engine) -> None:
    engine.pipeline(PARTITIONED).make(partitions=PartitionChoice(missing=True))
    assert engine.values("a/users", "id") == [1, 2, 3]


WITH_DEFAULTS = (
    RAW
    + '''

@sql_asset
def chosen():
    return """
        SELECT id, {{ param("more", 0.5) }} + 1 AS more FROM {{ raw_users }}
        WHERE email IN {{ param("emails", ["A@X"]) }} AND id < {{ param("below", -1) }} + 1
        {% if param("none", false) %} AND false {% endif %}
    """
'''
)


def test_what_the_command_line_gives_is_of_the_default_s_type(engine: Engine) -> None:
    given = ('emails=["A@X", "C@Y"]', "below=2", "none=false", "more=1")
    options = [each for one in given for each in ("--param", one)]
    engine.pipeline(WITH_DEFAULTS).cli("run", *options)
    assert engine.rows("chosen") == [{"id": 1, "more": 2.0}]
    told = engine.cli("run", "--param", "emails=A@X", code=2)
    assert "parameter 'emails' takes list, found 'A@X'" in told


def test_a_view_is_computed_by_what_reads_it(engine: Engine) -> None:
    text = RAW + (
        "\n\n@sql_asset(materialization='view')\ndef few():\n"
        "    return 'SELECT id FROM {{ raw_users }} WHERE id < {{ limit }}'\n"
        "\n\n@sql_asset\ndef counted():\n    return 'SELECT count(*) AS n FROM {{ few }}'\n"
    )
    engine.pipeline(text, "[params]\nlimit = 3\n").make()
    assert engine.values("counted", "n") == [2]


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("SELECT id,", "select  id, -- the key\n ", False),
        ("LOWER(email)", "UPPER(email)", True),
        ('dialect="postgresql"', 'dialect="duckdb"', True),
    ],
)
def test_an_asset_is_made_again_when_its_sql_changes(
    engine: Engine, old: str, new: str, again: bool
) -> None:
    engine.pipeline(SPECIFIED).make()
    text = SPECIFIED.replace(old, new)
    assert text != SPECIFIED
    run = engine.pipeline(text).make()
    assert run.statuses["clean_users"] == ("succeeded" if again else "cached")


SOURCE = """
from vibepiper_transform import sql_asset


@sql_asset
def customers():
    return 'SELECT id, upper(name) AS name FROM {{ source("shop", "people") }} WHERE id > {{ 1 }}'
"""


@pytest.mark.parametrize("store", ["duckdb", "postgres"])
def test_a_source_is_a_table_of_a_database_that_is_no_asset(
    new_engine: Callable[[str], Engine], store: str
) -> None:
    engine = new_engine(store)
    engine.pipeline(SOURCE, f"[resources.shop]\n{STORES[store]}")
    with Session(engine.load(), PluginHost()) as session:
        shop = cast("DatabaseConnector", session.resource("shop"))
        shop.ingest("people", pa.table({"id": [1, 2], "name": ["ada", "bob"]}))
    engine.make()
    assert engine.rows("customers") == [{"id": 2, "name": "BOB"}]


THROUGH_VIEWS = """
from vibepiper_transform import sql_asset


@sql_asset(materialization="view")
def people():
    return "SELECT id FROM {{ source('shop', 'people') }}"


@sql_asset(materialization="view")
def more_than_one():
    return "SELECT id FROM {{ people }} WHERE id > 1"


@sql_asset
def last():
    return "SELECT id FROM {{ more_than_one }}"


@sql_asset(name="shown")
def shown():
    return "SELECT id FROM {{ last }}"
"""


def test_what_is_read_through_views_is_read_in_every_run(engine: Engine) -> None:
    engine.pipeline(THROUGH_VIEWS, f"[resources.shop]\n{STORES['duckdb']}")
    for ids, statuses in (([1, 2], "succeeded"), ([1, 2], "cached"), ([3], "succeeded")):
        with Session(engine.load(), PluginHost()) as session:
            shop = cast("DatabaseConnector", session.resource("shop"))
            shop.ingest("people", pa.table({"id": ids}), mode="replace")
        run = engine.make()
        assert run.statuses == dict.fromkeys(["people", "more_than_one", "last"], "succeeded") | {
            "shown": statuses
        }
        assert engine.values("shown", "id") == [each for each in ids if each > 1]


def test_a_source_of_what_is_no_database_is_refused(engine: Engine) -> None:
    engine.pipeline(SOURCE.replace('source("shop", "people")', 'source("shap", "people")'))
    with pytest.raises(UnknownUpstream, match=r"pipeline.py:\d+:\d+: .*parameter 'shap' is no"):
        engine.load()


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("SELECT idd FROM {{ raw_users }}", "[0-9]+:20: error: .*no column 'idd'"),
        ("SELECT id FROM {{ raw_users }} {% if is_incremental() %} WHERE id > "
         "(SELECT max(idd) FROM {{ this }}) {% endif %}", "[0-9]+:93: error: .*'idd'"),
        ("SELECT id + upper(id) AS id FROM {{ raw_users }}", "[0-9]+:25: error: .*upper"),
    ],
)  # fmt: skip
def test_validate_tells_what_is_wrong_before_anything_runs(
    engine: Engine, sql: str, problem: str
) -> None:
    declared = f"@sql_asset(materialization=incremental())\ndef wrong():\n    return '{sql}'\n"
    pipeline = "from vibepiper import Column\n" + RAW.replace(
        '@asset(key="id")', '@asset(key="id", columns={"id": Column(pa.int64())})'
    )
    found = engine.pipeline(f"{pipeline}\n\n{declared}").cli("validate", code=2)
    assert re.search(problem, found), found


CHECKED = (
    RAW
    + """
from vibepiper_expectations import expect


@sql_asset
@expect.column_values_between("id", 0, 2)
def below():
    return "SELECT id FROM {{ raw_users }}"


@expect.column_values_between("id", 0, 120)
@sql_asset
def above():
    return "SELECT id FROM {{ raw_users }}"
"""
)


def test_checks_hold_back_what_sql_makes(engine: Engine) -> None:
    run = engine.pipeline(CHECKED).run()
    assert (run["below"].status, run["above"].status) == ("failed", "succeeded")
    assert "1 of 3 rows" in run.message("below")


def test_a_step_in_another_process_reads_the_sql_by_its_name(engine: Engine) -> None:
    run = engine.pipeline(SPECIFIED).run(executor="processes")
    assert set(run.statuses.values()) == {"succeeded"}
    assert engine.values("clean_users", "id") == [1, 3]
