"""Results of checks, from what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from vibepiper.checks import CheckResult, CheckStatus, PastCheck

from vibepiper_expectations.kinds import Expectation, QueryExpectation, RowExpectation

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MASK", "beside_the_last", "masked", "result_of", "set_aside", "text_of"]

MASK = "****"

_LONGEST = 100


def result_of(
    check: Expectation,
    *,
    passed: bool,
    rows: int | None = None,
    failed_rows: int | None = None,
    observed: str | None = None,
) -> CheckResult:
    """The result of a check, with what its declaration says of it."""
    status: CheckStatus = "passed" if passed else "failed"
    names = check.column_names
    return CheckResult(
        check=check.label,
        status=status,
        severity=check.severity,
        column=names[0] if len(names) == 1 else None,
        rows=rows,
        failed_rows=failed_rows,
        expected=check.expected,
        observed=observed,
        tags=tuple(check.tags),
        owner=check.owner,
    )


def set_aside(check: RowExpectation, result: CheckResult) -> CheckResult:
    """The result, failed but not blocking, where the check has its failing rows set aside."""
    failed, examined = result.failed_rows or 0, result.rows or 0
    if not check.spares(failed, examined):
        return result
    return replace(result, status="failed", set_aside=True)


def beside_the_last(
    check: QueryExpectation, result: CheckResult, past: Mapping[str, PastCheck]
) -> CheckResult:
    """The result, failed where it has changed by more than the check allows."""
    if check.max_change is None:
        return result
    expected = f"{result.expected}, within {check.max_change:.0%} of the last time"
    result = replace(result, expected=expected)
    if (last := past.get(check.label)) is None:
        return result
    if result.value is not None and last.value is not None:
        within = abs(result.value - last.value) <= check.max_change * abs(last.value)
        told = f"{result.observed}, {last.value:.15g} the last time"
    elif result.share is not None and last.failed_rows is not None and last.rows:
        before = last.failed_rows / last.rows
        within = result.share - before <= check.max_change
        told = f"{result.share:.2%} failing, {before:.2%} the last time"
    else:
        return result
    return result if within else replace(result, status="failed", observed=told)


def masked(result: CheckResult, columns: Iterable[str], hidden: frozenset[str]) -> CheckResult:
    """The result without the values of hidden columns, of those that the check looks at."""
    if not hidden:
        return result
    own = hidden.intersection(columns)
    examples = tuple(
        {name: MASK if name in hidden else value for name, value in row.items()}
        for row in result.examples
    )
    observed = MASK if own and result.observed is not None else result.observed
    value = None if own else result.value
    keys = cast("pa.Table | None", result.keys)
    if keys is not None:
        keys = keys.drop_columns([name for name in keys.column_names if name in hidden])
    return replace(result, examples=examples, observed=observed, value=value, keys=keys)


def text_of(value: object) -> str:
    """A value as a message shows it, shortened where it is long."""
    text = repr(value) if isinstance(value, str | bytes) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
