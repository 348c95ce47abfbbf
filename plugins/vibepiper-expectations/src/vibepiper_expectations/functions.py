"""Checks that are Python functions of a project."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from vibepiper_expectations.arguments import names_of
from vibepiper_expectations.families import EVERY
from vibepiper_expectations.kinds import (
    RowExpectation,
    TableExpectation,
    Verdict,
    expectation,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import RowFunction
    from vibepiper_expectations.measures import Measure

__all__ = ["RowsSatisfy", "TableSatisfies"]


@expectation
class RowsSatisfy(RowExpectation):
    """``function`` is true of every row. It is called with each batch of ``columns`` (a
    ``pyarrow.RecordBatch``) and gives a truth for each of its rows: an Arrow array, a list, a
    NumPy array. A row of which it says None is not examined."""

    function: Callable[[pa.RecordBatch], object]
    columns: str | Iterable[str]

    def verify(self) -> None:
        super().verify()
        if not callable(self.function):
            raise self.wrong(f"{self.function!r} is no function")
        object.__setattr__(self, "columns", names_of(self, "columns", self.columns, least=1))
        if self.sets_aside:
            raise self.wrong("rows that only Python can tell are not set aside: on_fail='block'")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    @property
    def expected(self) -> str:
        return f"{_name(self.function)}() is true"

    def failures(self, columns: Columns) -> RowFunction:
        found = columns.several(self.column_names, EVERY, self.label)
        return columns.function(found, self.function, self.label)


@expectation
class TableSatisfies(TableExpectation):
    """``function`` says that the table is right. It is called with a ``pyarrow.RecordBatchReader``
    of ``columns`` (all unless named) and returns True or False, or such a truth and what it
    observed; batches are read as it asks for them."""

    function: Callable[[pa.RecordBatchReader], object]
    columns: str | Iterable[str] = ()

    def verify(self) -> None:
        super().verify()
        if not callable(self.function):
            raise self.wrong(f"{self.function!r} is no function")
        object.__setattr__(self, "columns", names_of(self, "columns", self.columns))

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    @property
    def expected(self) -> str:
        return f"{_name(self.function)}() is true"

    def measure(self, columns: Columns) -> Measure:
        found = columns.several(self.column_names, EVERY, self.label)
        return columns.called(found, self.function)

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        found, observed = values[0] if isinstance(values[0], tuple) else (values[0], "")
        if not isinstance(found, bool):
            raise self.wrong(f"{_name(self.function)}() returned {found!r}, expected True or False")
        return Verdict(found, str(observed) or str(found))


def _name(function: object) -> str:
    return str(getattr(function, "__name__", function))
