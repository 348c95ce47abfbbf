"""What a run tells: to state, to those who watch it, and to the subscribers of plugins."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from vibepiper.checks import CheckStatus, PastCheck
from vibepiper.declarations import SubscriberContext
from vibepiper.errors import StateError
from vibepiper.events import Event, EventKind, Observer
from vibepiper.failure import StepFailure
from vibepiper.io_manager import Stored
from vibepiper.partitions.span import Span
from vibepiper.planned import PlannedStep
from vibepiper.run_result import RunStatus, StepResult
from vibepiper.session import Session
from vibepiper.state.records import Layer, Materialization, StepKey
from vibepiper.state.store import StateStore
from vibepiper.step import StepOutcome
from vibepiper.subscribers import Subscribers

__all__ = ["Journal"]


class Journal:
    """The record of one run. Everything is written by the next `commit`; events are shown at
    once. Logging is safe from any thread, the rest is the coordinator's."""

    def __init__(
        self, run_id: str, session: Session, state: StateStore, observers: Sequence[Observer]
    ) -> None:
        self._run_id = run_id
        self._session = session
        self._state = state
        self._environment = session.project.environment
        self._failed = state.failed_assets(self._environment)
        self._started: dict[StepKey, datetime] = {}
        self._codes: set[str] = set()
        self._logged: deque[Event] = deque()
        self._shown: Sequence[Observer] = observers
        self._observers = [*observers, self._subscribers()]

    def begin(self, steps: int) -> None:
        self._emit(Event("run_started", self._run_id, data={"steps": steps}))

    def start(self, step: PlannedStep, attempt: int) -> None:
        """The step's start is on record when this returns."""
        data: dict[str, JsonValue] = {"code_version": step.of.code_version}
        if attempt > 1:
            data["attempt"] = attempt
        event = self._event("step_started", step.key, data)
        self._state.start_step(event, attempt=attempt)
        self._started[step.key] = event.at
        self.commit()
        self._emit(event)

    def end(
        self, step: PlannedStep, result: StepResult, data: Mapping[str, JsonValue] | None = None
    ) -> Event:
        """How the step ended, with ``data`` for those who watch."""
        told = {} if result.reason is None else {"reason": result.reason}
        kinds: dict[str, EventKind] = {
            "succeeded": "step_succeeded",
            "cached": "step_cached",
            "failed": "step_failed",
            "skipped": "step_skipped",
            "cancelled": "step_cancelled",
        }
        event = self._event(kinds[result.status], step.key, {**(data or {}), **told})
        self._record_logged()
        self._state.end_step(
            event,
            status=result.status,
            rows=result.rows,
            reason=result.reason,
            load_id=result.load_id,
            profile=None if result.profile is None else result.profile.to_json(),
        )
        self._state.record_checks(event, result.checks)
        self._started.pop(step.key, None)
        if result.status == "failed":
            self._record_spans(step, "failed", step.of.code_version)
        self._emit(event)
        return event

    def past_checks(self, step: PlannedStep) -> dict[str, PastCheck]:
        """What the checks of the asset, or of its partition, found the last time."""
        if not step.asset.checks:
            return {}
        found: dict[str, PastCheck] = {}
        for past in self._state.check_history(
            self._environment, step.key.asset, step.key.partition, limit=4 * len(step.asset.checks)
        ):
            status: CheckStatus = "passed" if past.status == "passed" else "failed"
            kept = PastCheck(status, past.rows, past.failed_rows, past.value)
            found.setdefault(past.check, kept)
        return found

    def made(
        self, step: PlannedStep, event: Event, outcome: StepOutcome, result: StepResult
    ) -> Materialization:
        """What a step published. Of what an attempt published that may have had other code or
        inputs no version is known, so that it is made again."""
        known = not (outcome.recovered and self._began_otherwise(step))
        code_version = step.of.code_version if known else None
        self._record_code(step)
        if step.partitions is not None or step.key.asset in self._failed:
            self._record_spans(step, "materialized", code_version)
        return self._state.record_materialization(
            event,
            environment=self._environment,
            store=step.of.store.name,
            load_id=outcome.load_id,
            stored=outcome.stored or Stored(""),
            code_version=code_version,
            data_version=result.version,
            upstream={key: result.inputs[key] for key in step.of.upstream},
            settings={
                name: str(value)
                for name, value in result.inputs.items()
                if name not in step.of.upstream
            },
            cursor=outcome.cursor,
            span=_range(step),
        )

    def is_recorded(self, load_id: str) -> bool:
        """Whether a load is known to have been published."""
        return self._state.is_recorded(load_id)

    def retry(self, step: PlannedStep, attempt: int, failure: StepFailure, after: float) -> None:
        """Another attempt will be made in ``after`` seconds."""
        data: dict[str, JsonValue] = {
            "attempt": attempt,
            "after": round(after, 3),
            "message": failure.message,
        }
        event = self._event("step_retrying", step.key, data)
        self._state.record_event(event)
        self._state.record_attempt(
            event,
            attempt=attempt,
            started_at=self._started.pop(step.key),
            status="failed",
            error=failure.message,
        )
        self._emit(event)

    def finish(self, status: RunStatus) -> None:
        event = Event("run_finished", self._run_id, data={"status": status})
        self._record_logged()
        self._state.record_event(event)
        self._state.end_run(self._run_id, status)
        self._emit(event)
        self._prune()

    def commit(self) -> None:
        self._record_logged()
        self._state.commit()

    def log(self, key: StepKey, message: str) -> None:
        """A line that the step's code wrote."""
        event = self._event("log", key, {"message": self._session.mask(message)})
        self._logged.append(event)
        self._emit(event)

    def count(self, key: StepKey, rows: int) -> None:
        """So many rows more have been written."""
        for observer in self._observers:
            observer.on_rows(key, rows)

    def _prune(self) -> None:
        try:
            self._state.prune(self._session.project.retention)
        except StateError as error:
            # The run is over and recorded; the next one prunes again.
            self._warn(f"the state was not pruned: {error.message}")

    def _record_code(self, step: PlannedStep) -> None:
        """Once a run for each version."""
        version = step.of.code_version
        if version not in self._codes:
            self._codes.add(version)
            self._state.record_code(version, step.of.explain())

    def _record_spans(self, step: PlannedStep, layer: Layer, code_version: str | None) -> None:
        for span in step.spans:
            self._state.record_span(self._environment, step.key.asset, span, layer, code_version)

    def _began_otherwise(self, step: PlannedStep) -> bool:
        """Whether an earlier attempt had other code, or an upstream was made since it began."""
        starts = self._state.step_starts(self._run_id, step.key)
        if any(start.data.get("code_version") != step.of.code_version for start in starts):
            return True
        latest = self._state.latest(self._environment)
        above = [latest[key].created_at for key in step.of.upstream if key in latest]
        return any(made > starts[0].at for made in above)

    def _event(self, kind: EventKind, key: StepKey, data: Mapping[str, JsonValue]) -> Event:
        return Event(kind, self._run_id, key.asset, data, partition=key.partition)

    def _record_logged(self) -> None:
        while self._logged:
            self._state.record_event(self._logged.popleft())

    def _subscribers(self) -> Subscribers:
        project = self._session.project
        context = SubscriberContext(project.name, project.environment, project.root)
        return Subscribers(self._session.host, context, self._warn)

    def _warn(self, message: str) -> None:
        """A line of the run's log that belongs to no asset."""
        event = Event("log", self._run_id, data={"message": self._session.mask(message)})
        self._logged.append(event)
        _tell(self._shown, event)

    def _emit(self, event: Event) -> None:
        _tell(self._observers, event)


def _range(step: PlannedStep) -> Span | None:
    """What a step of several partitions makes."""
    return None if step.partitions is None or step.partitions.is_one else step.key.span


def _tell(observers: Iterable[Observer], event: Event) -> None:
    for observer in observers:
        observer.on_event(event)
