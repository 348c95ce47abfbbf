"""What this distribution offers. Imports no driver: read at CLI start."""

from __future__ import annotations

from collections.abc import Iterable

from vibepiper import ComponentSpec, hookimpl
from vibepiper.declarations import CommandSpec

__all__ = ["vibepiper_commands", "vibepiper_components"]


@hookimpl
def vibepiper_components() -> Iterable[ComponentSpec]:
    """One validator, ``expectations``, which evaluates every check this package declares."""
    return (
        ComponentSpec(
            kind="validator",
            name="expectations",
            target="vibepiper_expectations.validator:ExpectationValidator",
            summary="Checks declared with @expect and @validate, run where the data lies",
        ),
    )


@hookimpl
def vibepiper_commands() -> Iterable[CommandSpec]:
    """``vibepiper checks``: what the checks of a run found, for people and for machines."""
    return (
        CommandSpec(
            name="checks",
            target="vibepiper_expectations.command:checks",
            summary="Show what the checks of a run found; or write it as JSON, JUnit XML or HTML.",
        ),
    )
