"""Bounds of a check: whether they can be right, and how they read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

from vibepiper_expectations.families import Value, families_of, is_finite, value_type
from vibepiper_expectations.kinds import Expectation, Verdict

__all__ = ["between", "bounds_text", "check_bounds", "check_counts"]


def check_bounds(
    check: Expectation, low: Value | None, high: Value | None, *, strict: bool = False
) -> None:
    """Raises `DefinitionError` for bounds that no value, or every value, lies between."""
    given = [bound for bound in (low, high) if bound is not None]
    if not given and getattr(check, "max_change", None) is None:
        raise check.wrong("neither min nor max is given")
    for bound in given:
        if not isinstance(bound, get_args(Value)) or not is_finite(bound):
            raise check.wrong(f"{bound!r} cannot be a bound", "Leave a bound out to have none.")
    if given and not families_of(given):
        kinds = " and ".join(value_type(bound) for bound in given)
        raise check.wrong(f"min and max are of different types: {kinds}")
    if low is None or high is None:
        return
    if low > high:  # type: ignore[operator]  # one family, so they compare
        raise check.wrong(f"min is {low}, which is more than max, {high}")
    if strict and low == high:
        raise check.wrong(f"min and max are both {low}, and one is strict: no value is between")


def check_counts(check: Expectation, low: int | None, high: int | None) -> None:
    """Raises `DefinitionError` for bounds of a number of things."""
    check_bounds(check, low, high)
    for bound in (low, high):
        if bound is None:
            continue
        if isinstance(bound, bool) or not isinstance(bound, int) or bound < 0:
            raise check.wrong(f"{bound!r} is not a number of things, 0 or more")


def bounds_text(
    low: Value | None, high: Value | None, *, strict: tuple[bool, bool] = (False, False)
) -> str:
    """``0 to 120``, ``at least 0``, ``more than 0 and at most 5``."""
    if low is not None and high is not None and strict == (False, False):
        return f"{low} to {high}"
    parts = []
    if low is not None:
        parts.append(f"{'more than' if strict[0] else 'at least'} {low}")
    if high is not None:
        parts.append(f"{'less than' if strict[1] else 'at most'} {high}")
    return " and ".join(parts) or "any number"


def between(value: Any, low: Value | None, high: Value | None) -> Verdict:
    """The verdict on one number: within the bounds, which are included; no value is not."""
    if value is None:
        return Verdict(False, "no values")
    within = (low is None or value >= low) and (high is None or value <= high)
    if not isinstance(value, int | float | Decimal):
        return Verdict(bool(within), str(value))
    number = float(value)
    return Verdict(bool(within and number == number), f"{number:.15g}", number)
