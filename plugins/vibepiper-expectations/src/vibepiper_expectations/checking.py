"""Checks of any table, outside of a run: in a notebook, a script, a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from vibepiper.checks import CheckContext
from vibepiper.component import ComponentContext
from vibepiper.errors import UsageError, suggest

from vibepiper_expectations.kinds import Expectation
from vibepiper_expectations.report import CheckReport
from vibepiper_expectations.validator import ExpectationSettings, ExpectationValidator

__all__ = ["check_table"]


def check_table(
    data: object,
    checks: Iterable[Expectation],
    *,
    name: str = "table",
    key: Sequence[str] = (),
    others: Mapping[str, object] | None = None,
    examples: int = 5,
    keys: Literal["examples", "all"] = "examples",
) -> CheckReport:
    """What ``checks`` find in ``data``: a Relation, or a table (anything with
    ``__arrow_c_stream__``).

    ``key`` names the columns that identify a row, ``others`` is the data of assets that the checks
    refer to. ``keys="all"`` has every result tell the keys of all rows that fail it. Raises
    `DataError` for a check that cannot be asked of the data.
    """
    known = dict(others or {})

    def read(asset: str) -> object:
        if asset not in known:
            raise UsageError(f"others has no data of '{asset}'", hint=suggest(asset, known))
        return known[asset]

    settings = ExpectationSettings(examples=examples, keys=keys)
    validator = ExpectationValidator(settings, ComponentContext("expectations", Path()))
    context = CheckContext(name, tuple(key), read)
    return CheckReport(name, tuple(validator.evaluate(tuple(checks), data, context)))
