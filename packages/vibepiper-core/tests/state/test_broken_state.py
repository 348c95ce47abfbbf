"""The state database, whole and broken."""

import sqlite3

import pytest
from vibepiper import StateStore
from vibepiper.errors import StateError
from vibepiper.state.tables import VERSION, metadata


def refused(project, *words):
    done = project.cli("run")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    for word in ("StateError", "state.db", *words):
        assert word in done.stderr


@pytest.fixture
def one(project):
    return project.write("@asset\ndef a(): return 1")


def test_a_corrupt_database_is_refused(one):
    (one.root / ".vibepiper").mkdir()
    (one.root / ".vibepiper" / "state.db").write_bytes(b"not a database" * 100)
    refused(one, "file is not a database", "Move it and state.db-wal away", "history")
    (one.root / ".vibepiper" / "state.db").unlink()
    assert one.cli("run").returncode == 0


def test_a_newer_database_is_refused(one):
    assert one.cli("run").returncode == 0
    with sqlite3.connect(one.root / ".vibepiper" / "state.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    refused(one, "has version 99; this release knows 5", "pip install --upgrade vibepiper-core")


def test_a_folder_that_cannot_be_made_is_refused(one):
    (one.root / ".vibepiper").write_text("a file, not a folder")
    refused(one, "File exists")


def test_a_database_that_cannot_be_written_is_refused(one):
    one.cli("run")
    running = one.root / ".vibepiper" / "running"
    running.rmdir()
    running.write_text("a file, not a folder")
    refused(one, "running")


def test_a_full_disk_is_told(tmp_path):
    """SQLite's own limit on pages stands for the disk's."""
    with StateStore(tmp_path / "state.db") as state:
        state._channel.connection.exec_driver_sql("PRAGMA max_page_count = 1")
        with pytest.raises(StateError, match=r"state.db cannot be used: .*full\n.*Check the disk"):
            state.begin_run("r", project="p" * 100_000, environment="e", params={}, steps=[])


def test_a_database_that_fails_during_a_run_exits_with_1(project):
    """2 would say that nothing was run."""
    project.write("""
        import sqlite3
        @asset
        def a():
            with sqlite3.connect(".vibepiper/state.db") as connection:
                connection.execute("DROP TABLE steps")
            connection.close()
    """)
    done = project.cli("run")
    assert (done.returncode, done.stdout) == (1, "")
    assert "RunAborted: run " in done.stderr
    assert "no such table: steps" in done.stderr


def test_what_was_written_is_the_schema_of_the_version(tmp_path):
    """A change of the tables needs a new version and a migration."""
    assert VERSION == 5
    assert sorted(metadata.tables) == [
        "attempts",
        "check_results",
        "claims",
        "code_versions",
        "dynamic_partitions",
        "events",
        "fencing",
        "materializations",
        "partitions",
        "runs",
        "steps",
    ]


def test_runs_and_one_runs_steps(one):
    for _ in range(2):
        one.cli("run")
    newest, oldest = one.json("runs")
    assert newest["started_at"] > oldest["started_at"]
    assert one.json("runs", "--limit", "1") == [newest]
    assert one.json("runs", newest["id"])["steps"][0]["asset"] == "a"


@pytest.mark.parametrize(("prefix", "count"), [("zz", "no"), ("0", "2")])
def test_a_run_is_named_by_one_prefix(one, prefix, count):
    for _ in range(2):
        one.cli("run")
    assert f"{count} runs have an id that begins with '{prefix}'" in one.cli("runs", prefix).stderr


def test_a_secret_is_nowhere(shelf):
    secret = "pa55-word-of-nobody"
    shelf.environment["SHELF_PASSWORD"] = secret
    shelf.write(
        f"""
        @asset
        def told(context):
            context.log("it is {secret}")
            raise ValueError("it is {secret}")
        """,
        """
        [project]
        name = "p"
        modules = ["pipeline.py"]
        [io_managers.default]
        use = "shelf"
        password = { secret = "SHELF_PASSWORD" }
        """,
    )
    (shelf.root / "pipeline.py").write_text(
        (shelf.root / "pipeline.py").read_text().replace(secret, '" + word() + "')
        + "\ndef word():\n    import os\n    return os.environ['SHELF_PASSWORD']\n"
    )
    for command in ("list", "plan", "run", "runs"):
        for done in (shelf.cli(command), shelf.cli(command, "--json")):
            assert secret not in done.stdout + done.stderr, command
    state = b"".join(path.read_bytes() for path in (shelf.root / ".vibepiper").glob("state.db*"))
    assert b"it is ****" in state
    assert secret.encode() not in state
