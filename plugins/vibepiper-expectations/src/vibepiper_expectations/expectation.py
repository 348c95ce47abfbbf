"""What an expectation is: a frozen declaration that says which rows break it.

To add a check, derive a frozen dataclass from `ColumnValueExpectation` (or one of the other
two kinds), say what it ``accepts``, what ``breaks`` it and what was ``expected``, and name it
in `vibepiper_expectations.namespace`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar, get_args

from vibepiper import with_checks
from vibepiper.checks import Severity
from vibepiper.errors import DefinitionError, suggest

from vibepiper_expectations.families import SCALARS, Family

if TYPE_CHECKING:
    from sqlglot import exp

    from vibepiper_expectations.columns import Column, Columns
    from vibepiper_expectations.failures import Failures

__all__ = ["ColumnValueExpectation", "Expectation", "RowExpectation", "TableExpectation"]

F = TypeVar("F")


@dataclass(frozen=True)
class Expectation(ABC):
    """One declared check; applied to an asset or to its function, it adds itself."""

    _: KW_ONLY
    severity: Severity = "error"

    def __post_init__(self) -> None:
        if self.severity not in get_args(Severity):
            raise self.wrong(
                f"severity is {self.severity!r}, expected 'error' or 'warn'",
                suggest(str(self.severity), get_args(Severity)),
            )
        for name in self.column_names:
            if not isinstance(name, str) or not name:
                raise self.wrong(f"{name!r} is no column name")
        self.verify()

    def __call__(self, target: F) -> F:
        return with_checks(target, self)

    @property
    def validator(self) -> str:
        return "expectations"

    @classmethod
    def name(cls) -> str:
        """The check's name in `expect`: the class's, in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def label(self) -> str:
        """``column_values_between(age, 0, 120, mostly=0.95)``: what differs from the default."""
        own = [item for item in fields(self) if not item.kw_only]
        options = [item for item in fields(self) if item.kw_only and item.name != "severity"]
        parts = [_shown(getattr(self, item.name)) for item in own]
        parts += [
            f"{item.name}={getattr(self, item.name)!r}"
            for item in options
            if getattr(self, item.name) != item.default
        ]
        return f"{self.name()}({', '.join(parts)})"

    @property
    @abstractmethod
    def column_names(self) -> tuple[str, ...]:
        """The columns it looks at."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What holds of data that passes, for people."""

    def verify(self) -> None:  # noqa: B027  (most have nothing to verify)
        """Raises `DefinitionError` for arguments that can never be right."""

    def wrong(self, problem: str, hint: str | None = None) -> DefinitionError:
        """The error for a declaration that cannot be right."""
        return DefinitionError(f"{self.name()}: {problem}", hint=hint)


@dataclass(frozen=True)
class TableExpectation(Expectation):
    """A check of one number that is computed over the whole table."""

    @abstractmethod
    def measure(self, columns: Columns) -> exp.Expr:
        """The aggregate."""

    @abstractmethod
    def holds(self, value: float | None) -> bool:
        """Whether the aggregate's value is as expected; None is the value of no rows."""


@dataclass(frozen=True)
class RowExpectation(Expectation):
    """A check of every row. Rows where a column it looks at is null are not examined.

    ``mostly`` is the share of the examined rows that must pass, above 0 and up to 1.
    """

    _: KW_ONLY
    mostly: float = 1.0

    def __post_init__(self) -> None:
        if isinstance(self.mostly, bool) or not isinstance(self.mostly, int | float):
            raise self.wrong(f"mostly is {self.mostly!r}, expected a number")
        if not 0 < self.mostly <= 1:
            raise self.wrong(f"mostly is {self.mostly!r}, expected more than 0 and at most 1")
        super().__post_init__()

    @abstractmethod
    def failures(self, columns: Columns) -> Failures:
        """The rows that fail. Raises `DataError` for a column that is missing, or of a type
        that the check cannot be asked of."""

    def tolerates(self, failed: int, examined: int) -> bool:
        """Whether so many failures are within ``mostly``, reckoned exactly."""
        return examined - failed >= Decimal(str(self.mostly)) * examined


@dataclass(frozen=True)
class ColumnValueExpectation(RowExpectation):
    """A check of each value of one column that is not null."""

    column: str

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    def failures(self, columns: Columns) -> Failures:
        return self.failing(columns.get(self.column, self.accepts, self.label))

    @property
    def accepts(self) -> frozenset[Family]:
        """The families of column that it can be asked of, with these arguments."""
        return SCALARS

    @abstractmethod
    def failing(self, column: Column) -> Failures:
        """The values that fail."""


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(repr(v) if isinstance(v, str) else str(v) for v in value) + "]"
    return str(value)
