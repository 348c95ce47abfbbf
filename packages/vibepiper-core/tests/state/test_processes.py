"""Real processes that are killed, frozen and woken again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from vibepiper.errors import AssetBusy
from vibepiper.state import StateStore

WORK = """
import sys
from pathlib import Path
from vibepiper import Stored
from vibepiper.errors import LeaseLost
from vibepiper.events import Event
from vibepiper.state import Claim, StateStore, StepKey

place, seconds = sys.argv[1], float(sys.argv[2])
store = StateStore(place if "://" in place else Path(place))
run = dict(project="p", environment="dev", params={}, request=None)
lease = store.begin_run(
    "worker", steps=[StepKey("a")], claims=[Claim("a")], lease_seconds=seconds, **run
)
print("begun", lease.token, flush=True)
sys.stdin.readline()
done = Event("step_succeeded", "worker", "a")
store.end_step(done, rows=1)
store.record_materialization(
    done, environment="dev", store="s", load_id="late", stored=Stored("file:late")
)
for attempt in (lease.check, store.commit):
    try:
        attempt()
        print("went on", flush=True)
    except LeaseLost as error:
        print("LeaseLost", flush=True)
"""


class Worker:
    """A process that has begun a run of the asset ``a``, and waits."""

    def __init__(self, place, seconds=30.0):
        command = [sys.executable, "-c", WORK, str(place), str(seconds)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.token = int(self.process.stdout.readline().split()[1])

    def signal(self, number):
        os.kill(self.process.pid, number)

    def go_on(self):
        return self.process.communicate("\n", timeout=30)[0].split("\n")[:2]

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def worker(place):
    workers = []

    def start(seconds=30.0):
        workers.append(Worker(place, seconds))
        return workers[-1]

    yield start
    for started in workers:
        if started.process.poll() is None:
            started.kill()


def wait_until_lock_is_gone(store):
    """The server hears of a killed client a moment later; the kernel at once."""
    for _ in range(200):
        if store.run("worker").status == "interrupted":
            return
        time.sleep(0.02)
    pytest.fail("the run still counts as running")


def test_a_killed_run_is_taken_over_at_once(store, begin, worker):
    """Its lease would have lasted for an hour."""
    killed = worker(seconds=3600)
    with pytest.raises(AssetBusy, match=f"by run worker .*process {killed.process.pid} on"):
        begin(store, "a")
    killed.kill()
    wait_until_lock_is_gone(store)
    assert begin(store, "a").token > killed.token


def test_a_killed_run_is_resumed_at_once(store, worker):
    killed = worker(seconds=3600)
    killed.kill()
    wait_until_lock_is_gone(store)
    lease = store.resume_run("worker", claims=[])
    assert lease.token > killed.token
    assert [key.asset for key in store.unfinished_steps("worker")] == ["a"]


def test_a_frozen_run_keeps_its_lease_until_that_ends(store, begin, worker):
    frozen = worker(seconds=600)
    frozen.signal(signal.SIGSTOP)
    time.sleep(0.5)
    with pytest.raises(AssetBusy, match="by run worker"):
        begin(store, "a")
    frozen.signal(signal.SIGCONT)
    assert frozen.go_on() == ["went on", "went on"]


def test_a_frozen_run_is_taken_over_and_writes_nothing_when_it_wakes(store, begin, worker):
    frozen = worker(seconds=1.0)
    frozen.signal(signal.SIGSTOP)
    time.sleep(1.5)
    taken = begin(store, "a")
    assert taken.token > frozen.token
    frozen.signal(signal.SIGCONT)
    assert frozen.go_on() == ["LeaseLost", "LeaseLost"]
    assert store.latest("dev") == {}
    assert store.events("worker") == []
    assert store.run("worker").status == "interrupted"


def test_a_frozen_run_is_resumed_by_another_process(store, worker):
    """The frozen process still holds its own lock; the new token has another."""
    frozen = worker(seconds=1.0)
    frozen.signal(signal.SIGSTOP)
    time.sleep(1.5)
    lease = store.resume_run("worker", claims=[])
    frozen.signal(signal.SIGCONT)
    assert frozen.go_on() == ["LeaseLost", "LeaseLost"]
    lease.check()
    assert store.latest("dev") == {}


def test_a_frozen_run_that_nobody_took_over_goes_on(store, worker):
    """Late is not lost: its thread renews the lease, for nobody else began."""
    frozen = worker(seconds=1.0)
    frozen.signal(signal.SIGSTOP)
    time.sleep(1.5)
    frozen.signal(signal.SIGCONT)
    time.sleep(0.8)
    assert frozen.go_on() == ["went on", "went on"]
    assert list(store.latest("dev")) == ["a"]


WRITE = """
import sys
from pathlib import Path
from vibepiper import Stored
from vibepiper.events import Event
from vibepiper.partitions.span import Span
from vibepiper.state import Claim, StateStore, StepKey

place = sys.argv[1]
store = StateStore(place if "://" in place else Path(place))
run = dict(project="p", environment="dev", params={}, request=None)
steps = [StepKey("a", str(n)) for n in range(20_000)]
store.begin_run("writer", steps=steps, claims=[Claim("a")], **run)
print("begun", flush=True)
for step in steps:
    done = Event("step_succeeded", "writer", "a", partition=step.partition)
    store.end_step(done, load_id=step.partition)
    values = dict(environment="dev", store="s", stored=Stored("x"), partition=step.partition)
    store.record_materialization(done, load_id=step.partition, **values)
    begin = int(step.partition)
    store.record_span("dev", "a", Span("", begin, begin + 1), "materialized")
    store.commit()
"""


@pytest.mark.parametrize("moment", [0.05, 0.15, 0.3, 0.45])
def test_a_kill_between_any_two_instructions_leaves_whole_steps(place, store, moment):
    """Steps, materializations, events and spans tell the same story."""
    command = [sys.executable, "-c", WRITE, str(place)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    time.sleep(moment)
    process.kill()
    process.communicate()

    finished = [s.partition for s in store.steps("writer") if s.status == "succeeded"]

    assert finished == [str(number) for number in range(len(finished))]
    assert [made.partition for made in store.history("dev", "a")] == finished[::-1]
    assert [event.partition for event in store.events("writer")] == finished
    spans = store.spans("dev", "a", "materialized")
    assert [(span.begin, span.end) for span in spans] == [(0, len(finished))] * bool(finished)


def test_a_forked_child_does_not_keep_a_dead_run_alive(tmp_path, begin):
    """What `release` lets go of is the lock, not only this process's hold on it."""
    store = StateStore(tmp_path / "state.db")
    lease = begin(store, "a")
    child = os.fork()
    if child == 0:
        time.sleep(5)
        os._exit(0)
    try:
        lease.release()
        other = StateStore(tmp_path / "state.db")
        begin(other, "a")
        other.close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        store.close()
