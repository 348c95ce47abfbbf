"""Databases of older releases, and of several processes that start at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from vibepiper.errors import StateError
from vibepiper.partitions import daily
from vibepiper.partitions.span import Span
from vibepiper.state import StateStore
from vibepiper.state.tables import VERSION

from .conftest import make

VERSION_1, VERSION_2 = (Path(__file__).parent / "data" / f"version_{n}.sql" for n in (1, 2))
FIRST, SECOND = (f"01900000-0000-7000-8000-00000000000{n}" for n in (1, 2))


@pytest.fixture
def old(tmp_path):
    """What the first release wrote: a run that failed, and one whose process was killed."""
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(VERSION_1.read_text())
    connection.close()
    return path


def rows(path, table):
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]
    connection.close()
    return found


TABLES = ("runs", "steps", "events", "materializations", "check_results")


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_lost(old, table):
    before = rows(old, table)
    StateStore(old).close()
    after = rows(old, table)
    assert [{name: row[name] for name in before[0]} for row in after] == before


def test_what_is_new_has_a_value(old):
    with StateStore(old) as store:
        made = store.latest("prod")["orders"]
        assert made.updated_at == made.created_at == datetime(2026, 11, 20, 8, 0, 4, 250000, UTC)
        assert (made.partition, made.rows, made.notes) == ("", 2**40, ())
        first, second = store.run(FIRST), store.run(SECOND)
        assert (first.status, first.token, first.params["größe"]) == ("failed", 0, 7)
        assert second.status == "interrupted"
        assert [step.status for step in store.steps(SECOND)] == ["cancelled"] * 2
        assert store.events(FIRST)[1].data == {"message": "Grüße 👋"}


def test_a_migrated_database_has_the_tables_of_a_new_one(old, tmp_path):
    StateStore(old).close()
    StateStore(tmp_path / "new.db").close()

    def schema(path):
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
        with sqlite3.connect(path) as connection:
            found = connection.execute(query).fetchall()
        connection.close()
        return found

    assert schema(old) == schema(tmp_path / "new.db")


def test_a_migrated_database_is_written_on(old, begin):
    with StateStore(old) as store:
        again = store.resume_run(FIRST, claims=[])
        assert [key.asset for key in store.unfinished_steps(FIRST)] == ["leer"]
        make(store, again, "leer", "new")
        store.end_run(FIRST, "succeeded")
        assert store.run(FIRST).succeeded == 3


def test_a_migration_that_fails_changes_nothing(old):
    with sqlite3.connect(old) as connection:
        connection.execute("CREATE TABLE v1_steps (in_the_way)")
    connection.close()
    before = {table: rows(old, table) for table in TABLES}
    with pytest.raises(StateError, match="v1_steps"):
        StateStore(old)
    assert {table: rows(old, table) for table in TABLES} == before


@pytest.fixture
def second(tmp_path):
    """What version 2 wrote: two days that were made together, one alone."""
    path = tmp_path / "second.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(VERSION_2.read_text())
    connection.close()
    return path


@pytest.mark.parametrize("table", TABLES)
def test_nothing_of_version_2_is_lost(second, table):
    before = rows(second, table)
    StateStore(second).close()
    after = rows(second, table)
    assert [{name: row[name] for name in before[0]} for row in after] == before


def test_days_that_version_2_made_together_are_known(second):
    days = daily("2026-03-01", end="2026-03-05")
    with StateStore(second) as store:
        named = [(key.text, key.span) for key in days.universe(datetime(2026, 4, 1, tzinfo=UTC))]
        found = store.latest_partitions("default", "größe", named)
    assert {key: made.partition for key, made in found.items()} == {
        "2026-03-01": "2026-03-01..2026-03-02",
        "2026-03-02": "2026-03-01..2026-03-02",
        "2026-03-03": "2026-03-03",
    }


def go_back_to_4(connection):
    """Undoes what version 5 took away."""
    connection.execute("CREATE INDEX materializations_run ON vibepiper.materializations (run_id)")


def go_back_to_3(connection):
    """Undoes what version 4 added."""
    for column in ("value", "seconds"):
        connection.execute(f"ALTER TABLE vibepiper.check_results DROP COLUMN {column}")
    connection.execute("DROP INDEX vibepiper.check_results_asset")


def test_version_3_keeps_the_results_of_checks(tmp_path):
    place = tmp_path / "state.db"
    StateStore(place).close()
    with sqlite3.connect(place) as connection:
        connection.execute("DROP INDEX check_results_asset")
        for column in ("value", "seconds"):
            connection.execute(f"ALTER TABLE check_results DROP COLUMN {column}")
        connection.execute(
            "INSERT INTO runs (id, project, environment, status, started_at, params, host, pid, "
            "token) VALUES ('r', 'p', 'dev', 'succeeded', '2026-01-01 00:00:00', '{}', '', 0, 0)"
        )
        connection.execute(
            'INSERT INTO check_results (run_id, asset, partition, "check", status, severity, '
            "examples) VALUES ('r', 'a', '', 'unique(id)', 'passed', 'error', '[]')"
        )
        connection.execute("CREATE INDEX materializations_run ON materializations (run_id)")
        connection.execute("PRAGMA user_version = 3")
    connection.close()
    with StateStore(place) as store:
        (found,) = store.check_history("dev", "a")
    assert (found.check, found.value) == ("unique(id)", None)


def test_version_4_keeps_what_code_is_made_of(tmp_path):
    place = tmp_path / "state.db"
    StateStore(place).close()
    with sqlite3.connect(place) as connection:
        connection.execute("DROP TABLE code_versions")
        connection.execute("CREATE TABLE code_versions (code_version TEXT PRIMARY KEY, parts JSON)")
        connection.execute("""INSERT INTO code_versions VALUES ('ab12', '{"größe": "1"}')""")
        connection.execute("CREATE INDEX materializations_run ON materializations (run_id)")
        connection.execute("PRAGMA user_version = 4")
    connection.close()
    with StateStore(place) as store:
        assert store.code_parts("ab12") == {"größe": "1"}


def test_version_2_on_a_server_is_brought_on(postgres_database):
    import psycopg

    StateStore(postgres_database).close()
    with psycopg.connect(postgres_database) as connection:
        for column in ("label", "begin", "end"):
            query = f"ALTER TABLE vibepiper.materializations DROP COLUMN span_{column}"
            connection.execute(query)
        go_back_to_4(connection)
        go_back_to_3(connection)
        connection.execute("UPDATE vibepiper.meta SET value = '2'")
    StateStore(postgres_database).close()
    with StateStore(postgres_database) as store:
        assert store.facts().version == VERSION
        assert store.latest_partitions("dev", "a", [("1", Span("", 1, 2))]) == {}


START = """
import sys
from pathlib import Path
from vibepiper.state import StateStore
place = sys.argv[1]
sys.stdin.readline()
with StateStore(place if "://" in place else Path(place)) as store:
    print(store.facts().version)
"""


def start_together(place, number=5):
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", START, str(place)]
    processes = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(number)
    ]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=60) for process in processes]


def test_processes_that_start_at_once_on_a_new_database(place):
    assert start_together(place) == [(f"{VERSION}\n", "")] * 5


def test_processes_that_start_at_once_on_an_old_database(old):
    assert start_together(old) == [(f"{VERSION}\n", "")] * 5
    assert len(rows(old, "steps")) == 5


def test_a_newer_database_is_refused_on_a_server(postgres_database):
    import psycopg

    StateStore(postgres_database).close()
    with psycopg.connect(postgres_database) as connection:
        connection.execute("UPDATE vibepiper.meta SET value = '99'")
    with pytest.raises(StateError, match="has version 99; this release knows 5") as caught:
        StateStore(postgres_database)
    assert "pip install --upgrade vibepiper-core" in str(caught.value)
