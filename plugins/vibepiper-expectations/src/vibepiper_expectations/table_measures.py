"""What is measured of a whole table, and of a table beside another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import pyarrow as pa
from sqlglot import exp

from vibepiper_expectations.bare_column import BareColumn
from vibepiper_expectations.families import Value
from vibepiper_expectations.lookup import Lookup
from vibepiper_expectations.measures import Measure
from vibepiper_expectations.scopes import Scope
from vibepiper_expectations.templates import fill

__all__ = ["TableMeasures"]


class TableMeasures(Lookup):
    """Measures of all rows."""

    def measure(self, *templates: str, **names: exp.Expr) -> Measure:
        """Aggregates of the whole table."""
        return Measure(tuple(fill(template, names) for template in templates))

    def row_count(self) -> Measure:
        return replace(self.measure("COUNT(*)"), proof=lambda footers: (footers.rows,))

    def grouped(self, keys: Sequence[BareColumn], *templates: str, **names: exp.Expr) -> Measure:
        """Aggregates over the groups of equal keys, nulls aside; within one of their aggregates
        another is over the group's rows: ``MAX(COUNT(*))``."""
        where = exp.and_(*(exp.not_(key.is_null()) for key in keys))
        scope = Scope(groups=tuple(key.sql for key in keys), where=where)
        return Measure(tuple(fill(template, names) for template in templates), scope)

    def counts_of(self, column: BareColumn, values: Sequence[Value]) -> Measure:
        """How many rows have each of the values; and, at the end, how many have any."""
        each = [column.tree("COUNT_IF(x = :value)", value=value) for value in values]
        return Measure((*each, column.tree("COUNT(x)")))

    def most_common(self, column: BareColumn, values: Sequence[Value]) -> Measure:
        """How often the most common value occurs, and how often the most common of these."""
        own = exp.In(this=column.values, expressions=[column.literal(value) for value in values])
        return self.grouped(
            [column], "MAX(COUNT(*))", "MAX(CASE WHEN own THEN COUNT(*) END)", own=own
        )

    def rows_beside(self, asset: str) -> Measure:
        """The number of rows, and that of another asset."""
        name = self.reference_name(asset)
        others = exp.select(exp.Count(this=exp.Star())).from_(exp.to_table(name)).subquery()
        references = {name: self.reference(asset).relation}
        return Measure((exp.Count(this=exp.Star()), others), Scope(windows=name), references)

    def queried(self, query: exp.Query, assets: Sequence[str], *, rows: bool) -> Measure:
        """The one value of a user's query, or the number of its rows."""
        names = {name: self.reference_name(name) for name in assets}

        def build(table: exp.Table) -> exp.Query:
            placed = cast(
                "exp.Query", query.copy().transform(_place, {"this": table.name, **names})
            )
            if rows:
                count = exp.alias_(exp.Count(this=exp.Star()), "found")
                return exp.select(count).from_(placed.subquery("rows_found"))
            if isinstance(placed, exp.Select) and len(placed.expressions) == 1:
                placed.set("expressions", [exp.alias_(placed.expressions[0].unalias(), "found")])
            return placed

        references = {names[name]: self.reference(name).relation for name in assets}
        return Measure((), references=references, query=build)

    def differences(self, asset: str, columns: Sequence[BareColumn]) -> Measure:
        """How many rows are in one of the table and another asset and not in the other, each as
        often as it is."""
        name = self.reference_name(asset)
        shared = [column.sql for column in columns]

        def build(table: exp.Table) -> exp.Query:
            here = exp.select(*shared, exp.alias_(exp.Literal.number(1), "side")).from_(table)
            minus = exp.alias_(exp.Literal.number(-1), "side")
            there = exp.select(*shared, minus).from_(exp.to_table(name))
            both = here.union(there, distinct=False).subquery("sides")
            total = exp.Sum(this=exp.column("side"))
            net = exp.select(exp.alias_(total, "net")).from_(both).group_by(*shared)
            found = fill("CAST(COALESCE(SUM(ABS(net)), 0) AS BIGINT)", {})
            return exp.select(exp.alias_(found, "rows")).from_(net.subquery("nets"))

        references = {name: self.reference(asset).relation}
        return Measure((), references=references, query=build)

    def shares_beside(self, column: BareColumn, asset: str, other: str, check: str) -> Measure:
        """For each value: how often it occurs here, and in a column of another asset."""
        name, target = self.other_column(column, asset, other, check)

        def build(table: exp.Table) -> exp.Query:
            one, zero = exp.Literal.number(1), exp.Literal.number(0)
            here = exp.select(
                exp.alias_(column.values, "x"), exp.alias_(one, "here"), exp.alias_(zero, "there")
            ).from_(table)
            there = exp.select(
                exp.alias_(target.values, "x"),
                exp.alias_(zero.copy(), "here"),
                exp.alias_(one.copy(), "there"),
            ).from_(exp.to_table(name))
            both = here.union(there, distinct=False).subquery("sides")
            sums = [fill(f"CAST(SUM({side}) AS BIGINT)", {}) for side in ("here", "there")]
            known = exp.not_(exp.column("x").is_(exp.null()))
            return (
                exp.select(
                    exp.column("x"), exp.alias_(sums[0], "here"), exp.alias_(sums[1], "there")
                )
                .from_(both)
                .where(known)
                .group_by(exp.column("x"))
            )

        references = {name: self.reference(asset).relation}
        return Measure((), references=references, query=build, many=True)

    def correlation(self, left: BareColumn, right: BareColumn) -> Measure:
        """Pearson's, of the rows in which neither is null."""
        names = {"x": exp.cast(left.sql, "double"), "y": exp.cast(right.sql, "double")}
        if self.dialect in ("duckdb", "postgres"):
            return Measure((fill("CORR(x, y)", names),))
        both = "CASE WHEN x IS NULL OR y IS NULL THEN NULL ELSE {} END"
        n, x, y, xy, xx, yy = (
            f"SUM({both.format(term)})" for term in ("1", "x", "y", "x * y", "x * x", "y * y")
        )
        spread = f"({n} * {xx} - {x} * {x}) * ({n} * {yy} - {y} * {y})"
        return Measure((fill(f"({n} * {xy} - {x} * {y}) / NULLIF(SQRT({spread}), 0)", names),))

    def furthest_apart(self, column: BareColumn, asset: str, other: str, check: str) -> Measure:
        """How far the empirical distributions of a column here and of one of another asset are
        apart at most, and how many values each has."""
        sides = self.shares_beside(column, asset, other, check)
        assert sides.query is not None
        counts = sides.query

        def build(table: exp.Table) -> exp.Query:
            before = "OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
            parts = [
                fill(f"CAST(SUM({side}) {over} AS DOUBLE) / NULLIF(SUM({side}) OVER (), 0)", {})
                for side, over in (("here", before), ("there", before))
            ]
            totals = [fill(f"SUM({side}) OVER ()", {}) for side in ("here", "there")]
            grown = exp.select(
                exp.alias_(exp.Abs(this=exp.Sub(this=parts[0], expression=parts[1])), "apart"),
                exp.alias_(totals[0], "here"),
                exp.alias_(totals[1], "there"),
            ).from_(counts(table).subquery("counts"))
            most = [exp.alias_(exp.Max(this=exp.column(n)), n) for n in ("apart", "here", "there")]
            return exp.select(*most).from_(grown.subquery("grown"))

        return replace(sides, query=build)

    def called(
        self, columns: Sequence[BareColumn], function: Callable[[pa.RecordBatchReader], object]
    ) -> Measure:
        """What a user's function returns for the columns, all of them unless they are named."""
        return Measure((), function=function, columns=tuple(column.name for column in columns))


def _place(node: exp.Expr, names: Mapping[str, str]) -> exp.Expr:
    if isinstance(node, exp.Table) and not node.db and node.name in names:
        table = exp.Table(this=exp.to_identifier(names[node.name], quoted=True))
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name))
        table.set("alias", alias.copy())
        return table
    return node
