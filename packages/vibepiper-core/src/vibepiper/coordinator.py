"""The coordinator: carries a plan out, and is the only writer of run state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pydantic import JsonValue

from vibepiper.checks import CheckResult
from vibepiper.events import Event
from vibepiper.executor import Executor, Workers
from vibepiper.failure import StepFailure
from vibepiper.freshness import Freshness, data_version_of_view
from vibepiper.interrupts import Interrupts
from vibepiper.io_manager import Stored
from vibepiper.journal import Journal
from vibepiper.planned import Plan, PlannedGroup, PlannedStep
from vibepiper.retries import ErrorStrategy
from vibepiper.run_result import LeftOut, RunResult, RunStatus, StepResult, StepStatus
from vibepiper.session import Session
from vibepiper.state.records import StepKey
from vibepiper.step import StepCall, StepLinks, StepOutcome
from vibepiper.step_queue import StepQueue

if TYPE_CHECKING:
    from vibepiper.state import Lease

__all__ = ["Coordinator", "RunOptions"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is carried out; see `vibepiper.runner.run_plan`. ``resumed``: its steps may have
    been published before."""

    jobs: int = 1
    on_error: ErrorStrategy = ErrorStrategy.CONTINUE
    profile: bool = False
    resumed: bool = False


class Coordinator:
    """One run under way. ``lease`` is its right to make what it claimed."""

    def __init__(
        self,
        plan: Plan,
        session: Session,
        fresh: Freshness,
        journal: Journal,
        lease: Lease,
        options: RunOptions,
    ) -> None:
        self._plan = plan
        self._session = session
        self._fresh = fresh
        self._journal = journal
        self._lease = lease
        self._options = options
        self._queue = StepQueue(plan.steps, session.project.config.limits)
        self._results: dict[StepKey, StepResult] = {}
        self._attempts: dict[StepKey, int] = {}
        self._inputs: dict[StepKey, Mapping[str, JsonValue]] = {}
        self._running: dict[Future[StepOutcome], PlannedStep] = {}
        self._interrupts = Interrupts()
        self._stopped_by: StepKey | None = None

    def run(self, executor: Executor) -> RunResult:
        """Carries the plan out."""
        self._journal.begin(len(self._plan.steps))
        params, jobs = self._plan.params, self._options.jobs
        with (
            self._interrupts,
            executor.start(self._session, params, jobs, self._interrupts) as workers,
        ):
            while self._start(workers):
                self._collect()
            self._cancel_rest()
            return self._finish()

    @property
    def _stopping(self) -> bool:
        return self._interrupts.requested or self._stopped_by is not None

    def _start(self, workers: Workers) -> bool:
        """Starts what may start. Whether there is anything to wait for."""
        while not self._stopping and len(self._running) < self._options.jobs:
            step = self._queue.take()
            if step is None:
                break
            if not self._pass_over(step):
                self._submit(workers, step)
        if self._running:
            return True
        return not self._stopping and self._queue.next_in() is not None

    def _collect(self) -> None:
        """Waits for a step to end, or until one may be tried again."""
        if not self._running:
            self._interrupts.sleep(self._queue.next_in() or 0.0)
            return
        timeout = self._queue.next_in()
        done, _ = wait(self._running, timeout, return_when=FIRST_COMPLETED)
        for future in done:
            step = self._running.pop(future)
            self._queue.release(step)
            self._end(step, future.result())

    def _pass_over(self, step: PlannedStep) -> bool:
        """Leaves out a step whose code and inputs are, now, those of what is published."""
        if step.reason.kind == "unchanged":
            reason = step.reason.text
        elif step.reason.kind == "upstream_changed" and self._is_current(step):
            reason = "its upstream was made again and came out the same"
        else:
            return False
        self._queue.release(step)
        self._record(step, self._without_data(step, "cached", reason))
        self._queue.done(step.key)
        return True

    def _is_current(self, step: PlannedStep) -> bool:
        self._journal.commit()
        return self._fresh.same_inputs(step.of, step.partitions)

    def _submit(self, workers: Workers, step: PlannedStep) -> None:
        attempt = self._attempts[step.key] = self._attempts.get(step.key, 0) + 1
        self._journal.start(step, attempt)
        self._inputs[step.key] = self._fresh.inputs(step.of, step.partitions)
        call = StepCall(
            run_id=self._lease.run_id,
            params=self._plan.params,
            attempt=attempt,
            token=self._lease.token,
            on_error=self._options.on_error,
            recover=self._options.resumed or attempt > 1,
            profile=self._options.profile,
            past=self._journal.past_checks(step),
        )
        links = StepLinks(
            log=partial(self._journal.log, step.key),
            on_rows=partial(self._journal.count, step.key),
            before_publish=self._lease.check,
            deferred=self._interrupts.deferred,
        )
        try:
            self._running[workers.submit(step, call, links)] = step
        except KeyboardInterrupt:
            self._interrupts.requested = True
            self._queue.release(step)
            self._cancel(step)

    def _end(self, step: PlannedStep, outcome: StepOutcome) -> None:
        if outcome.failure is None:
            self._succeed(step, outcome)
            return
        failure = self._told(step, outcome.failure)
        if failure.retry_after is not None and not self._stopping:
            self._journal.retry(step, self._attempts[step.key], failure, failure.retry_after)
            self._queue.again(step, failure.retry_after)
        else:
            self._fail(step, outcome, failure)

    def _succeed(self, step: PlannedStep, outcome: StepOutcome) -> None:
        outcome = self._with_standing(outcome)
        stored, inputs = outcome.stored, self._inputs.pop(step.key)
        result = StepResult(
            step.key.asset,
            "succeeded",
            partition=step.key.partition,
            attempts=self._attempts[step.key],
            rows=None if stored is None else stored.rows,
            uri=None if stored is None else stored.uri,
            checks=outcome.checks,
            reason="published by an earlier attempt" if outcome.recovered else None,
            load_id=outcome.load_id,
            version=_version(step, outcome, inputs),
            inputs=inputs,
            notes=() if stored is None else stored.notes,
            profile=outcome.profile,
        )
        told: dict[str, JsonValue] = {"rows": result.rows, "uri": result.uri}
        if result.notes:
            told["notes"] = list(result.notes)
        event = self._record(step, result, told)
        if result.version is not None:
            made = self._journal.made(step, event, outcome, result)
            self._fresh.latest[step.key.asset] = made
        self._queue.done(step.key)

    def _with_standing(self, outcome: StepOutcome) -> StepOutcome:
        """Where there was nothing new: what a run had published that died before it was on
        record. What is below has not seen it."""
        standing = outcome.standing
        if standing is None or self._journal.is_recorded(standing.load_id):
            return outcome
        return replace(
            outcome,
            load_id=standing.load_id,
            stored=Stored(""),
            cursor=standing.cursor,
            recovered=True,
        )

    def _fail(self, step: PlannedStep, outcome: StepOutcome, failure: StepFailure) -> None:
        self._inputs.pop(step.key, None)
        result = StepResult(
            step.key.asset,
            "failed",
            partition=step.key.partition,
            attempts=self._attempts[step.key],
            checks=outcome.checks,
            failure=failure,
            reason=failure.message,
            profile=outcome.profile,
        )
        told: dict[str, JsonValue] = {
            "message": failure.message,
            "traceback": failure.traceback,
            "context": list(failure.context),
        }
        self._record(step, result, told)
        strategy = step.asset.on_error or self._options.on_error
        if strategy is ErrorStrategy.FAIL_FAST:
            self._stopped_by = self._stopped_by or step.key
        self._skip_below(step.key)

    def _skip_below(self, key: StepKey) -> None:
        steps = {step.key: step for step in self._plan.steps}
        for below, above in self._queue.drop_below(key):
            verb = "failed" if above == key else "was skipped"
            reason = f"upstream '{above}' {verb}"
            self._record(steps[below], self._without_data(steps[below], "skipped", reason))

    def _cancel_rest(self) -> None:
        for step in self._plan.steps:
            if step.key not in self._results:
                self._cancel(step)

    def _cancel(self, step: PlannedStep) -> None:
        reason = "cancelled"
        if self._stopped_by is not None:
            reason = f"the run stopped when '{self._stopped_by}' failed"
        self._record(step, self._without_data(step, "cancelled", reason))

    def _without_data(self, step: PlannedStep, status: StepStatus, reason: str) -> StepResult:
        attempts = self._attempts.get(step.key, 0)
        return StepResult(
            step.key.asset,
            status,
            reason=reason,
            partition=step.key.partition,
            attempts=attempts,
        )

    def _told(self, step: PlannedStep, failure: StepFailure) -> StepFailure:
        """The failure without secrets, and with what the step ran with."""
        mask = self._session.mask
        return replace(
            failure,
            message=mask(failure.message),
            traceback=mask(failure.traceback),
            context=(*self._tried(step), *self._fresh.describe_inputs(step)),
        )

    def _tried(self, step: PlannedStep) -> Iterator[str]:
        if (attempt := self._attempts[step.key]) > 1:
            yield f"attempt {attempt}"

    def _record(
        self, step: PlannedStep, result: StepResult, told: Mapping[str, JsonValue] | None = None
    ) -> Event:
        self._results[step.key] = result
        checks: list[JsonValue] = [_check_told(check) for check in result.checks]
        more: dict[str, JsonValue] = {"checks": checks} if checks else {}
        return self._journal.end(step, result, {**(told or {}), **more})

    def _finish(self) -> RunResult:
        steps = tuple(self._results[step.key] for step in self._plan.steps)
        status: RunStatus = "succeeded"
        if any(step.status == "failed" for step in steps):
            status = "failed"
        # What was under way may have been the last.
        if self._interrupts.requested and any(step.status == "cancelled" for step in steps):
            status = "cancelled"
        self._journal.finish(status)
        left_out = tuple(_left_out(group) for group in self._plan.left_out)
        return RunResult(self._lease.run_id, status, steps, left_out)


def _left_out(group: PlannedGroup) -> LeftOut:
    assert group.partitions is not None
    partitions = group.partitions
    return LeftOut(group.of.key, partitions.describe(), partitions.count(), group.reason.text)


def _version(
    step: PlannedStep, outcome: StepOutcome, inputs: Mapping[str, JsonValue]
) -> str | None:
    """The data version of what the step published; None when it published nothing."""
    if step.asset.is_view:
        return data_version_of_view(step.of, inputs)
    if outcome.stored is None:
        return None
    whole = step.of.change.mode == "replace"
    return (outcome.stored.checksum if whole else None) or outcome.load_id


def _check_told(check: CheckResult) -> JsonValue:
    """What the run log says of a check; the state keeps the rest."""
    status = "set_aside" if check.set_aside else check.status
    return {"check": check.check, "status": status, "failed_rows": check.failed_rows}
