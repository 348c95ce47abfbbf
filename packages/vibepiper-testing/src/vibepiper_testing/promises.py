"""How pytest tells of a suite: which promise was broken, and which were replaced."""

from __future__ import annotations

import sys

import pytest

__all__ = ["replaced", "tell_promise"]

_SUITE = "vibepiper_testing.conformance.suite"


def promise(item: pytest.Item) -> str | None:
    """What a conformance test promises, in one line; None for any other test."""
    owner: type | None = getattr(item, "cls", None)
    if owner is None or _SUITE not in sys.modules or not hasattr(owner, "__conformance__"):
        return None
    inherited = [vars(c) for c in owner.__mro__ if c.__module__.startswith("vibepiper_testing.")]
    name = getattr(item, "originalname", item.name)
    found = next((c[name].__doc__ for c in inherited if name in c), None)
    return " ".join(found.split()) if found else None


def tell_promise(item: pytest.Item, report: pytest.TestReport) -> None:
    """Adds the promise to a failed conformance test's report, and to its line in the summary."""
    if not report.failed or (broken := promise(item)) is None:
        return
    report.sections.insert(0, ("broken promise", broken))
    if (crash := getattr(report.longrepr, "reprcrash", None)) is not None:
        crash.message = f"broken promise: {broken} ({crash.message})"


def replaced(item: pytest.Item) -> str | None:
    """For a test that replaces one of a suite's: its name and the reason."""
    reasons = getattr(getattr(item, "function", None), "__overrides__", ())
    return f"{item.nodeid.partition('[')[0]}: {reasons[-1]}" if reasons else None
