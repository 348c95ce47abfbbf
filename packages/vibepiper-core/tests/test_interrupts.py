"""Runs that are stopped: by Ctrl-C, by SIGTERM, by kill -9."""

import json
import signal
import threading
import time

import pytest

SLEEPY = """
import time
from pathlib import Path

@asset
def first(): return [{"n": 1}]

@asset
def slow(first):
    yield {"n": 1}
    yield from ({"n": n} for n in range(20_000))
    Path("started").touch()
    time.sleep(%s)
    yield {"n": 3}

@asset
def below(slow): return slow
"""


def wait_for(path):
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, "the step did not start"
        time.sleep(0.01)


def steps(folder):
    run, *_ = folder.json("runs")
    document = folder.json("runs", run["id"])
    return run["status"], {step["asset"]: step["status"] for step in document["steps"]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_an_interrupt_stops_the_step_and_discards_its_data(shelf, number):
    process = shelf.write(SLEEPY % 30).popen("run", "--json")
    wait_for(shelf.root / "started")
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert json.loads(out)["status"] == "cancelled"
    assert [path.name for path in (shelf.root / "shelf").iterdir()] == ["first.arrow"]
    assert steps(shelf) == (
        "cancelled",
        {"first": "succeeded", "slow": "cancelled", "below": "cancelled"},
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_with_jobs_the_steps_under_way_end(shelf, number):
    process = shelf.write(SLEEPY % 2).popen("run", "--jobs", "4")
    wait_for(shelf.root / "started")
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert {path.name for path in (shelf.root / "shelf").iterdir()} == {"first.arrow", "slow.arrow"}
    assert steps(shelf) == (
        "cancelled",
        {"first": "succeeded", "slow": "succeeded", "below": "cancelled"},
    )


def test_an_interrupt_that_leaves_nothing_undone_cancels_nothing(shelf):
    process = shelf.write(SLEEPY % 2).popen("run", "--jobs", "4", "--exclude", "below")
    wait_for(shelf.root / "started")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert steps(shelf) == ("succeeded", {"first": "succeeded", "slow": "succeeded"})


def test_an_interrupt_waits_while_data_is_published(shelf):
    shelf.site.path.joinpath("shelf.py").write_text(
        shelf.site.path.joinpath("shelf.py")
        .read_text()
        .replace(
            "    def publish(self, ref, staged):\n",
            "    def publish(self, ref, staged):\n"
            "        import signal; signal.raise_signal(signal.SIGINT)\n",
        )
    )
    done = shelf.write("@asset\ndef a(): return [{'n': 1}]\n@asset\ndef b(a): return a").cli("run")
    assert done.returncode == 130, done.stderr
    assert steps(shelf) == ("cancelled", {"a": "succeeded", "b": "cancelled"})


def test_a_killed_run_is_shown_as_interrupted_and_needs_no_cleaning(shelf):
    process = shelf.write(SLEEPY % 30).popen("run")
    wait_for(shelf.root / "started")
    assert steps(shelf)[0] == "running"
    process.kill()
    process.communicate(timeout=20)
    assert steps(shelf) == (
        "interrupted",
        {"first": "succeeded", "slow": "cancelled", "below": "cancelled"},
    )
    shelf.write(SLEEPY % 0)
    assert shelf.cli("run").returncode == 0
    assert steps(shelf)[0] == "succeeded"
    assert not list((shelf.root / ".vibepiper" / "running").iterdir())


def test_several_runs_at_once_on_a_new_project(shelf):
    """Also the first ones, which create the state database."""
    shelf.write("\n".join(f"@asset\ndef a{n}(): return [{{'n': 1}}]" for n in range(20)))
    chosen = [[f"a{n}" for n in range(20) if n % 4 == turn] for turn in range(4)]
    selected = [[word for key in keys for word in ("--select", key)] for keys in chosen]
    processes = [shelf.popen("run", "--jobs", str(1 + n), *selected[n]) for n in range(4)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert [run["succeeded"] for run in shelf.json("runs")] == [5] * 4


def test_signals_are_as_before_after_a_run(project):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    project.write("@asset\ndef a(): return 1").run()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_run_in_another_thread_needs_no_signals(project):
    results = []
    project.write("@asset\ndef a(): return 1")
    thread = threading.Thread(target=lambda: results.append(project.run().status))
    thread.start()
    thread.join(timeout=20)
    assert results == ["succeeded"]
