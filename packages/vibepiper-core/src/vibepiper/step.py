"""One step: load the inputs, call the function, stage, check, publish."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from vibepiper.checks import CheckResult
from vibepiper.context import AssetContext
from vibepiper.data import as_data, count_rows, is_table
from vibepiper.errors import ChecksFailed, DataError, VibePiperError
from vibepiper.inputs import InputAdapter, InputSource, load_input
from vibepiper.io_manager import AssetRef, Stored
from vibepiper.plan import PlannedStep
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
) -> StepOutcome:
    """Carries a step out. Whatever its code raises becomes the outcome's failure; only an
    interrupt (Ctrl-C) goes through, after the staged data is discarded."""
    ref = AssetRef(step.asset.key, step.asset.uri, context.load_id)
    checks: list[CheckResult] = []
    try:
        data = as_data(step.asset.function(**_arguments(step, session, context)))
        if data is None:
            _accept_nothing(step, session)
            return StepOutcome(step, context.load_id)
        _accept(step, data)
        with count_rows(on_rows):
            stored = _write(step, session, ref, data, checks)
    except ChecksFailed as error:
        failure = StepFailure("checks", str(error))
    except VibePiperError as error:
        failure = StepFailure("error", str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # The asset's function is the user's: whatever it raises fails the step, not the run.
        failure = _user_failure(step, error)
    else:
        return StepOutcome(step, context.load_id, stored, tuple(checks))
    return StepOutcome(step, context.load_id, None, tuple(checks), failure)


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


def _write(
    step: PlannedStep, session: Session, ref: AssetRef, data: object, checks: list[CheckResult]
) -> Stored:
    staging = step.store.staging
    if staging is None:
        return step.store.manager.save(ref.published, data)
    try:
        staged = staging.stage(ref, data)
        _check_key(step, staged)
        checks.extend(_evaluate(step, session, ref))
        if any(result.blocks for result in checks):
            raise ChecksFailed(step.asset.key, checks)
    except BaseException:
        staging.discard(ref)
        raise
    return staging.publish(ref, staged)


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


def _user_failure(step: PlannedStep, error: BaseException) -> StepFailure:
    """The error with the frames from the user's function on; those of the engine say nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    file = step.asset.location.file
    first = next((n for n, frame in enumerate(frames) if frame.filename == file), 0)
    text = "".join(
        [
            "Traceback (most recent call last):\n",
            *traceback.format_list(frames[first:]),
            *traceback.format_exception_only(error),
        ]
    )
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(step.asset.location)
    message = f"asset '{step.asset.key}' raised {type(error).__name__}: {error} ({where})"
    return StepFailure("error", message, text)
