"""``vibepiper state`` and its commands."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest


@pytest.fixture
def one(project):
    """A project with two runs."""
    project.write("@asset\ndef größe(): return 1\n@asset\ndef b(): return 2")
    for _ in range(2):
        assert project.cli("run").returncode == 0
    return project


def test_it_shows_what_there_is(one):
    facts = one.json("state")
    assert facts["place"].endswith("state.db")
    assert (facts["version"], facts["rows"]["runs"], facts["rows"]["steps"]) == (5, 2, 4)
    assert facts["bytes"] > 10_000
    assert facts["leases"] == []
    assert facts["oldest_run"] == one.json("runs")[-1]["started_at"]
    shown = one.cli("state").stdout
    assert facts["place"] in shown
    assert "materializations" in shown


def test_it_shows_who_holds_a_lease(project):
    project.write("""
        import subprocess, sys, json
        @asset
        def a():
            found = subprocess.run(
                [sys.executable, "-c", "from vibepiper.cli import main; main()", "state", "--json"],
                capture_output=True, text=True)
            (lease,) = json.loads(found.stdout)["leases"]
            assert 0 < lease["seconds_left"] <= 30
            assert lease["environment"] == "default"
            return 1
    """)
    done = project.cli("run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_prune_takes_the_options_over_the_project_file(one):
    would = one.json("state", "prune", "--keep-runs", "1", "--dry-run")
    assert (would["dry_run"], would["rows"]["runs"]) == (True, 1)
    assert len(one.json("runs")) == 2
    assert one.json("state", "prune", "--keep-runs", "1")["rows"]["runs"] == 1
    assert len(one.json("runs")) == 1
    assert "deleted" in one.cli("state", "prune", "--older-than", "0h").stdout
    assert one.json("runs") == []


def test_an_age_that_is_none_is_refused(one):
    done = one.cli("state", "prune", "--older-than", "month")
    assert done.returncode == 2
    assert "found 'month'\n  For example: --older-than 30d" in done.stderr


def test_vacuum_gives_space_back(one):
    done = one.json("state", "vacuum")
    assert done["bytes_after"] <= done["bytes_before"]
    assert "bytes before" in one.cli("state", "vacuum").stdout


def test_export_as_json_lines(one):
    done = one.json("state", "export", "out.jsonl")
    lines = [json.loads(line) for line in (one.root / "out.jsonl").read_text().splitlines()]
    assert len(lines) == sum(done["rows"].values())
    assets = {line["asset"] for line in lines if line["table"] == "steps"}
    assert assets == {"größe", "b"}
    assert [f.name for f in one.root.iterdir() if f.name.endswith(".part")] == []


def test_export_of_a_table_as_parquet(one):
    one.json("state", "export", "out.parquet", "--table", "events")
    table = pq.read_table(one.root / "out.parquet")
    assert str(table.schema.field("at").type) == "timestamp[us, tz=UTC]"
    assert table.num_rows == one.json("state")["rows"]["events"]
    assert json.loads(table["data"][-1].as_py()) == {"status": "succeeded"}


def test_an_empty_table_is_exported_with_its_columns(one):
    one.json("state", "export", "claims.parquet", "--table", "claims")
    table = pq.read_table(one.root / "claims.parquet")
    assert (table.num_rows, table.schema.names[-1]) == (0, "run_id")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("out.parquet",), "a Parquet file holds one table, and none was named"),
        (("x", "--table", "step"), "the state has no table 'step'\n  Did you mean 'steps'?"),
    ],
)
def test_an_export_that_cannot_be_is_refused(one, arguments, said):
    done = one.cli("state", "export", *arguments)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_an_export_into_no_folder_is_refused(one):
    done = one.cli("state", "export", "nowhere/out.jsonl")
    assert done.returncode != 0
    assert "nowhere/out.jsonl cannot be written: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_export_from_a_server_is_the_same(project, postgres_database):
    project.environment["STATE_URL"] = postgres_database
    project.write(
        "@asset\ndef a(): return 1",
        '[project]\nname = "p"\nmodules = ["pipeline.py"]\nstate = { secret = "STATE_URL" }\n',
    )
    assert project.cli("run").returncode == 0
    assert project.json("state", "export", "out.jsonl")["rows"]["runs"] == 1
    assert project.json("state", "vacuum")["bytes_after"] > 0
    assert project.json("state")["place"].startswith("postgresql://postgres@127.0.0.1:")
