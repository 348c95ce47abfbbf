"""Checks of the columns themselves: what there must be, and of which type.

They are settled by the data's schema, before any row is read.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

from vibepiper.errors import nearest

from vibepiper_expectations.arguments import names_of
from vibepiper_expectations.bounds import between, bounds_text, check_counts
from vibepiper_expectations.kinds import Expectation, expectation

if TYPE_CHECKING:
    import pyarrow as pa

    from vibepiper_expectations.arrow_types import Declared

__all__ = [
    "ColumnCountBetween",
    "ColumnExists",
    "ColumnHasType",
    "ColumnTypeIn",
    "ColumnsAre",
    "ColumnsInOrder",
    "NoOtherColumns",
    "StructureExpectation",
]


@dataclass(frozen=True)
class StructureExpectation(Expectation):
    """A check that the schema answers.

    With ``fail_fast``, the asset's checks end with the first that fails, whichever it is.
    """

    shows_values = False
    _: KW_ONLY
    fail_fast: bool = False

    @abstractmethod
    def problem(self, schema: pa.Schema) -> str | None:
        """What is wrong with the schema, or None."""


@dataclass(frozen=True)
class ColumnHasType(StructureExpectation):
    """The column is there, and of the declared type."""

    column: str
    type: Declared

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        from vibepiper_expectations.arrow_types import type_text

        return type_text(self.type)

    @property
    def label(self) -> str:
        return f"{self.name()}({self.column}, {self.expected})"

    def verify(self) -> None:
        from vibepiper_expectations.arrow_types import check_declared

        check_declared(self, self.type)

    @property
    def arrow_type(self) -> pa.DataType:
        """The type, or the one that stands for its family: before there is data, what is made of
        the column is typed by it."""
        from vibepiper_expectations.arrow_types import arrow_type

        return arrow_type(self.type)

    def accepts_type(self, kind: pa.DataType) -> bool:
        from vibepiper_expectations.arrow_types import fulfils

        return fulfils(kind, self.type)

    def problem(self, schema: pa.Schema) -> str | None:
        if schema.names.count(self.column) != 1:
            near = nearest(self.column, schema.names)
            return f"no column '{self.column}'" + (f", but '{near}'" if near else "")
        found = schema.field(self.column).type
        return None if self.accepts_type(found) else str(found)


@dataclass(frozen=True)
class NoOtherColumns(StructureExpectation):
    """Every column is one of ``allowed``."""

    allowed: tuple[str, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        return ()

    @property
    def expected(self) -> str:
        return f"no columns but {', '.join(self.allowed)}"

    def problem(self, schema: pa.Schema) -> str | None:
        others = [name for name in schema.names if name not in self.allowed]
        return ", ".join(others) or None


@expectation
class ColumnExists(StructureExpectation):
    """There is a column of that name, once."""

    column: str

    @property
    def expected(self) -> str:
        return "a column"

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    def problem(self, schema: pa.Schema) -> str | None:
        if schema.names.count(self.column) == 1:
            return None
        near = nearest(self.column, schema.names)
        return f"no column '{self.column}'" + (f", but '{near}'" if near else "")


@expectation
class ColumnTypeIn(StructureExpectation):
    """The column is of one of the types: Python's or Arrow's, as a `Schema` has them."""

    column: str
    types: Iterable[Declared]

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        from vibepiper_expectations.arrow_types import type_text

        return " or ".join(type_text(each) for each in self.types)

    @property
    def label(self) -> str:
        return f"{self.name()}({self.column}, {self.expected})"

    def verify(self) -> None:
        from vibepiper_expectations.arrow_types import check_declared

        object.__setattr__(self, "types", tuple(self.types))
        for declared in self.types:
            check_declared(self, declared)
        if not self.types:
            raise self.wrong("there is no type")

    def problem(self, schema: pa.Schema) -> str | None:
        problems = [ColumnHasType(self.column, each).problem(schema) for each in self.types]
        return None if None in problems else problems[0]


class _OfColumns(StructureExpectation):
    columns: Iterable[str]

    def verify(self) -> None:
        object.__setattr__(self, "columns", names_of(self, "columns", self.columns, least=1))

    @property
    def column_names(self) -> tuple[str, ...]:
        return ()


@expectation
class ColumnsInOrder(_OfColumns):
    """The columns are these, in this order, and no others."""

    columns: Iterable[str]

    @property
    def expected(self) -> str:
        return ", ".join(self.columns)

    def problem(self, schema: pa.Schema) -> str | None:
        return None if schema.names == list(self.columns) else ", ".join(schema.names)


@expectation
class ColumnsAre(_OfColumns):
    """The columns are these, in any order, and no others."""

    columns: Iterable[str]

    @property
    def expected(self) -> str:
        return f"the columns {', '.join(self.columns)}"

    def problem(self, schema: pa.Schema) -> str | None:
        missing = [f"no '{name}'" for name in self.columns if name not in schema.names]
        others = [f"also '{name}'" for name in schema.names if name not in tuple(self.columns)]
        return ", ".join(missing + others) or None


@expectation
class ColumnCountBetween(StructureExpectation):
    """The table has from ``min`` to ``max`` columns; None is no bound."""

    min: int | None = None
    max: int | None = None

    def verify(self) -> None:
        check_counts(self, self.min, self.max)

    @property
    def column_names(self) -> tuple[str, ...]:
        return ()

    @property
    def expected(self) -> str:
        return f"{bounds_text(self.min, self.max)} columns"

    def problem(self, schema: pa.Schema) -> str | None:
        count = len(schema.names)
        verdict = between(count, self.min, self.max)
        return None if verdict.passed else str(count)
