"""Checks: what core knows of expectations, and what a validator plugin must do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from vibepiper.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Check",
    "CheckContext",
    "CheckPack",
    "CheckResult",
    "CheckStatus",
    "ColumnCheck",
    "PackedCheck",
    "PastCheck",
    "QuarantineCheck",
    "QuarantineValidator",
    "ReferringCheck",
    "SetAside",
    "Severity",
    "Validator",
    "shown_row",
]

Severity = Literal["error", "warn"]
CheckStatus = Literal["passed", "failed"]


@runtime_checkable
class Check(Protocol):
    """One declared check. Immutable; a validator plugin defines the concrete types."""

    @property
    def validator(self) -> str:
        """The name of the component of kind ``validator`` that evaluates this check."""
        ...

    @property
    def label(self) -> str:
        """How people see it: ``column_values_between(age, 0, 120)``."""
        ...

    @property
    def severity(self) -> Severity:
        """``error`` blocks publication; ``warn`` is reported."""
        ...


@runtime_checkable
class ReferringCheck(Check, Protocol):
    """A check that compares with other assets. They are upstream of the checked one."""

    @property
    def assets(self) -> Sequence[str]:
        """The assets, as a parameter would name them."""
        ...


@runtime_checkable
class QuarantineCheck(Check, Protocol):
    """A check that may have the rows that fail it set aside, so that the others are published."""

    @property
    def sets_aside(self) -> bool:
        """Whether it has."""
        ...


@dataclass(frozen=True, slots=True)
class SetAside:
    """An asset's data parted: the rows to publish, and those set aside with the column
    ``reasons``. Both are tables, or Relations."""

    good: object
    rejected: object


class QuarantineValidator(Protocol):
    """A validator whose checks may be a `QuarantineCheck`."""

    def set_aside(
        self, checks: Sequence[Check], data: object, context: CheckContext
    ) -> SetAside: ...


def _no_others(name: str) -> object:
    raise DataError(
        f"the data of the asset '{name}' is asked for, and there is none beside this table"
    )


def _nothing_masked() -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class PastCheck:
    """What the same check found of the asset (or the partition) the last time."""

    status: CheckStatus
    rows: int | None = None
    failed_rows: int | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What is being checked. ``key`` names the columns that identify a row, and may be empty;
    ``read`` gives the published data of an asset that a `ReferringCheck` names: a Relation where
    its store answers queries, else a table. ``past`` is what checks found the last time, by their
    labels; ``masked`` tells the columns whose values no result may show."""

    asset: str
    key: tuple[str, ...] = ()
    read: Callable[[str], object] = _no_others
    past: Mapping[str, PastCheck] = field(default_factory=dict)
    masked: Callable[[], frozenset[str]] = _nothing_masked


@runtime_checkable
class ColumnCheck(Check, Protocol):
    """A check that asks for a column of a type; by it the column is known before there is data."""

    @property
    def column(self) -> str: ...

    @property
    def arrow_type(self) -> pa.DataType:
        """The type, or one that stands for all that pass."""
        ...

    def accepts_type(self, kind: pa.DataType) -> bool:
        """Whether a column of this type passes."""
        ...


@runtime_checkable
class PackedCheck(Check, Protocol):
    """A check of a pack: a frozen dataclass, found by its name."""

    @classmethod
    def name(cls) -> str:
        """An identifier, which no other check of the pack has."""
        ...

    @property
    def column_names(self) -> Sequence[str]:
        """The columns that it looks at."""
        ...

    @property
    def expected(self) -> str:
        """What holds of data that passes, for people."""
        ...


@runtime_checkable
class CheckPack(Protocol):
    """What the target of a component of kind ``expectation_pack`` is: classes of checks that a
    validator of another plugin evaluates. Each is the attribute of its name."""

    @property
    def checks(self) -> Iterable[type[PackedCheck]]: ...


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check over one asset's staged data.

    ``rows`` is the number of rows examined, ``failed_rows`` how many broke the check (None
    for checks of the whole table). ``examples`` holds up to a limit of the failing rows: the
    asset's key columns where it declares them, and the offending values. ``value`` is the number
    that was measured, where the check is of one. ``tags`` and ``owner`` are those of the check.
    ``set_aside``: the failing rows are not published, and the others are.

    ``keys``, where all were asked for, is a table of the key columns of every failing row;
    ``sql`` and ``seconds`` tell the query that answered, which may have answered others too.
    """

    check: str
    status: CheckStatus
    severity: Severity = "error"
    column: str | None = None
    rows: int | None = None
    failed_rows: int | None = None
    expected: str | None = None
    observed: str | None = None
    examples: tuple[Mapping[str, object], ...] = ()
    value: float | None = None
    tags: tuple[str, ...] = ()
    owner: str | None = None
    set_aside: bool = False
    keys: object | None = field(default=None, compare=False, repr=False)
    sql: str | None = field(default=None, compare=False, repr=False)
    seconds: float | None = field(default=None, compare=False, repr=False)

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def blocks(self) -> bool:
        """Whether the asset may not be published."""
        return not self.passed and self.severity == "error" and not self.set_aside

    @property
    def share(self) -> float | None:
        """The failing share of the rows examined, 0 to 1."""
        if self.failed_rows is None or not self.rows:
            return None
        return self.failed_rows / self.rows

    def summary(self) -> str:
        """One line (and one a failing example): the check, how many rows, which ones."""
        if self.passed:
            return f"{self.check}: passed"
        parts = [f"{self.check}: failed"]
        if self.failed_rows is not None and self.share is not None:
            parts.append(f"{self.failed_rows:,} of {self.rows:,} rows ({self.share:.2%})")
        if self.expected is not None:
            parts.append(f"expected {self.expected}")
        if self.observed is not None:
            parts.append(f"found {self.observed}")
        if self.set_aside:
            parts.append("these rows were set aside")
        rows = "".join(f"\n    {shown_row(row)}" for row in self.examples[:5])
        return ", ".join(parts) + rows


def shown_row(row: Mapping[str, object]) -> str:
    """A row on one line: texts in quotes, all else as it prints."""
    shown = {name: repr(v) if isinstance(v, (str, bytes)) else str(v) for name, v in row.items()}
    return ", ".join(f"{name}={value}" for name, value in shown.items())


class Validator(Protocol):
    """A component of kind ``validator``: evaluates checks over staged data.

    ``data`` is a Relation where the store answers queries, else a table (anything with
    ``__arrow_c_stream__``, readable more than once). Results come in the order of ``checks``;
    fewer only when a check asks to stop at the first failure. A check that cannot be evaluated
    (a column that does not exist, a type it cannot compare) raises `DataError`: it never passes.
    """

    def evaluate(
        self, checks: Sequence[Check], data: object, context: CheckContext
    ) -> Sequence[CheckResult]: ...
