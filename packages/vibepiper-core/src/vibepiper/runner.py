"""The coordinator: carries a plan out, and is the only writer of run state."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from pydantic import JsonValue

from vibepiper.checks import CheckResult
from vibepiper.context import AssetContext
from vibepiper.declarations import SubscriberContext
from vibepiper.errors import RunAborted, StateError
from vibepiper.events import Event, EventKind, Observer
from vibepiper.ids import new_id
from vibepiper.interrupts import Interrupts
from vibepiper.plan import Plan, PlannedStep
from vibepiper.session import Session
from vibepiper.state.store import StateStore
from vibepiper.step import StepFailure, StepOutcome, run_step
from vibepiper.subscribers import Subscribers

__all__ = ["RunResult", "StepResult", "run_plan"]

Status = Literal["succeeded", "failed", "skipped", "cancelled"]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one step. ``reason``: why it failed, was skipped or cancelled."""

    asset: str
    status: Status
    rows: int | None = None
    uri: str | None = None
    checks: tuple[CheckResult, ...] = ()
    failure: StepFailure | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of a run: its steps in the order of the plan."""

    run_id: str
    status: Literal["succeeded", "failed", "cancelled"]
    steps: tuple[StepResult, ...]

    @property
    def only_checks_failed(self) -> bool:
        """Whether every failure was that of a check."""
        failures = [step.failure for step in self.steps if step.failure is not None]
        return bool(failures) and all(failure.kind == "checks" for failure in failures)


def run_plan(
    plan: Plan,
    session: Session,
    state: StateStore,
    *,
    jobs: int = 1,
    observers: Sequence[Observer] = (),
) -> RunResult:
    """Runs every step of the plan whose upstreams succeed, ``jobs`` at a time.

    A failing step stops what hangs below it and nothing else. On Ctrl-C no step is started any
    more, and the rest is cancelled. The step under way is stopped and its staged data discarded;
    with several jobs, those under way end. SIGTERM does the same. Raises `StateError` when the run
    cannot be recorded, and `RunAborted` when that comes after its start.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, found {jobs}")
    run_id = str(new_id())
    project = session.project
    lock = state.begin_run(
        run_id,
        project=project.name,
        environment=project.environment,
        params=plan.params,
        assets=[step.asset.key for step in plan.steps],
    )
    try:
        return _Coordinator(plan, session, state, run_id, observers).run(jobs)
    except StateError as error:
        message = f"run {run_id} was stopped: {error.message}"
        raise RunAborted(message, at=error.at, hint=error.hint) from error
    finally:
        lock.release()


