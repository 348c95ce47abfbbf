"""The columns of the data under check, and SQL over them, as sqlglot trees.

Every predicate is true on the rows that break a rule, and NULL (so not counted) where the
column is null.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.checks import CheckContext
from vibepiper.errors import DataError, suggest
from vibepiper_transform import Relation, from_arrow, read_footers

from vibepiper_expectations.failures import Counted, RepeatedValues, RowsWhere
from vibepiper_expectations.families import NUMBERS, SCALARS, Comparison, Family, Value, family_of
from vibepiper_expectations.measures import Measure
from vibepiper_expectations.patterns import to_postgres
from vibepiper_expectations.templates import fill, parse_condition

if TYPE_CHECKING:
    from vibepiper_transform import Footers

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

        def proof(footers: Footers) -> Counted | None:
            found = footers.columns.get(self.name)
            return None if found is None else Counted(footers.rows, found.nulls)

        return RowsWhere(self.is_null(), (self,), nulls=True, proof=proof)

    def where(self, template: str, **values: Value | exp.Expr) -> RowsWhere:
        """The rows on which a template is true, in which ``x`` is the column's value."""
        return RowsWhere(self.tree(template, **values), (self,))

    def tree(self, template: str, **values: Value | exp.Expr) -> exp.Expr:
        """A template over the column: ``x``. Values become literals of the column's type."""
        given = {name: self._given(value) for name, value in values.items()}
        return fill(template, {"x": self.values, **given})

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

        def proof(footers: Footers) -> Counted | None:
            return self._within(footers, low, high, strict_low=strict_low, strict_high=strict_high)

        return RowsWhere(exp.or_(*broken), (self,), proof=proof)

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
        return RepeatedValues((self,))

    def measure(self, *templates: str, **values: Value | exp.Expr) -> Measure:
        """Aggregates of the whole column: ``SUM(x)``."""
        return Measure(tuple(self.tree(template, **values) for template in templates))

    def null_share(self) -> Measure:
        """The share of nulls, which the footers tell too."""

        def proof(footers: Footers) -> tuple[object, ...] | None:
            known = footers.columns.get(self.name)
            return (known.nulls / footers.rows,) if known is not None and footers.rows else None

        tree = self.tree("CAST(COUNT(*) - COUNT(x) AS DOUBLE) / NULLIF(COUNT(*), 0)")
        return Measure((tree,), proof=proof)

    def extreme(self, template: str) -> Measure:
        """``MIN(x)`` or ``MAX(x)``, which the footers tell where they are exact."""

        def proof(footers: Footers) -> tuple[object, ...] | None:
            known = footers.columns.get(self.name)
            if known is None or not known.exact or known.low is None:
                return None
            if self.family == "float" and known.nans != 0:
                return None
            return (known.low if template.startswith("MIN") else known.high,)

        return Measure((self.tree(template),), proof=proof)

    def quantile(self, share: float, *, approximate: bool = False) -> Measure:
        """The quantile, interpolated."""
        names = {"x": self.sql, "share": exp.Literal.number(repr(share))}
        if approximate and self.dialect == "duckdb":
            return Measure((fill("APPROX_QUANTILE(CAST(x AS DOUBLE), :share)", names),))
        if self.dialect == "duckdb":
            return Measure((fill("QUANTILE_CONT(CAST(x AS DOUBLE), :share)", names),))
        ordered = "PERCENTILE_CONT(:share) WITHIN GROUP (ORDER BY CAST(x AS DOUBLE))"
        return Measure((fill(ordered, names),))

    def _within(
        self,
        footers: Footers,
        low: Value | None,
        high: Value | None,
        *,
        strict_low: bool,
        strict_high: bool,
    ) -> Counted | None:
        """No failure, where the footers' bounds lie within these; they tell no number of others."""
        found = footers.columns.get(self.name)
        if found is None or found.low is None or (self.family == "float" and found.nans != 0):
            return None
        if self.family == "float":
            low, high = (v if v is None else _as_stored(v, self.type) for v in (low, high))
        above = low is None or (found.low > low if strict_low else found.low >= low)
        below = high is None or (found.high < high if strict_high else found.high <= high)
        return Counted(footers.rows - found.nulls, 0) if above and below else None

    def _given(self, value: Value | exp.Expr) -> exp.Expr:
        return value if isinstance(value, exp.Expr) else self._literal(value)

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

    def __init__(self, context: CheckContext, relation: Relation) -> None:
        self.asset = context.asset
        self.schema = relation.schema
        self.relation = relation
        self._context = context
        self._dialect = relation.backend.dialect
        self.key = tuple(self._find(name, "the asset's key") for name in context.key)

    @cached_property
    def footers(self) -> Footers | None:
        """What the data's files tell of it unread."""
        return read_footers(self.relation)

    def several(
        self, names: Sequence[str], families: Collection[Family], check: str
    ) -> tuple[Column, ...]:
        return tuple(self.get(name, families, check) for name in names)

    def never_null(self, column: Column) -> bool:
        """Whether it is known, without a look, that there are no nulls."""
        known = None if self.footers is None else self.footers.columns.get(column.name)
        return known is not None and known.nulls == 0

    def previous(
        self, column: Column, group_by: Sequence[Column], order_by: Sequence[Column], check: str
    ) -> exp.Expr:
        """The last value of ``column`` that is not null in the rows before: of its group, in the
        order given, else in the order in which the data is stored, which a database has not."""
        self.require_order(order_by, check)
        order = [exp.Ordered(this=c.sql, desc=False, nulls_first=False) for c in order_by]
        partition = [c.sql for c in group_by]
        last: exp.Expr = exp.Lag(this=column.sql)
        if not self.never_null(column):
            if order:
                partition.append(exp.paren(column.is_null()))
            else:
                last = exp.IgnoreNulls(this=last)
        return exp.Window(
            this=last,
            partition_by=partition or None,
            order=exp.Order(expressions=order) if order else None,
        )

    def require_order(self, order_by: Sequence[Column], check: str) -> None:
        if not order_by and self.dialect != "duckdb":
            raise DataError(
                f"asset '{self.asset}': {check} compares each row with the one before, and rows "
                f"of a {self.dialect} table have no order of their own",
                hint='Say which: order_by="created_at".',
            )

    @property
    def dialect(self) -> str:
        """That of the engine which holds the data, as sqlglot calls it."""
        return self._dialect

    def reference(self, name: str) -> Columns:
        """The columns of another asset's published data."""
        data = self._context.read(name)
        return Columns(
            CheckContext(name, (), self._context.read),
            data if isinstance(data, Relation) else from_arrow(data),
        )

    def measure(self, *templates: str, **names: exp.Expr) -> Measure:
        """Aggregates of the whole table."""
        return Measure(tuple(fill(template, names) for template in templates))

    def repeated(self, columns: tuple[Column, ...]) -> RepeatedValues:
        return RepeatedValues(columns)

    def absent_from(self, column: Column, asset: str, other: str, check: str) -> RowsWhere:
        """The rows whose value is nowhere in a column of another asset."""
        reference = self.reference(asset)
        target = reference.get(other, SCALARS, check)
        self.check_comparable(column, target, check)
        name = f"reference_{asset.replace('/', '_')}"
        values = exp.select(target.values).from_(exp.to_table(name))
        values = values.where(exp.not_(target.is_null()))
        found = exp.In(this=column.values, query=values.subquery())
        return RowsWhere(
            exp.and_(exp.not_(column.is_null()), exp.not_(found)),
            (column,),
            references={name: reference.relation},
            apart="" if self.dialect == "duckdb" else name,
        )

    def check_comparable(self, one: Column, two: Column, check: str) -> None:
        """Refuses columns that some engines would cast to each other and some would not."""
        if one.family != two.family and not NUMBERS.issuperset((one.family, two.family)):
            raise DataError(
                f"asset '{self.asset}': {check} cannot compare "
                f"{one.type} ('{one.name}') with {two.type} ('{two.name}')"
            )

    def row_count(self) -> Measure:
        return replace(self.measure("COUNT(*)"), proof=lambda footers: (footers.rows,))

    def condition(self, when: object, check: str) -> exp.Expr:
        """A condition on the data's columns, in SQL or as an expression."""
        tree = parse_condition(when) if isinstance(when, str) else cast("Any", when).tree.copy()
        for column in list(tree.find_all(exp.Column)):
            found = self._find(column.name, check)
            column.replace(found.sql) if column is not tree else None
        return tree

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
