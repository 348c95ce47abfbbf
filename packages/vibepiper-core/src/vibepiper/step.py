"""One step: load the inputs, call the function, stage, check, publish."""

from __future__ import annotations

import contextlib
import itertools
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from vibepiper.checks import CheckResult
from vibepiper.context import AssetContext
from vibepiper.data import as_data, count_rows, is_table
from vibepiper.errors import ChecksFailed, DataError, VibePiperError
from vibepiper.inputs import InputAdapter, InputSource, load_input
from vibepiper.io_manager import AssetRef, StagingIOManager, Stored
from vibepiper.plan import PlannedStep
from vibepiper.project import last_line
from vibepiper.session import Session

__all__ = ["StepFailure", "StepOutcome", "run_step"]


@dataclass(frozen=True, slots=True)
class StepFailure:
    """Why a step failed. ``traceback`` is of the user's code, empty for VibePiper's own
    errors, whose message says it all."""

    kind: Literal["checks", "error"]
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How a step ended. ``stored`` is None when the function returned no data."""

    step: PlannedStep
    load_id: str
    stored: Stored | None = None
    checks: tuple[CheckResult, ...] = ()
    failure: StepFailure | None = None


def run_step(
    step: PlannedStep,
    session: Session,
    context: AssetContext,
    *,
    on_rows: Callable[[int], None],
    deferred: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
) -> StepOutcome:
    """Carries a step out. Whatever its code raises becomes the outcome's failure; only an
    interrupt (Ctrl-C) goes through, after the staged data is discarded. ``deferred`` gives what
    holds an interrupt back while data is published or discarded."""
    ref = AssetRef(step.asset.key, step.asset.uri, context.load_id)
    checks: list[CheckResult] = []
    raised: list[Exception] = []
    try:
        result = step.asset.function(**_arguments(step, session, context))
        data = as_data(result, on_error=raised.append)
        if data is None:
            _accept_nothing(step, session)
            return StepOutcome(step, context.load_id)
        _accept(step, data)
        write = _Write(step, session, ref, on_rows, deferred, checks)
        stored = write(data)
        return StepOutcome(step, context.load_id, stored, tuple(checks))
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # The asset's function is the user's: whatever it raises fails the step, not the run.
        # What its generator raised comes before what the store made of that.
        failure = _failure(step, raised[0] if raised else error, session.project.root)
    return StepOutcome(step, context.load_id, None, tuple(checks), failure)


def _failure(step: PlannedStep, error: BaseException, root: Path) -> StepFailure:
    if isinstance(error, ChecksFailed):
        return StepFailure("checks", str(error))
    if not isinstance(error, VibePiperError):
        return _user_failure(step, error, root)
    at = error.at or last_line(error, root) or step.asset.location
    named = f"'{step.asset.key}'" in error.message
    message = error.message if named else f"asset '{step.asset.key}': {error.message}"
    return StepFailure("error", str(VibePiperError(message, at=at, hint=error.hint)))


def _arguments(step: PlannedStep, session: Session, context: AssetContext) -> dict[str, object]:
    arguments = dict(step.arguments)
    for planned in step.inputs:
        source = InputSource(planned.ref, planned.store.manager, planned.store.spec)
        adapter = None
        if planned.adapter is not None:
            adapter = cast("type[InputAdapter]", session.host.load(planned.adapter))
        arguments[planned.parameter] = load_input(adapter, source, step.asset, planned.parameter)
    for binding in step.resources:
        arguments[binding.parameter.name] = session.resource(binding.name)
    if step.wants_context:
        arguments["context"] = context
    return arguments


def _accept_nothing(step: PlannedStep, session: Session) -> None:
    """A function may return None when nothing needs its data."""
    graph = session.project.graph
    takers = [
        key
        for key in graph.downstream(step.asset.key)
        if any(b.source == "asset" and b.name == step.asset.key for b in graph.bindings(key))
    ]
    if takers or step.asset.checks:
        why = f"'{takers[0]}' takes its data" if takers else "it has checks"
        raise DataError(
            f"asset '{step.asset.key}' returned None, but {why}",
            at=step.asset.location,
            hint="Is a `return` missing?",
        )


def _accept(step: PlannedStep, data: object) -> None:
    if not is_table(data) and not step.store.supports("objects"):
        raise DataError(
            f"asset '{step.asset.key}' returned a {type(data).__name__}, which is no table, and "
            f"its store '{step.store.name}' ({step.store.spec.name}) holds only tables",
            at=step.asset.location,
            hint="Return a table, or name a store for objects: @asset(io_manager=...).",
        )


@dataclass(frozen=True, slots=True)
class _Write:
    """Writes a step's data: staged, checked, published. ``checks`` receives the results."""

    step: PlannedStep
    session: Session
    ref: AssetRef
    on_rows: Callable[[int], None]
    deferred: Callable[[], AbstractContextManager[None]]
    checks: list[CheckResult]

    def __call__(self, data: object) -> Stored:
        staging = self.step.store.staging
        if staging is None:
            with count_rows(self.on_rows):
                return self.step.store.manager.save(self.ref.published, data)
        try:
            staged = self._stage(staging, data)
        except BaseException:
            with self.deferred():
                staging.discard(self.ref)
            raise
        with self.deferred():
            return staging.publish(self.ref, staged)

    def _stage(self, staging: StagingIOManager, data: object) -> Stored:
        with count_rows(self.on_rows):
            staged = staging.stage(self.ref, data)
        _check_key(self.step, staged)
        self.checks.extend(_evaluate(self.step, self.session, self.ref))
        if any(result.blocks for result in self.checks):
            raise ChecksFailed(self.step.asset.key, self.checks)
        return staged


def _check_key(step: PlannedStep, staged: Stored) -> None:
    for column in step.asset.key_columns:
        if staged.schema is not None and column not in staged.schema.names:
            raise DataError(
                f"asset '{step.asset.key}': its key names the column '{column}', which its data "
                f"does not have; it has {', '.join(staged.schema.names)}",
                at=step.asset.location,
            )


def _evaluate(step: PlannedStep, session: Session, ref: AssetRef) -> list[CheckResult]:
    asset = step.asset
    found: list[CheckResult] = []
    for name, group in itertools.groupby(asset.checks, key=lambda check: check.validator):
        checks = tuple(group)
        results: Sequence[CheckResult] = session.validator(name).evaluate(
            checks, step.store.read(ref), asset=asset.key, key=asset.key_columns
        )
        found.extend(results)
    return found


def _user_failure(step: PlannedStep, error: BaseException, root: Path) -> StepFailure:
    """The error, its causes and the frames from the user's function on; those of the engine
    before it say nothing. The message points at the last line that is the project's."""
    told = traceback.TracebackException.from_exception(error)
    file = step.asset.location.file
    first = next((n for n, frame in enumerate(told.stack) if frame.filename == file), 0)
    told.stack = traceback.StackSummary.from_list(told.stack[first:])
    place = last_line(error, root) or step.asset.location
    text = str(error)
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    message = f"asset '{step.asset.key}' raised {what} ({place})"
    return StepFailure("error", message, "".join(told.format()))
