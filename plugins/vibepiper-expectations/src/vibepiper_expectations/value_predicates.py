"""What values of a column break a rule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from vibepiper_expectations.bare_column import BareColumn, double
from vibepiper_expectations.failures import Counted, RepeatedValues, RowsWhere
from vibepiper_expectations.families import Comparison, Value

if TYPE_CHECKING:
    from vibepiper_transform import Footers

__all__ = ["ValuePredicates"]

_COMPARISONS: dict[Comparison, type[exp.Binary]] = {
    "<": exp.LT,
    "<=": exp.LTE,
    "=": exp.EQ,
    "!=": exp.NEQ,
    ">=": exp.GTE,
    ">": exp.GT,
}


@dataclass(frozen=True)
class ValuePredicates(BareColumn):
    """Predicates on values of any kind, and on numbers."""

    def missing(self) -> RowsWhere:
        """Nulls; every row is examined."""

        def proof(footers: Footers) -> Counted | None:
            found = footers.columns.get(self.name)
            return None if found is None else Counted(footers.rows, found.nulls)

        return RowsWhere(self.is_null(), (self,), nulls=True, proof=proof)

    def present(self) -> RowsWhere:
        """Values that are not null; every row is examined."""

        def proof(footers: Footers) -> Counted | None:
            found = footers.columns.get(self.name)
            return None if found is None else Counted(footers.rows, footers.rows - found.nulls)

        return RowsWhere(exp.not_(self.is_null()), (self,), nulls=True, proof=proof)

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
            broken.append(self.is_nan())

        def proof(footers: Footers) -> Counted | None:
            return self._within(footers, low, high, strict_low=strict_low, strict_high=strict_high)

        return RowsWhere(exp.or_(*broken), (self,), proof=proof)

    def not_in(self, values: Collection[Value]) -> RowsWhere:
        return self.rows(exp.not_(self._is_in(values)))

    def among(self, values: Collection[Value]) -> RowsWhere:
        return self.rows(self._is_in(values))

    def not_finite(self) -> RowsWhere:
        """NaN and the infinities; no integer or decimal is one."""
        if self.family != "float":
            return self.rows(exp.and_(exp.not_(self.is_null()), exp.false()))
        odd = [double("Infinity"), double("-Infinity"), double("NaN")]
        return self.rows(exp.In(this=self.sql, expressions=odd))

    def beyond_deviations(self, threshold: float, *, double_sided: bool) -> RowsWhere:
        """Further from the mean than so many standard deviations."""
        away = "x - AVG(x) OVER ()"
        away = f"ABS({away})" if double_sided else away
        tree = self.tree(
            f"{away} > :threshold * STDDEV_SAMP(x) OVER ()", threshold=double(repr(threshold))
        )
        as_double = exp.cast(self.sql, "double")
        return self.rows(
            tree.transform(lambda node: as_double.copy() if node == self.sql else node)
        )

    def differs(self, comparison: Comparison, other: BareColumn) -> RowsWhere:
        """Where ``self comparison other`` does not hold, or either is NaN."""
        holds = _COMPARISONS[comparison](this=self.values, expression=other.values)
        nans = [column.is_nan() for column in (self, other) if column.family == "float"]
        both = [exp.not_(column.is_null()) for column in (self, other)]
        return RowsWhere(exp.and_(*both, exp.or_(exp.not_(holds), *nans)), (self, other))

    def repeated(self) -> RepeatedValues:
        return RepeatedValues((self,))

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
            low, high = (v if v is None else self.as_stored(v) for v in (low, high))
        above = low is None or (found.low > low if strict_low else found.low >= low)
        below = high is None or (found.high < high if strict_high else found.high <= high)
        return Counted(footers.rows - found.nulls, 0) if above and below else None

    def _is_in(self, values: Collection[Value]) -> exp.Expr:
        return exp.In(this=self.values, expressions=[self.literal(value) for value in values])

    def _against(self, comparison: Comparison, value: Value) -> exp.Expr:
        return _COMPARISONS[comparison](this=self.values, expression=self.literal(value))
