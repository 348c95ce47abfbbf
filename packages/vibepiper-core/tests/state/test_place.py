"""Where state is kept: a path, a URL, a secret; and that no password is shown."""

from __future__ import annotations

import sys

import pytest
from vibepiper.errors import ConfigError, StateError
from vibepiper.state import StateStore, StateUrl

SECRET = "pa55/w@rd%"


def test_a_path_may_be_text(tmp_path):
    with StateStore(str(tmp_path / "größe" / "state.db")) as store:
        assert store.name == str(tmp_path / "größe" / "state.db")
    assert (tmp_path / "größe" / "state.db").is_file()


def test_tables_are_in_a_schema_of_their_own(postgres_database):
    import psycopg

    StateStore(postgres_database).close()
    with psycopg.connect(postgres_database) as connection:
        found = connection.execute(
            "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname !~ '^(pg_|information)'"
        ).fetchall()
    assert found == [("vibepiper",)]


def test_a_user_who_may_not_create_uses_the_tables_that_are_there(postgres_database):
    import psycopg

    StateStore(postgres_database).close()
    with psycopg.connect(postgres_database) as connection:
        for statement in (
            "DROP ROLE IF EXISTS worker",
            "CREATE ROLE worker LOGIN PASSWORD 'w'",
            "GRANT USAGE ON SCHEMA vibepiper TO worker",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vibepiper TO worker",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA vibepiper TO worker",
        ):
            connection.execute(statement)
    place = postgres_database.rpartition("@")[2]
    with StateStore(f"postgresql://worker:w@{place}") as store:
        lease = store.begin_run("r", project="p", environment="e", params={}, steps=[])
        store.end_run("r", "succeeded")
        assert lease.token == store.run("r").token


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:pa55@127.0.0.1:1/db",
        "postgres://me:pa55@127.0.0.1:1/db?connect_timeout=2",
        "postgresql://me@127.0.0.1:1/db?password=pa55",
        "postgresql://me:pa55@nowhere.invalid/db",
        "postgresql://me:pa55@127.0.0.1:1/db?sslmode=wrong",
        "postgresql://me:pa55@127.0.0.1:notaport/db",
        "postgresql://me:pa55/x@127.0.0.1/db",
    ],
)
def test_a_server_that_cannot_be_reached_is_named_without_its_password(url):
    with pytest.raises(StateError) as caught:
        StateStore(url)
    chain, error = "", caught.value
    while error is not None:
        chain += f"{error!r} {error}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert "pa55" not in chain
    assert "pa55" not in str(caught.value)
    assert "postgresql://" in str(caught.value)


def test_a_wrong_password_is_told_without_it(postgres_database):
    account, _, place = postgres_database.rpartition("@")
    wrong = account.rpartition(":")[0] + ":" + "pa55%2Fw%40rd%25" + "@" + place
    with pytest.raises(StateError, match="password authentication failed") as caught:
        StateStore(wrong)
    assert SECRET not in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_another_kind_of_database_is_refused():
    with pytest.raises(StateError, match="state cannot be kept in 'mysql'\n  Name a file"):
        StateStore("mysql://me:pa55@host/db")


def test_without_psycopg_the_way_to_get_it_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = r"needs psycopg, which is not installed\n  pip install 'vibepiper-core\[postgres\]'"
    with pytest.raises(StateError, match=said):
        StateStore("postgresql://host/db")


def test_a_secret_names_where_the_state_is(monkeypatch, tmp_path):
    url = StateUrl(variable="STATE_URL")
    with pytest.raises(ConfigError, match="the secret 'STATE_URL' is not set"):
        StateStore(url)
    monkeypatch.setenv("STATE_URL", str(tmp_path / "state.db"))
    with StateStore(url) as store:
        assert store.name == str(tmp_path / "state.db")


def test_a_url_prints_without_its_password():
    url = StateUrl("postgresql://me:pa55%2Fw%40rd%25@host/db")
    assert "pa55" not in f"{url} {url!r}"
    assert url.secrets() == {SECRET, "pa55%2Fw%40rd%25"}


CONFIG = """
[project]
name = "p"
modules = ["pipeline.py"]
state = {state}
"""


def test_a_project_whose_state_is_on_a_server(project, postgres_database):
    project.environment["STATE_URL"] = postgres_database
    project.write(
        """
        import os
        @asset
        def a(context):
            context.log(os.environ['STATE_URL'])
            return 1
        """,
        CONFIG.format(state='{ secret = "STATE_URL" }'),
    )
    assert project.cli("run").returncode == 0
    (run,) = project.json("runs")
    log = project.json("runs", run["id"])["events"]
    assert "****" in next(entry["data"] for entry in log if entry["kind"] == "log")["message"]
    password = postgres_database.rpartition("@")[0].rpartition(":")[2]
    assert password not in project.cli("state").stdout + str(log)
    assert not (project.root / ".vibepiper").exists()


def test_a_secret_that_is_not_set_points_at_the_project_file(project):
    project.write("@asset\ndef a(): return 1", CONFIG.format(state='{ secret = "STATE_URL" }'))
    done = project.cli("run")
    assert done.returncode == 2
    assert "vibepiper.toml:5: 'project.state': the secret 'STATE_URL' is not set" in done.stderr
    assert project.cli("list").returncode == 0


@pytest.mark.parametrize("state", ["5", "{ secrets = 'X' }", "['a']", "{ secret = 5 }"])
def test_what_is_no_place_is_refused(project, state):
    project.write("@asset\ndef a(): return 1", CONFIG.format(state=state))
    assert "'project.state': expected a path, a url" in project.cli("list").stderr


def test_listing_assets_does_not_wait_for_the_database_library(project):
    project.write("@asset\ndef a(): return 1", CONFIG.format(state="'postgresql://nowhere/db'"))
    program = "import sys; from vibepiper import load_project; from pathlib import Path; "
    program += "load_project(Path('.')); print('sqlalchemy' in sys.modules)"
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.root, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
