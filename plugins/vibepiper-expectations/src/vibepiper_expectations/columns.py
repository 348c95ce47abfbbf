"""The columns of the data under check, and SQL over them, as sqlglot trees.

Every predicate is true on the rows that break a rule, and NULL (so not counted) where the
column is null.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DataError, suggest

from vibepiper_expectations.failures import RepeatedValues, RowsWhere, count_rows
from vibepiper_expectations.families import NUMBERS, SCALARS, Comparison, Family, Value, family_of
from vibepiper_expectations.patterns import to_postgres

__all__ = ["Column", "Columns"]

_COMPARISONS: dict[Comparison, type[exp.Binary]] = {
    "<": exp.LT,
    "<=": exp.LTE,
    "=": exp.EQ,
    "!=": exp.NEQ,
    ">=": exp.GTE,
    ">": exp.GT,
}
_MAX_DIGITS = 38
"""What DuckDB's exact numbers hold; it compares longer literals wrongly, or refuses them."""
_FLOAT_FORMATS = {16: "e", 32: "f", 64: "d"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its Arrow type, and predicates over it in one SQL dialect."""

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

    def missing(self) -> RowsWhere:
        """Nulls; every row is examined."""
        return RowsWhere(self.is_null(), (self,), nulls=True)

    def outside(
        self, low: Value | None, high: Value | None, *, strict_low: bool, strict_high: bool
    ) -> RowsWhere:
        """Beyond a bound; NaN is beyond any."""
        broken: list[exp.Expr] = []
        if low is not None:
            broken.append(self._against("<=" if strict_low else "<", low))
        if high is not None:
            broken.append(self._against(">=" if strict_high else ">", high))
        elif self.family == "float":
            broken.append(self._is_nan())
        return RowsWhere(exp.or_(*broken), (self,))

    def not_in(self, values: Collection[Value]) -> RowsWhere:
        members = [self._literal(value) for value in values]
        return RowsWhere(exp.not_(exp.In(this=self.values, expressions=members)), (self,))

    def not_matching(self, pattern: str) -> RowsWhere:
        """Where the pattern is found nowhere in the text."""
        if self.dialect == "postgres":
            text, flag = to_postgres(pattern), None
        else:
            text, flag = pattern, exp.Literal.string("s")
        found = exp.RegexpLike(this=self.values, expression=exp.Literal.string(text), flag=flag)
        return RowsWhere(exp.not_(found), (self,))

    def length_outside(self, low: int | None, high: int | None) -> RowsWhere:
        """Fewer characters (Unicode code points) than ``low`` or more than ``high``."""
        length = exp.Length(this=self.values)
        broken: list[exp.Expr] = []
        if low is not None:
            broken.append(exp.LT(this=length, expression=exp.Literal.number(low)))
        if high is not None:
            broken.append(exp.GT(this=length.copy(), expression=exp.Literal.number(high)))
        return RowsWhere(exp.or_(*broken), (self,))

    def differs(self, comparison: Comparison, other: Column) -> RowsWhere:
        """Where ``self comparison other`` does not hold, or either is NaN."""
        holds = _COMPARISONS[comparison](this=self.values, expression=other.values)
        nans = [column._is_nan() for column in (self, other) if column.family == "float"]
        both = [exp.not_(column.is_null()) for column in (self, other)]
        return RowsWhere(exp.and_(*both, exp.or_(exp.not_(holds), *nans)), (self, other))

    def repeated(self) -> RepeatedValues:
        return RepeatedValues(self)

    def mean(self) -> exp.Expr:
        return exp.cast(exp.Avg(this=self.sql), "double")

    def _is_nan(self) -> exp.Expr:
        # NaN equals itself in DuckDB and in Postgres.
        return exp.EQ(this=self.sql, expression=_double("NaN"))

    def _against(self, comparison: Comparison, value: Value) -> exp.Expr:
        return _COMPARISONS[comparison](this=self.values, expression=self._literal(value))

    def _literal(self, value: Value) -> exp.Expr:
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
            return _double(repr(_as_stored(value, self.type)))
        digits = format(Decimal(str(value)), "f")
        if len(digits.strip("-").replace(".", "")) > _MAX_DIGITS:
            return _double(repr(float(value)))
        return exp.Literal.number(digits)


class Columns:
    """The columns of one asset's data, by name, and which of them identify a row.

    Raises `DataError` for a name that is no column, key columns included.
    """

    def __init__(self, asset: str, schema: pa.Schema, dialect: str, key: Sequence[str]) -> None:
        self.asset = asset
        self.schema = schema
        self._dialect = dialect
        self.key = tuple(self._find(name, "the asset's key") for name in key)

    def count(self) -> exp.Expr:
        return count_rows()

    def get(self, name: str, families: Collection[Family], check: str) -> Column:
        """The column ``name``, which must be of one of ``families`` for ``check``."""
        column = self._find(name, check)
        if column.family not in families:
            raise DataError(
                f"asset '{self.asset}': {check} needs {_either(families)}; "
                f"column '{name}' is {column.type}"
            )
        return column

    def identity(self, besides: Sequence[Column], *, first: int = 4) -> tuple[Column, ...]:
        """The columns that say which row it is: the key's, else the row's first ones."""
        if self.key:
            return self.key
        shown = {column.name for column in besides}
        others = (Column(field.name, field.type, self._dialect) for field in self.schema)
        usable = [c for c in others if c.name not in shown and c.family in SCALARS]
        return tuple(usable[:first])

    def _find(self, name: str, wanted_by: str) -> Column:
        if name not in self.schema.names:
            raise DataError(
                f"asset '{self.asset}': {wanted_by} names column '{name}', which the data lacks",
                hint=suggest(name, self.schema.names),
            )
        return Column(name, self.schema.field(name).type, self._dialect)


def _double(text: str) -> exp.Expr:
    return exp.cast(exp.Literal.string(text), "double")


def _as_stored(value: Value, kind: pa.DataType) -> float:
    """A bound as the column would hold it, so that 0.1 in a 32-bit column equals 0.1."""
    assert isinstance(value, int | float | Decimal)
    code = _FLOAT_FORMATS[kind.bit_width]
    try:
        return float(struct.unpack(code, struct.pack(code, float(value)))[0])
    except OverflowError:
        return float(value)


def _either(families: Collection[Family]) -> str:
    if frozenset(families) == NUMBERS:
        return "a column of numbers"
    return f"a column of type {' or '.join(sorted(families))}"
