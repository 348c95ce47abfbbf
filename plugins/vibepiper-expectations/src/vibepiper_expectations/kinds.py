"""What an expectation is: a frozen declaration that says which rows break it.

To add a check, derive from `ColumnValueExpectation` (or one of the other kinds) and decorate it
with `expectation`::

    @expectation
    class ColumnValuesEven(ColumnValueExpectation):
        "Every number is even."

        accepts = frozenset(("integer",))
        expected = "an even number"

        def failing(self, column: Column) -> Failures:
            return column.where("x % 2 <> 0")
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import KW_ONLY, Field, dataclass, fields
from decimal import Decimal
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
)

from vibepiper import with_checks
from vibepiper.checks import Severity
from vibepiper.errors import DefinitionError, suggest

from vibepiper_expectations.families import SCALARS, Family

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Column, Columns
    from vibepiper_expectations.failures import Failures, RowFunction
    from vibepiper_expectations.measures import Measure

__all__ = [
    "ColumnValueExpectation",
    "Expectation",
    "QueryExpectation",
    "RowExpectation",
    "TableExpectation",
    "Verdict",
    "expectation",
]

F = TypeVar("F")
E = TypeVar("E", bound="type[Expectation]")


@dataclass_transform(frozen_default=True)
def expectation(kind: E) -> E:
    """Declares a check: its annotations are its arguments, its name the class's in snake case."""
    if not kind.__doc__ or kind.__doc__.startswith(f"{kind.__name__}("):
        raise DefinitionError(f"{kind.__name__}: a check needs a docstring that says what holds")
    return cast("E", dataclass(frozen=True)(kind))


@dataclass(frozen=True)
class Verdict:
    """What a check makes of what it measured; ``value`` is the number that history keeps."""

    passed: bool
    observed: str
    value: float | None = None


@dataclass(frozen=True)
class Expectation(ABC):
    """One declared check; applied to an asset or to its function, it adds itself.

    ``tags`` and ``owner`` go with its results. ``shows_values``: what it finds may be, or be made
    of, values of the data, and is not shown of columns that are tagged secret or pii.
    """

    shows_values: ClassVar[bool] = True
    _: KW_ONLY
    severity: Severity = "error"
    tags: Iterable[str] = ()
    owner: str | None = None

    def __post_init__(self) -> None:
        tags = (self.tags,) if isinstance(self.tags, str) else tuple(self.tags)
        object.__setattr__(self, "tags", tags)
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
        aside = ("severity", "tags", "owner")
        options = [item for item in fields(self) if item.kw_only and item.name not in aside]
        parts = [_shown(getattr(self, item.name)) for item in own]
        parts += [
            f"{item.name}={_option(getattr(self, item.name))}"
            for item in options
            if not _is_default(item, getattr(self, item.name))
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
class QueryExpectation(Expectation):
    """A check that is asked of the data. With ``when``, a condition in SQL or an expression of
    columns, only of the rows for which it is true.

    ``max_change`` compares with what the same check found the last time: the share of the value
    (0.1: it may be 10 % more or less) by which what is measured may have changed, or by which the
    failing share of rows may have grown (0.1: from 5 % to 15 %). The first time there is nothing
    to compare with.
    """

    _: KW_ONLY
    when: Any = None
    max_change: float | None = None

    def verify(self) -> None:
        if not (self.when is None or isinstance(self.when, str) or hasattr(self.when, "tree")):
            raise self.wrong(f"when is {self.when!r}, expected a condition in SQL or of columns")
        change = 0 if self.max_change is None else self.max_change
        if isinstance(change, bool) or not isinstance(change, int | float) or not change >= 0:
            raise self.wrong(f"max_change is {change!r}, expected a number, 0 or more")


@dataclass(frozen=True)
class TableExpectation(QueryExpectation):
    """A check of what is measured over the whole table."""

    @abstractmethod
    def measure(self, columns: Columns) -> Measure:
        """What is measured. Raises `DataError` for a column that is missing, or of a type that
        the check cannot be asked of."""

    @abstractmethod
    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        """Whether what was measured is as expected; None is the value of no rows."""


@dataclass(frozen=True)
class RowExpectation(QueryExpectation):
    """A check of every row. Rows where a column it looks at is null are not examined.

    ``mostly`` is the share of the examined rows that must pass, above 0 and up to 1;
    ``max_failed`` the number of them that may fail. With ``on_fail="quarantine"`` the rows that
    fail are set aside and the others published; where ``mostly`` or ``max_failed`` is given too,
    only as long as no more fail than that.
    """

    _: KW_ONLY
    mostly: float = 1.0
    max_failed: int | None = None
    on_fail: Literal["block", "quarantine"] = "block"

    def __post_init__(self) -> None:
        if isinstance(self.mostly, bool) or not isinstance(self.mostly, int | float):
            raise self.wrong(f"mostly is {self.mostly!r}, expected a number")
        if not 0 < self.mostly <= 1:
            raise self.wrong(f"mostly is {self.mostly!r}, expected more than 0 and at most 1")
        if self.max_failed is not None:
            if isinstance(self.max_failed, bool) or not isinstance(self.max_failed, int):
                raise self.wrong(f"max_failed is {self.max_failed!r}, expected a number of rows")
            if self.max_failed < 0 or self.mostly != 1:
                raise self.wrong("max_failed is 0 or more, and stands in place of mostly")
        if self.on_fail not in (known := ("block", "quarantine")):
            raise self.wrong(
                f"on_fail is {self.on_fail!r}, expected 'block' or 'quarantine'",
                suggest(str(self.on_fail), known),
            )
        super().__post_init__()

    @abstractmethod
    def failures(self, columns: Columns) -> Failures | RowFunction:
        """The rows that fail. Raises `DataError` for a column that is missing, or of a type
        that the check cannot be asked of."""

    @property
    def sets_aside(self) -> bool:
        """Whether rows that fail are kept back, and the others published."""
        return self.on_fail == "quarantine"

    def spares(self, failed: int, examined: int) -> bool:
        """Whether so many failing rows are set aside, in place of blocking the rest."""
        unlimited = self.mostly == 1 and self.max_failed is None
        return self.sets_aside and failed > 0 and (unlimited or self.tolerates(failed, examined))

    def tolerates(self, failed: int, examined: int) -> bool:
        """Whether so many failures are within what is allowed, reckoned exactly."""
        if self.max_failed is not None:
            return failed <= self.max_failed
        return examined - failed >= Decimal(str(self.mostly)) * examined


@dataclass(frozen=True)
class ColumnValueExpectation(RowExpectation):
    """A check of each value of one column that is not null."""

    column: str

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    def failures(self, columns: Columns) -> Failures | RowFunction:
        return self.failing(columns.get(self.column, self.accepts, self.label))

    @property
    def accepts(self) -> frozenset[Family]:
        """The families of column that it can be asked of, with these arguments."""
        return SCALARS

    @abstractmethod
    def failing(self, column: Column) -> Failures | RowFunction:
        """The values that fail."""


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(repr(v) if isinstance(v, str) else str(v) for v in value) + "]"
    # A function by its name: what has been measured is found by the label the next time.
    return str(getattr(value, "__name__", value) if callable(value) else value)


def _option(value: object) -> str:
    tree = getattr(value, "tree", None)
    return repr(value if tree is None else tree.sql())


def _is_default(item: Field[Any], value: object) -> bool:
    # An expression of columns makes another one of ``==``, not a truth.
    return not hasattr(value, "tree") and bool(value == item.default)
