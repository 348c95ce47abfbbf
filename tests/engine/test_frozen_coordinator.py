"""A coordinator stands still past its lease while its worker processes go on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

TEXT = """
import os
import time


def wait_for(name):
    until = time.monotonic() + 60
    while not (ROOT / name).exists():
        assert time.monotonic() < until
        time.sleep(0.01)


@asset(materialization=incremental("append"))
def log():
    turn = os.environ["TURN"]
    (ROOT / f"{turn}.started").touch()
    wait_for(f"{turn}.go")
    (ROOT / f"{turn}.done").touch()
    return [{"n": 1}]
"""


def begin(engine, monkeypatch, turn, *arguments):
    monkeypatch.setenv("TURN", turn)
    command = [sys.executable, "-c", "from vibepiper.cli import main; main()", "run", *arguments]
    return subprocess.Popen(
        command,
        cwd=engine.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(engine, name):
    until = time.monotonic() + 60
    while not (engine.root / name).exists():
        assert time.monotonic() < until, name
        time.sleep(0.01)


@pytest.mark.parametrize("woken", [True, False])
def test_its_worker_publishes_nothing_once_another_run_took_over(stored, monkeypatch, woken):
    """Also when the other run has published nothing yet that the store could know it by."""
    stored.pipeline(TEXT, "[state]\nlease_seconds = 1\n")
    first = begin(stored, monkeypatch, "first", "--executor", "processes")
    try:
        wait_for(stored, "first.started")
        first.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        second = begin(stored, monkeypatch, "second")
        wait_for(stored, "second.started")
        (stored.root / "first.go").touch()
        wait_for(stored, "first.done")
        time.sleep(0.5)
        (stored.root / "second.go").touch()
        _, said = second.communicate(timeout=60)
        assert second.returncode == 0, said
        assert stored.values("log", "n") == [1]
        first.send_signal(signal.SIGCONT if woken else signal.SIGKILL)
        _, said = first.communicate(timeout=60)
        assert first.returncode != 0
        assert not woken or "lease" in said
    finally:
        first.kill()
        first.wait()
    time.sleep(0.5)
    assert stored.values("log", "n") == [1]
