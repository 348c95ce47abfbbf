"""Why a step failed, for people: the user's own lines first."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vibepiper.errors import ChecksFailed, VibePiperError
from vibepiper.planned import PlannedStep
from vibepiper.project import last_line

__all__ = ["StepFailure", "describe_failure"]


@dataclass(frozen=True, slots=True)
class StepFailure:
    """Why a step failed. ``traceback`` is of the user's code, empty for VibePiper's own
    errors, whose message says it all. ``retry_after`` are the seconds after which another
    attempt may succeed, None when none would be made. ``context`` are lines on what it ran
    with."""

    kind: Literal["checks", "error"]
    message: str
    traceback: str = ""
    retry_after: float | None = None
    context: tuple[str, ...] = ()


def describe_failure(step: PlannedStep, error: BaseException, root: Path) -> StepFailure:
    """The failure that an error of a step's code, its store or its checks amounts to."""
    if isinstance(error, ChecksFailed):
        return StepFailure("checks", str(error))
    if not isinstance(error, VibePiperError):
        return _user_failure(step, error, root)
    at = error.at or last_line(error, root) or step.asset.location
    named = f"'{step.asset.key}'" in error.message
    message = error.message if named else f"asset '{step.asset.key}': {error.message}"
    return StepFailure("error", str(VibePiperError(message, at=at, hint=error.hint)))


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
