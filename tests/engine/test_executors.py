"""Steps in threads and in processes: they make the same, within the limits, whatever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from vibepiper.errors import ConfigError, MissingCapability, UnknownComponent
from vibepiper.partition_choice import PartitionChoice

CHAIN = """
import os


@asset
def numbers():
    called(str(os.getpid()))
    return [{"n": n} for n in range(5)]


@asset(materialization=incremental("upsert"), key="n")
def squares(numbers: pa.Table):
    called(str(os.getpid()))
    return [{"n": n, "square": n * n} for n in numbers["n"].to_pylist()]


@asset
def total(squares: pa.Table):
    called(str(os.getpid()))
    return [{"total": sum(squares["square"].to_pylist())}]
"""


@pytest.mark.parametrize(("executor", "apart"), [("threads", False), ("processes", True)])
def test_what_is_made_is_the_same(stored, executor, apart):
    stored.pipeline(CHAIN).make(jobs=2, executor=executor)
    assert stored.values("total", "total") == [30]
    assert (str(os.getpid()) not in stored.calls) == apart


BESIDE = """
import time


def beside(name):
    (ROOT / f"{name}.now").touch()
    time.sleep(1)
    called(str(len(list(ROOT.glob("*.now")))))
    time.sleep(1)
    (ROOT / f"{name}.now").unlink()
    return [{"n": 1}]


@asset(pool="api")
def a(): return beside("a")


@asset(pool="api")
def b(): return beside("b")


@asset(pool="api")
def c(): return beside("c")
"""


@pytest.mark.parametrize("executor", ["threads", "processes"])
@pytest.mark.parametrize(("limit", "most"), [(1, 1), (2, 2)])
def test_no_more_steps_of_a_pool_run_than_its_limit(engine, executor, limit, most):
    engine.pipeline(BESIDE, f"[limits]\napi = {limit}\n").make(jobs=3, executor=executor)
    assert max(map(int, engine.calls)) == most


def test_the_more_urgent_of_steps_that_may_start_is_first(engine):
    engine.pipeline(
        """
        def made(name):
            called(name)
            return [{"n": 1}]

        @asset
        def a(): return made("a")

        @asset(priority=-1)
        def b(): return made("b")

        @asset(priority=10)
        def c(): return made("c")
        """
    ).make()
    assert engine.calls == ["c", "a", "b"]


DYING = """
import os


@asset({options})
def dies():
    called("dies")
    if (ROOT / "broken").exists():
        (ROOT / "broken").unlink()
        os.kill(os.getpid(), 9)
    return [{{"n": 1}}]


@asset
def below(dies): return dies


@asset
def beside(): return [{{"n": 2}}]
"""


def test_a_worker_that_dies_takes_its_step_along_and_not_the_run(engine):
    engine.pipeline(DYING.format(options="")).break_it()
    run = engine.run(jobs=1, executor="processes")
    assert run.statuses == {"dies": "failed", "below": "skipped", "beside": "succeeded"}
    assert "9" in run.message("dies") or "died" in run.message("dies")
    assert engine.cli_steps("run", "--resume") == {"dies": "succeeded", "below": "succeeded"}


def test_a_step_whose_worker_died_is_tried_again(engine):
    engine.pipeline(DYING.format(options="retries=1, delay=0.01")).break_it()
    engine.make(jobs=1, executor="processes")
    assert engine.attempts("dies") == 2
    assert engine.calls == ["dies", "dies"]


def test_partitions_are_made_in_processes(engine):
    engine.pipeline(
        """
        @asset(partitions=daily("2026-03-01", end="2026-03-09"))
        def days(date: str):
            return [{"day": date}]
        """
    )
    engine.make(jobs=2, executor="processes", partitions=PartitionChoice(missing=True))
    assert engine.values("days", "day") == [f"2026-03-0{n}" for n in range(1, 9)]


@pytest.mark.parametrize("config", ["", '[executors.processes]\nuse = "processes"\n'])
def test_memory_does_not_reach_other_processes(engine, config):
    engine.pipeline('@asset(io_manager="memory")\ndef a(): return [{"n": 1}]', config)
    with pytest.raises(MissingCapability, match=r"'a' is kept in the memory of one process"):
        engine.run(executor="processes")


def test_a_configured_executor_is_judged_by_what_it_uses(engine):
    text = '@asset(io_manager="memory")\ndef a(): return [{"n": 1}]'
    engine.pipeline(text, '[executors.beside]\nuse = "processes"\n')
    with pytest.raises(MissingCapability, match="memory"):
        engine.run(executor="beside")
    engine.pipeline(text, '[executors.processes]\nuse = "threads"\n').make(executor="processes")


def test_the_nearest_name_of_an_executor_is_told(engine):
    engine.pipeline("@asset\ndef a(): return [{'n': 1}]")
    with pytest.raises(UnknownComponent) as refused:
        engine.run(executor="proceses")
    assert "processes" in str(refused.value.hint)


def test_a_limit_of_nothing_is_refused(engine):
    engine.pipeline(BESIDE, "[limits]\napii = 1\n")
    with pytest.raises(ConfigError, match=r"'limits.apii': no asset has this pool") as refused:
        engine.run()
    assert "'api'" in str(refused.value.hint)
    assert refused.value.at is not None
    assert refused.value.at.line == len((engine.root / "vibepiper.toml").read_text().splitlines())
    engine.pipeline(BESIDE, "[limits]\napi = 0\n")
    with pytest.raises(ConfigError, match=r"limits.api"):
        engine.run()


def test_code_that_changed_since_the_plan_is_not_run_elsewhere(engine):
    """A process reads the project by itself: what it finds must be what was planned."""
    text = """
    @asset
    def first():
        path = ROOT / "pipeline.py"
        path.write_text(path.read_text().replace("n = 1", "n = 2"))
        return [{"n": 1}]

    @asset
    def second(first):
        n = 1
        return [{"n": n}]
    """
    engine.pipeline(text)
    run = engine.run(jobs=1, executor="processes")
    # One process has loaded both before the first step ran: it makes what was planned.
    assert run.statuses == {"first": "succeeded", "second": "succeeded"}
    assert engine.values("second", "n") == [1]


STARTS_SLOWLY = """
import sys
import time
from pathlib import Path

if "--multiprocessing-fork" in sys.orig_argv:
    Path("starting").touch()
    time.sleep(1)
"""


def test_an_interrupt_of_all_processes_does_not_end_one_that_only_begins(engine):
    """Ctrl-C in a terminal reaches every process, also before it has loaded anything."""
    engine.pipeline(CHAIN).folder.add("sitecustomize.py", STARTS_SLOWLY)
    main = "from vibepiper.cli import main; main()"
    command = [sys.executable, "-c", main, "run", "--executor", "processes"]
    path = os.pathsep.join([".", os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        command,
        cwd=engine.root,
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (engine.root / "starting").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "numbers  succeeded" in said
    assert "Traceback" not in said
