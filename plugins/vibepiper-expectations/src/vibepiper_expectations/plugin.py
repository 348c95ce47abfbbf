"""What this distribution offers. Imports no driver: read at CLI start."""

from __future__ import annotations

from collections.abc import Iterable

from vibepiper import ComponentSpec, hookimpl

__all__ = ["vibepiper_components"]


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
