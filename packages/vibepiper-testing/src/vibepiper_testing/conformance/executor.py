"""The suite of executors."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import JsonValue
from vibepiper import PluginHost, Session, StateStore, load_project, make_plan
from vibepiper.component import Kind
from vibepiper.errors import LeaseLost
from vibepiper.interrupts import Interrupts
from vibepiper.planned import PlannedStep
from vibepiper.step import StepCall, StepLinks, StepOutcome

from vibepiper_testing.conformance.suite import ComponentSuite

__all__ = ["ExecutorSuite"]

_PROJECT = '[project]\nname = "conformance"\nmodules = ["conformance_pipeline.py"]\n'
_PIPELINE = """
import time
from pathlib import Path

from vibepiper import asset

FOLDER = Path(__file__).parent


@asset
def numbers(context, factor: int = 2):
    context.log(f"at work with {factor}")
    return [{"n": factor * n} for n in range(5)]


@asset
def fails():
    raise ValueError("no such thing")


@asset
def leaves():
    raise SystemExit("that is all")


def meet(own, other):
    (FOLDER / own).touch()
    until = time.monotonic() + PATIENCE
    while not (FOLDER / other).exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{other} did not run beside {own}")
        time.sleep(0.01)
    return [{"n": 1}]


@asset
def left():
    return meet("left", "right")


@asset
def right():
    return meet("right", "left")


def alone():
    with (FOLDER / "busy").open("x"):
        time.sleep(0.2)
    (FOLDER / "busy").unlink()
    return [{"n": 1}]


@asset
def first():
    return alone()


@asset
def second():
    return alone()


@asset
def third():
    return alone()
"""
_CALL = StepCall(run_id="conformance", params={"factor": 3})


@dataclass(frozen=True)
class _Given:
    """A small project that the suite brings along, and its steps by asset."""

    session: Session
    steps: Mapping[str, PlannedStep]
    params: Mapping[str, JsonValue]


class ExecutorSuite(ComponentSuite):
    """What every executor promises.

    ::

        class TestAcme(ExecutorSuite):
            component = "acme"

    ``patience``: the seconds that a step may take to begin and end.
    """

    kind: ClassVar[Kind] = "executor"
    patience: ClassVar[float] = 60

    @pytest.fixture
    def given(self, host: PluginHost, tmp_path: Path) -> Iterator[_Given]:
        """The suite's project. Its assets lie in memory, so that each step is by itself."""
        (tmp_path / "vibepiper.toml").write_text(_PROJECT)
        waits = f"PATIENCE = {self.patience / 3}\n"
        (tmp_path / "conformance_pipeline.py").write_text(waits + _PIPELINE)
        project = load_project(tmp_path, params=_CALL.params)
        with Session(project, host) as session, StateStore(project.state) as state:
            plan = make_plan(session, state, params=_CALL.params)
            yield _Given(session, {step.asset.key: step for step in plan.steps}, plan.params)

    def carried_out(
        self,
        subject: Any,
        given: _Given,
        names: Sequence[str],
        *,
        jobs: int = 1,
        links: StepLinks | None = None,
    ) -> list[StepOutcome]:
        """What becomes of the steps, which are submitted one after the other."""
        links = links or StepLinks()
        with subject.start(given.session, given.params, jobs, Interrupts()) as workers:
            futures = [workers.submit(given.steps[name], _CALL, links) for name in names]
            return [future.result(timeout=self.patience) for future in futures]

    def test_a_step_is_carried_out(self, subject: Any, given: _Given) -> None:
        """A step that succeeds has an outcome that names it, its load and its rows."""
        (outcome,) = self.carried_out(subject, given, ["numbers"])
        step = given.steps["numbers"]
        assert outcome.failure is None, outcome.failure
        assert outcome.key == step.key
        assert outcome.load_id == step.ref(_CALL.run_id).load_id
        assert outcome.stored is not None
        assert outcome.stored.rows == 5

    @pytest.mark.parametrize(
        ("name", "said"), [("fails", "no such thing"), ("leaves", "that is all")]
    )
    def test_what_a_step_raises_is_in_its_outcome(
        self, subject: Any, given: _Given, name: str, said: str
    ) -> None:
        """What an asset's function raises is in the step's outcome; the future raises nothing."""
        (outcome,) = self.carried_out(subject, given, [name])
        assert outcome.failure is not None
        assert said in outcome.failure.message
        assert outcome.stored is None

    def test_a_step_that_fails_leaves_the_others(self, subject: Any, given: _Given) -> None:
        """After a step that failed the next are carried out, in their order."""
        outcomes = self.carried_out(subject, given, ["fails", "numbers", "leaves", "first"])
        assert [outcome.failure is None for outcome in outcomes] == [False, True, False, True]
        keys = [outcome.key.asset for outcome in outcomes]
        assert keys == ["fails", "numbers", "leaves", "first"]

    def test_steps_run_side_by_side(self, subject: Any, given: _Given) -> None:
        """With two jobs, two steps run at the same time."""
        outcomes = self.carried_out(subject, given, ["left", "right"], jobs=2)
        assert [outcome.failure for outcome in outcomes] == [None, None]

    def test_no_more_than_the_jobs_run_at_once(self, subject: Any, given: _Given) -> None:
        """With one job, one step runs at a time."""
        outcomes = self.carried_out(subject, given, ["first", "second", "third"], jobs=1)
        assert [outcome.failure for outcome in outcomes] == [None] * 3

    def test_what_a_step_logs_and_counts_is_passed_on(self, subject: Any, given: _Given) -> None:
        """The step's log, made with the run's parameters, and its rows reach the coordinator."""
        logged: list[str] = []
        counted: list[int] = []
        links = StepLinks(log=logged.append, on_rows=counted.append)
        self.carried_out(subject, given, ["numbers"], links=links)
        assert logged == ["at work with 3"]
        assert sum(counted) == 5

    def test_a_run_that_lost_its_lease_publishes_nothing(self, subject: Any, given: _Given) -> None:
        """A step asks its coordinator before it publishes, and does not where that raises."""
        asked: list[int] = []

        def refuse() -> None:
            asked.append(1)
            raise LeaseLost("the conformance run has no lease any more")

        links = StepLinks(before_publish=refuse)
        (outcome,) = self.carried_out(subject, given, ["numbers"], links=links)
        assert asked == [1]
        assert outcome.failure is not None
        assert "has no lease any more" in outcome.failure.message
        assert outcome.stored is None

    def test_nothing_is_left_when_it_ends(self, subject: Any, given: _Given) -> None:
        """When the run ends, its threads and processes end too, also when the run raises."""
        before = {*threading.enumerate(), *active_children()}
        with pytest.raises(RuntimeError, match="the run"):
            self._broken_off(subject, given)
        assert {*threading.enumerate(), *active_children()} <= before

    def _broken_off(self, subject: Any, given: _Given) -> None:
        with subject.start(given.session, given.params, 2, Interrupts()) as workers:
            workers.submit(given.steps["numbers"], _CALL, StepLinks()).result(self.patience)
            raise RuntimeError("the run broke off")

    def test_it_can_be_started_again(self, subject: Any, given: _Given) -> None:
        """One executor serves many runs, one after the other."""
        for _ in range(2):
            (outcome,) = self.carried_out(subject, given, ["numbers"], jobs=2)
            assert outcome.failure is None
