"""How often and when a failed step is tried again, and what a failure means for the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal, TypeGuard, get_args

from vibepiper.errors import (
    ChecksFailed,
    DataError,
    DefinitionError,
    Fenced,
    LeaseLost,
    suggest,
)
from vibepiper.time_limits import AttemptTimeout, time_limit

__all__ = ["AttemptTimeout", "Backoff", "ErrorStrategy", "Retry", "time_limit"]

Backoff = Literal["constant", "linear", "exponential"]

_LONGEST = 1e9
"""Seconds: thirty years. No timer takes much more."""

_FINAL = (
    *(KeyboardInterrupt, SystemExit, GeneratorExit),
    *(ChecksFailed, Fenced, LeaseLost, DefinitionError, DataError),
)
"""What another attempt would meet again."""

_NEVER = (KeyboardInterrupt, SystemExit, GeneratorExit, Fenced, LeaseLost)
"""What is never tried again, also when it is named: somebody stopped the run, or took it over."""


class ErrorStrategy(StrEnum):
    """What a failed step means for the other steps of its run."""

    FAIL_FAST = "fail_fast"
    """The run stops: steps under way end, nothing new starts."""

    CONTINUE = "continue"
    """What hangs below the failed step is skipped, and everything else runs."""

    RETRY = "retry"
    """As CONTINUE, and an asset that names no `Retry` of its own is tried three times more."""

    def retry(self, own: Retry | None) -> Retry:
        """The retries of a step, whose asset names ``own`` or none."""
        if own is not None:
            return own
        return _THRICE if self is ErrorStrategy.RETRY else _NONE


@dataclass(frozen=True, slots=True)
class Retry:
    """How a failed step is tried again: ``retries`` times after the first.

    The wait after attempt n is ``delay`` (constant), n times that (linear) or 2 to the power of
    n - 1 times that (exponential), at most ``max_delay``; then up to the share ``jitter`` of it
    is taken off or added by chance, so that steps which failed together do not come back
    together. ``timeout`` is how long one attempt may take. Times are seconds or timedeltas, and
    kept as seconds.

    Only errors of ``retry_on`` are tried again; a timeout is an `AttemptTimeout`. Checks that
    failed, wrong data (`DataError`) and wrong definitions would only repeat themselves, and are
    tried again only when ``retry_on`` names their own class. A run that was stopped, was fenced
    off or has lost its lease is never.
    """

    retries: int = 0
    backoff: Backoff = "constant"
    delay: float | timedelta = 1.0
    max_delay: float | timedelta = 60.0
    jitter: float = 0.1
    retry_on: tuple[type[BaseException], ...] = (Exception,)
    timeout: float | timedelta | None = None

    def __post_init__(self) -> None:
        if type(self.retries) is not int or self.retries < 0:
            raise _wrong("retries", self.retries, "a whole number from 0 on")
        if self.backoff not in get_args(Backoff):
            hint = suggest(str(self.backoff), get_args(Backoff))
            raise _wrong("backoff", self.backoff, "constant, linear or exponential", hint)
        object.__setattr__(self, "delay", _seconds("delay", self.delay))
        object.__setattr__(self, "max_delay", _seconds("max_delay", self.max_delay))
        if not _is_number(self.jitter) or not 0 <= self.jitter <= 1:
            raise _wrong("jitter", self.jitter, "a share from 0 to 1")
        object.__setattr__(self, "retry_on", _errors(self.retry_on))
        if self.timeout is not None:
            object.__setattr__(self, "timeout", _seconds("timeout", self.timeout))
            if not self.timeout:
                raise _wrong("timeout", self.timeout, "more than 0 seconds, or None for no limit")

    @property
    def seconds(self) -> float | None:
        """How long one attempt may take; None for as long as it likes."""
        return None if self.timeout is None else _seconds("timeout", self.timeout)

    def after(
        self, attempt: int, error: BaseException, random: Callable[[], float]
    ) -> float | None:
        """How many seconds to wait after the attempt, counted from 1, that ended in ``error``;
        None to give up. ``random`` gives numbers from 0 to 1."""
        if attempt > self.retries or not self.covers(error):
            return None
        chance = self.jitter * (2 * random() - 1)
        return max(0.0, self._wait(attempt) * (1 + chance))

    def covers(self, error: BaseException) -> bool:
        """Whether such an error is tried again at all."""
        if not isinstance(error, self.retry_on) or isinstance(error, _NEVER):
            return False
        if not isinstance(error, _FINAL):
            return True
        named = [kind for kind in self.retry_on if isinstance(error, kind)]
        return any(issubclass(kind, _FINAL) for kind in named)

    def _wait(self, attempt: int) -> float:
        delay, most = _seconds("delay", self.delay), _seconds("max_delay", self.max_delay)
        if self.backoff == "linear":
            return min(delay * attempt, most)
        if self.backoff == "exponential":
            # Beyond 2 to the power of 60 it is the greatest delay in any case.
            return min(delay * 2.0 ** min(attempt - 1, 60), most)
        return min(delay, most)


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= _LONGEST


def _seconds(name: str, value: object) -> float:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if not _is_number(value) or value < 0:
        raise _wrong(name, value, "seconds from 0 on (up to a billion), or a timedelta")
    return float(value)


def _errors(value: object) -> tuple[type[BaseException], ...]:
    found: list[type[BaseException]] = []
    for kind in value if isinstance(value, (tuple, list)) else (value,):
        if not isinstance(kind, type) or not issubclass(kind, BaseException):
            raise _wrong("retry_on", kind, "classes of errors")
        found.append(kind)
    if not found:
        raise _wrong("retry_on", value, "at least one class of errors")
    return tuple(found)


def _wrong(name: str, found: object, expected: str, hint: str | None = None) -> DefinitionError:
    return DefinitionError(f"Retry: {name} is {found!r}, expected {expected}", hint=hint)


_NONE = Retry()
_THRICE = Retry(3, backoff="exponential")