class _Coordinator:
    def __init__(
        self,
        plan: Plan,
        session: Session,
        state: StateStore,
        run_id: str,
        observers: Sequence[Observer],
    ) -> None:
        self._plan = plan
        self._session = session
        self._state = state
        self._run_id = run_id
        self._logged: deque[Event] = deque()
        self._shown: Sequence[Observer] = observers
        self._observers = [*observers, self._subscribers()]
        self._results: dict[str, StepResult] = {}
        self._waiting = {step.asset.key: len(step.upstream) for step in plan.steps}
        self._steps = {step.asset.key: step for step in plan.steps}
        self._below: dict[str, list[str]] = {step.asset.key: [] for step in plan.steps}
        for step in plan.steps:
            for key in step.upstream:
                self._below[key].append(step.asset.key)
        self._ready = deque(s for s in plan.steps if not s.upstream)
        self._running: set[Future[StepOutcome]] = set()
        self._interrupts = Interrupts()

    def run(self, jobs: int) -> RunResult:
        self._emit(Event("run_started", self._run_id, data={"steps": len(self._plan)}))
        with self._interrupts, _executor(jobs) as executor:
            while (self._ready and not self._interrupts.requested) or self._running:
                self._advance(executor, jobs)
            self._cancel_rest()
            return self._finish()

    def _advance(self, executor: _Executor, jobs: int) -> None:
        while self._ready and len(self._running) < jobs and not self._interrupts.requested:
            self._start(executor, self._ready.popleft())
        if not self._running:
            return
        done, self._running = wait(self._running, return_when=FIRST_COMPLETED)
        for future in done:
            self._end(future.result())

    def _start(self, executor: _Executor, step: PlannedStep) -> None:
        event = Event("step_started", self._run_id, step.asset.key)
        self._state.start_step(event)
        self._state.commit()
        self._emit(event)
        load_id = step.ref(self._run_id).load_id or ""
        context = AssetContext(
            asset=step.asset.key,
            run_id=self._run_id,
            load_id=load_id,
            environment=self._session.project.environment,
            params=self._plan.params,
            write=partial(self._log, step.asset.key),
        )
        on_rows = partial(self._count, step.asset.key)
        deferred = self._interrupts.deferred
        work = partial(run_step, step, self._session, context, on_rows=on_rows, deferred=deferred)
        try:
            self._running.add(executor.submit(work, self._interrupts))
        except KeyboardInterrupt:
            self._interrupts.requested = True
            self._cancel(step.asset.key)

    def _end(self, outcome: StepOutcome) -> None:
        key = outcome.step.asset.key
        stored, failure = outcome.stored, outcome.failure
        rows = stored.rows if stored else None
        if failure is not None:
            mask = self._session.mask
            failure = StepFailure(failure.kind, mask(failure.message), mask(failure.traceback))
            self._record(
                "step_failed",
                StepResult(key, "failed", None, None, outcome.checks, failure, failure.message),
                {"message": failure.message, "traceback": failure.traceback},
            )
            self._skip_below(key)
            return
        uri = stored.uri if stored else None
        result = StepResult(key, "succeeded", rows, uri, outcome.checks)
        event = self._record("step_succeeded", result, {"rows": rows, "uri": uri})
        if stored is not None:
            self._state.record_materialization(
                event,
                environment=self._session.project.environment,
                store=outcome.step.store.name,
                load_id=outcome.load_id,
                stored=stored,
            )
        self._release_below(key)

    def _release_below(self, key: str) -> None:
        for below in self._below[key]:
            self._waiting[below] -= 1
            if self._waiting[below] == 0 and below not in self._results:
                self._ready.append(self._steps[below])

    def _skip_below(self, key: str) -> None:
        waiting = deque((below, key) for below in self._below[key])
        while waiting:
            below, above = waiting.popleft()
            if below in self._results:
                continue
            verb = "failed" if above == key else "was skipped"
            reason = f"upstream '{above}' {verb}"
            self._record("step_skipped", StepResult(below, "skipped", reason=reason), {})
            waiting.extend((further, below) for further in self._below[below])

    def _cancel_rest(self) -> None:
        for key in self._steps:
            if key not in self._results:
                self._cancel(key)

    def _cancel(self, key: str) -> None:
        self._record("step_cancelled", StepResult(key, "cancelled", reason="cancelled"), {})

    def _record(self, kind: EventKind, result: StepResult, data: dict[str, JsonValue]) -> Event:
        self._results[result.asset] = result
        if result.reason is not None:
            data = {**data, "reason": result.reason}
        event = Event(kind, self._run_id, result.asset, data)
        self._record_logged()
        self._state.end_step(event, rows=result.rows, reason=result.reason)
        self._state.record_checks(event, result.checks)
        self._emit(event)
        return event

    def _record_logged(self) -> None:
        while self._logged:
            self._state.record_event(self._logged.popleft())

    def _finish(self) -> RunResult:
        steps = tuple(self._results[key] for key in self._steps)
        failed = any(step.status == "failed" for step in steps)
        status: Literal["succeeded", "failed", "cancelled"] = "succeeded"
        if self._interrupts.requested:
            status = "cancelled"
        elif failed:
            status = "failed"
        event = Event("run_finished", self._run_id, data={"status": status})
        self._record_logged()
        self._state.record_event(event)
        self._state.end_run(self._run_id, status)
        self._emit(event)
        return RunResult(self._run_id, status, steps)

    def _subscribers(self) -> Subscribers:
        project = self._session.project
        context = SubscriberContext(project.name, project.environment, project.root)
        return Subscribers(self._session.host, context, self._warn)

    def _warn(self, message: str) -> None:
        """A line of the run's log that belongs to no asset."""
        event = Event("log", self._run_id, data={"message": self._session.mask(message)})
        self._logged.append(event)
        for observer in self._shown:
            observer.on_event(event)

    def _log(self, asset: str, message: str) -> None:
        event = Event("log", self._run_id, asset, {"message": self._session.mask(message)})
        self._logged.append(event)
        self._emit(event)

    def _count(self, asset: str, rows: int) -> None:
        for observer in self._observers:
            observer.on_rows(asset, rows)

    def _emit(self, event: Event) -> None:
        for observer in self._observers:
            observer.on_event(event)


Work = Callable[[], StepOutcome]


class _Executor(Protocol):
    def submit(self, work: Work, interrupts: Interrupts, /) -> Future[StepOutcome]: ...


class _InThisThread:
    """Does the work when it is submitted, so that one job at a time needs no thread. An
    interrupt stops it at once."""

    def submit(self, work: Work, interrupts: Interrupts, /) -> Future[StepOutcome]:
        future: Future[StepOutcome] = Future()
        with interrupts.allowed():
            outcome = work()
            if outcome.failure is not None and interrupts.requested:
                # A library made an error of the interrupt.
                raise KeyboardInterrupt
        future.set_result(outcome)
        return future


class _InThreads:
    """An interrupt lets the work under way end, for nothing can stop a thread."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def submit(self, work: Work, interrupts: Interrupts, /) -> Future[StepOutcome]:
        return self._pool.submit(work)


@contextlib.contextmanager
def _executor(jobs: int) -> Iterator[_Executor]:
    if jobs == 1:
        yield _InThisThread()
        return
    with ThreadPoolExecutor(jobs, thread_name_prefix="vibepiper") as pool:
        yield _InThreads(pool)
