"""`run --resume` does the rest of a run and only the rest; `--from-failure` begins a new one."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from vibepiper import StateStore, load_project

CHAIN = """
@asset
def first():
    called("first")
    return [{"n": 1}]


@asset
def second(first):
    called("second")
    if (ROOT / "broken").exists():
        raise OSError("the source went away")
    return first


@asset
def third(second):
    called("third")
    return second


@asset
def aside():
    called("aside")
    return [{"n": 2}]
"""
DATES = """
@asset(partitions=daily("2026-03-01", end="2026-03-06"))
def days(date, factor: int = 1):
    called(date)
    if (ROOT / "broken").exists() and date == "2026-03-03":
        raise OSError("the source went away")
    return [{"date": date, "factor": factor}]
"""
RANGES = """
@asset(partitions=daily("2026-03-01", end="2026-03-06", column="date"), ranges=True)
def days(context):
    if (ROOT / "broken").exists():
        raise OSError("the source went away")
    return [{"date": key.begin.date()} for key in context.partitions]
"""


@pytest.fixture
def broken(engine):
    """A chain whose second asset failed."""
    engine.pipeline(CHAIN)
    engine.break_it()
    engine.run()
    assert sorted(engine.calls) == ["aside", "first", "second"]
    engine.mend_it()
    return engine


def test_a_resumed_run_makes_what_failed_and_what_was_skipped_below_it(broken):
    assert broken.cli_steps("run", "--resume") == {"second": "succeeded", "third": "succeeded"}
    assert broken.calls[3:] == ["second", "third"]


def test_a_resumed_run_goes_on_under_its_id(broken):
    before = broken.last_run()
    broken.cli("run", "--resume", before.id)
    after = broken.last_run()
    assert (after.id, before.status, after.status) == (before.id, "failed", "succeeded")


def test_a_run_is_resumed_by_the_beginning_of_its_id(broken):
    run = broken.last_run()
    steps = broken.cli_steps("run", "--resume", run.id[:-2])
    assert steps == {"second": "succeeded", "third": "succeeded"}


def test_from_failure_makes_the_same_in_a_new_run(broken):
    before = broken.last_run()
    steps = broken.cli_steps("run", "--from-failure")
    assert steps == {"second": "succeeded", "third": "succeeded"}
    after = broken.last_run()
    assert (after.id == before.id, after.status) == (False, "succeeded")


def test_a_run_that_fails_again_is_resumed_again(broken):
    broken.break_it()
    broken.cli("run", "--resume", code=1)
    broken.mend_it()
    broken.cli("run", "--resume")
    assert broken.calls[3:] == ["second", "second", "third"]


def test_a_run_that_failed_earlier_can_be_named_when_a_later_one_succeeded(broken):
    failed = broken.last_run()
    broken.run("aside")
    assert "second" in broken.cli_steps("run", "--resume", failed.id)


def test_without_a_name_no_run_is_revived_that_others_came_after(broken):
    failed = broken.last_run()
    broken.run("aside")
    for command in (["--resume"], ["--resume", "last"], ["--from-failure"]):
        said = " ".join(broken.cli("run", *command, code=2).split())
        assert "the last, succeeded" in said
        assert "an older run needs its id" in said
        assert f"vibepiper run --resume {failed.id}" in said
    with StateStore(load_project(broken.root).state) as state:
        assert state.run(failed.id).status == "failed"


def test_a_run_that_succeeded_is_not_resumed(broken):
    broken.cli("run", "--resume")
    run = broken.last_run()
    assert "every step of it was made" in broken.cli("run", "--resume", run.id, code=2)
    for option in ("--resume", "--from-failure"):
        said = " ".join(broken.cli("run", option, code=2).split())
        assert "the last, succeeded: there is nothing to make again" in said
        assert "`vibepiper runs` lists them" in said


def test_nothing_else_can_be_asked_of_a_resumed_run(broken):
    for option in ("--force", "--full-refresh", "--param=x=1", "--exclude=aside"):
        found = broken.cli("run", "--resume=last", option, code=2)
        assert "repeats what was asked for before" in found
    assert "cannot be given together" in broken.cli("run", "--resume", "--from-failure", code=2)


def test_an_unknown_run_is_named(broken):
    assert "no runs have an id that begins with 'zzz'" in broken.cli(
        "run", "--resume", "zzz", code=2
    )


@pytest.mark.parametrize("option", ["--resume", "--from-failure"])
def test_the_rest_has_the_partitions_and_the_parameters_of_the_first(engine, option):
    engine.pipeline(DATES)
    engine.break_it()
    engine.cli("run", "--from=2026-03-02", "--to=2026-03-04", "--param", "factor=7", code=1)
    engine.mend_it()
    assert engine.cli_steps("run", option) == {"days[2026-03-03]": "succeeded"}
    assert engine.rows("days") == [{"date": f"2026-03-0{day}", "factor": 7} for day in (2, 3, 4)]


def test_a_run_of_ranges_is_resumed_with_its_range(new_engine):
    engine = new_engine("duckdb").pipeline(RANGES)
    engine.break_it()
    engine.cli("run", "--from=2026-03-02", "--to=2026-03-04", code=1)
    engine.mend_it()
    engine.cli("run", "--resume")
    assert [str(day) for day in engine.values("days", "date")] == [
        "2026-03-02",
        "2026-03-03",
        "2026-03-04",
    ]


def test_a_run_that_goes_on_is_not_resumed(engine):
    engine.pipeline(
        """
        import time


        @asset
        def slow():
            called("slow")
            while not (ROOT / "go").exists():
                time.sleep(0.02)
            return [{"n": 1}]
        """
    )
    command = [sys.executable, "-c", "from vibepiper.cli import main; main()", "run"]
    with subprocess.Popen(command, cwd=engine.root, stderr=subprocess.DEVNULL) as process:
        while not engine.calls:
            assert process.poll() is None
            time.sleep(0.02)
        run = engine.last_run()
        try:
            told = engine.cli("run", "--resume", run.id, code=2)
            assert f"run {run.id}, the last, has not ended yet" in engine.cli(
                "run", "--resume", code=2
            )
        finally:
            (engine.root / "go").touch()
    assert f"run {run.id} is still under way (process {process.pid}" in " ".join(told.split())
    assert (process.returncode, engine.calls) == (0, ["slow"])


def test_code_that_was_mended_since_is_what_the_rest_runs_by(broken):
    mended = CHAIN.replace("return second", 'return [{"n": 30}]')
    broken.pipeline(mended).cli("run", "--resume")
    assert broken.rows("third") == [{"n": 30}]
    assert broken.run("third").statuses == {"third": "cached"}


def test_what_was_made_by_code_that_changed_since_is_left_to_the_next_run(broken):
    broken.pipeline(CHAIN.replace('[{"n": 1}]', '[{"n": 10}]'))
    assert "first" not in broken.cli_steps("run", "--resume")
    assert broken.rows("third") == [{"n": 1}]
    broken.make()
    assert broken.rows("third") == [{"n": 10}]


def test_an_asset_that_is_gone_since_is_named(broken):
    broken.pipeline(CHAIN[: CHAIN.index("@asset\ndef third")])
    told = " ".join(broken.cli("run", "--resume", code=2).split())
    assert "made 'third', which the project does not have any more" in told


@pytest.mark.parametrize(
    "since",
    [
        DATES.replace("2026-03-01", "2026-03-04"),
        "@asset\ndef days(): return [{'n': 1}]",
        DATES.replace('daily("2026-03-01", end="2026-03-06")', 'static(["eu"], name="date")'),
    ],
    ids=["begin_later", "none", "others"],
)
def test_partitions_that_are_gone_since_are_named(engine, since):
    engine.pipeline(DATES)
    engine.break_it()
    engine.cli("run", "--from=2026-03-02", "--to=2026-03-04", code=1)
    engine.pipeline(since)
    told = " ".join(engine.cli("run", "--resume", code=2).split())
    assert "was to make days[2026-03-03], which the project does not have any more" in told
    assert engine.last_run().status == "failed"


def test_ranges_that_follow_each_other_stay_the_steps_that_they_were(new_engine):
    engine = new_engine("duckdb").pipeline(RANGES)
    engine.break_it()
    engine.cli("run", "--partition=2026-03-02", code=1)
    engine.cli("run", "--from=2026-03-02", "--to=2026-03-04", code=1)
    engine.mend_it()
    names = ["days[2026-03-02]", "days[2026-03-03..2026-03-04]"]
    assert engine.cli_steps("run", "--resume") == dict.fromkeys(names, "succeeded")


def test_an_asset_that_got_partitions_since_is_refused(engine):
    engine.pipeline('@asset\ndef days(): raise OSError("away")').cli("run", code=1)
    engine.pipeline(DATES)
    assert "was to make days, which" in " ".join(engine.cli("run", "--resume", code=2).split())


def test_from_failure_makes_the_rest_of_a_run_once(broken):
    broken.cli("run", "--from-failure")
    failed = broken.folder.json("runs")[1]["id"]
    said = broken.cli("run", "--from-failure", code=2)
    assert "succeeded: there is nothing to make again" in said
    assert f"--resume {failed}" in said
