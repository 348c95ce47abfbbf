"""Columns as checks see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from vibepiper_expectations.families import Value
from vibepiper_expectations.measures import Measure
from vibepiper_expectations.scopes import Scope
from vibepiper_expectations.templates import fill
from vibepiper_expectations.text_predicates import TextPredicates
from vibepiper_expectations.value_predicates import ValuePredicates

if TYPE_CHECKING:
    from vibepiper_transform import Footers

__all__ = ["Column"]


@dataclass(frozen=True)
class Column(TextPredicates, ValuePredicates):
    """One column: predicates that are true on rows that break a rule, and measures of it all."""

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
        if self.dialect == "postgres":
            ordered = "PERCENTILE_CONT(:share) WITHIN GROUP (ORDER BY CAST(x AS DOUBLE))"
            return Measure((fill(ordered, names),))
        return self._quantile_by_rank(share)

    def _quantile_by_rank(self, share: float) -> Measure:
        """For engines without one: the values that stand next to its place, weighted."""
        rank = fill("ROW_NUMBER() OVER (PARTITION BY x IS NULL ORDER BY x)", {"x": self.sql})
        count = fill("COUNT(x) OVER ()", {"x": self.sql})
        share_tree = exp.Literal.number(repr(share))
        place = exp.paren(fill(":share * (n - 1) + 1", {"share": share_tree, "n": count}))
        weighted = fill(
            "SUM(CASE WHEN x IS NULL THEN NULL"
            " WHEN r = FLOOR(h) THEN x * (1 - (h - FLOOR(h)))"
            " WHEN r = FLOOR(h) + 1 THEN x * (h - FLOOR(h)) END)",
            {"x": exp.cast(self.sql, "double"), "r": rank, "h": place},
        )
        return Measure((weighted,), Scope.of(weighted))
