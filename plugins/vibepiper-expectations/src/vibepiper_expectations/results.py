"""Results of checks, from what was found."""

from __future__ import annotations

from vibepiper.checks import CheckResult, CheckStatus

from vibepiper_expectations.expectation import Expectation

__all__ = ["result_of", "text_of"]

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
    )


def text_of(value: object) -> str:
    """A value as a message shows it, shortened where it is long."""
    text = repr(value) if isinstance(value, str | bytes) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
