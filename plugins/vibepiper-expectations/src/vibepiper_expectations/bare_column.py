"""A column of the data under check: its type, and SQL over it."""

from __future__ import annotations

import datetime
import struct
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
from sqlglot import exp

from vibepiper_expectations.failures import RowsWhere
from vibepiper_expectations.families import SCALARS, Family, Value, family_of
from vibepiper_expectations.templates import fill

__all__ = ["BareColumn", "double"]

_MAX_DIGITS = 38
"""What DuckDB's exact numbers hold; it compares longer literals wrongly, or refuses them."""
_FLOAT_FORMATS = {16: "e", 32: "f", 64: "d"}


@dataclass(frozen=True)
class BareColumn:
    """One column: its name, its Arrow type, and the dialect of the engine that holds it.

    Every condition over it is true on the rows that break a rule, and NULL (so not counted)
    where the column is null.
    """

    name: str
    type: pa.DataType
    dialect: str

    @property
    def family(self) -> Family:
        return family_of(self.type)

    @property
    def sql(self) -> exp.Expr:
        return exp.column(exp.to_identifier(self.name, quoted=True))

    @property
    def values(self) -> exp.Expr:
        """The column as comparable values: a dictionary (DuckDB's ENUM) as its text."""
        is_enum = pa.types.is_dictionary(self.type) and self.family == "string"
        return exp.cast(self.sql, "varchar") if is_enum else self.sql

    @property
    def is_scalar(self) -> bool:
        return self.family in SCALARS

    def is_null(self) -> exp.Expr:
        return self.sql.is_(exp.null())

    def rows(self, condition: exp.Expr) -> RowsWhere:
        """The rows on which a condition over the column is true."""
        return RowsWhere(condition, (self,))

    def where(self, template: str, **values: Value | exp.Expr) -> RowsWhere:
        """The rows on which a template is true, in which ``x`` is the column's value."""
        return self.rows(self.tree(template, **values))

    def tree(self, template: str, **values: Value | exp.Expr) -> exp.Expr:
        """A template over the column: ``x``. Values become literals of the column's type."""
        given = {name: self._given(value) for name, value in values.items()}
        return fill(template, {"x": self.values, **given})

    def literal(self, value: Value) -> exp.Expr:
        if isinstance(value, bool):
            return exp.Boolean(this=value)
        if isinstance(value, str):
            return exp.Literal.string(value)
        if isinstance(value, datetime.datetime):
            kind = "timestamp" if value.tzinfo is None else "timestamptz"
            moment = value if value.tzinfo is None else value.astimezone(datetime.UTC)
            return exp.cast(exp.Literal.string(moment.isoformat(" ")), kind)
        if isinstance(value, datetime.date):
            return exp.cast(exp.Literal.string(value.isoformat()), "date")
        if self.family == "float":
            return double(repr(self.as_stored(value)))
        digits = format(Decimal(str(value)), "f")
        if len(digits.strip("-").replace(".", "")) > _MAX_DIGITS:
            return double(repr(float(value)))
        return exp.Literal.number(digits)

    def as_stored(self, value: Value) -> float:
        """A bound as a column of floats would hold it, so that 0.1 in one of 32 bits equals 0.1."""
        assert isinstance(value, int | float | Decimal)
        code = _FLOAT_FORMATS[self.type.bit_width]
        try:
            return float(struct.unpack(code, struct.pack(code, float(value)))[0])
        except OverflowError:
            return float(value)

    def is_nan(self) -> exp.Expr:
        # NaN equals itself in DuckDB and in Postgres.
        return exp.EQ(this=self.sql, expression=double("NaN"))

    def _given(self, value: Value | exp.Expr) -> exp.Expr:
        return value if isinstance(value, exp.Expr) else self.literal(value)


def double(text: str) -> exp.Expr:
    return exp.cast(exp.Literal.string(text), "double")
