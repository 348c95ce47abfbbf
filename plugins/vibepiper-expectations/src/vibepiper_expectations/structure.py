"""Checks of the columns themselves: what there must be, and of which type.

They are settled by the data's schema, before any row is read.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

from vibepiper.errors import nearest

from vibepiper_expectations.expectation import Expectation

if TYPE_CHECKING:
    import pyarrow as pa

    from vibepiper_expectations.arrow_types import Declared

__all__ = ["ColumnHasType", "NoOtherColumns", "StructureExpectation"]


@dataclass(frozen=True)
class StructureExpectation(Expectation):
    """A check that the schema answers.

    With ``fail_fast``, the asset's checks end with the first that fails, whichever it is.
    """

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
