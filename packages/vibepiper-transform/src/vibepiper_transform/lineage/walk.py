"""Follows a query from its sources to its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlglot import exp

from vibepiper_transform.lineage.dependencies import (
    NOTHING,
    Dependencies,
    Output,
    as_rows,
    merged,
)
from vibepiper_transform.lineage.expressions import Values
from vibepiper_transform.lineage.scope import Scope
from vibepiper_transform.lineage.tables import Tables

__all__ = ["column_dependencies"]

_ROUNDS = 20
"""How often the recursive part of a CTE is followed at most; each round finds more or ends it."""


def column_dependencies(
    query: exp.Query,
    sources: Mapping[str, Sequence[str] | Output],
    on_use: Callable[[exp.Expr, Dependencies], None] = lambda node, found: None,
) -> Output:
    """What each column of a query depends on, and what decides its rows.

    ``sources`` has the columns of each source by the name that the query knows it by, or what
    those depend on in turn; ``on_use`` is told every column that an expression names, with what
    it depends on. What cannot be found depends on ``UNKNOWN``.

    Each common table expression is followed once, however often it is read.
    """
    return _Walk(sources, on_use).query(query, Scope({}))


class _Walk:
    def __init__(
        self,
        sources: Mapping[str, Sequence[str] | Output],
        on_use: Callable[[exp.Expr, Dependencies], None],
    ) -> None:
        self._values = Values(self.query, on_use)
        self._tables = Tables(sources, self.query, self._values.of)

    def query(self, node: exp.Expr, outer: Scope) -> Output:
        scope = Scope({}, outer)
        if (with_ := node.args.get("with_")) is not None:
            self._ctes(with_, scope)
        if isinstance(node, exp.SetOperation):
            return self._limited(node, self._combined(node, scope), scope)
        if isinstance(node, exp.Subquery):
            return self._limited(node, self.query(node.this, scope), scope)
        if isinstance(node, exp.Select):
            return self._select(node, scope)
        rows = self._tables.bring([node], (), scope)
        return Output(dict(scope.shown()), rows, NOTHING if scope.is_open() else None)

    def _ctes(self, with_: exp.With, scope: Scope) -> None:
        for cte in with_.expressions:
            if with_.recursive and isinstance(cte.this, exp.SetOperation):
                found = self._recursive(cte, scope)
            else:
                found = _named(cte, self.query(cte.this, scope))
            scope.ctes[cte.alias.lower()] = found

    def _recursive(self, cte: exp.CTE, scope: Scope) -> Output:
        """Its first part, then the second over what was found, until that finds no more."""
        found = _named(cte, self.query(cte.this.left, scope))
        for _ in range(_ROUNDS):
            scope.ctes[cte.alias.lower()] = found
            more = _named(cte, self.query(cte.this, scope))
            if more == found:
                break
            found = more
        return found

    def _combined(self, node: exp.SetOperation, scope: Scope) -> Output:
        left, right = self.query(node.left, scope), self.query(node.right, scope)
        rows = left.rows | right.rows
        if not isinstance(node, exp.Union):
            # Whether a row stays depends on all of it.
            return Output(left.columns, rows | as_rows(left.all() | right.all(), "filter"))
        if node.args.get("by_name"):
            names = dict.fromkeys(
                [*left.columns, *(n for n in right.columns if left.find(n) is None)]
            )
            columns = {n: (left.find(n) or NOTHING) | (right.find(n) or NOTHING) for n in names}
            return Output(columns, rows, left.open or right.open)
        others = list(right.columns.values())
        columns = {
            name: found | (others[place] if place < len(others) else NOTHING)
            for place, (name, found) in enumerate(left.columns.items())
        }
        return Output(columns, rows, left.open)

    def _limited(self, node: exp.Expr, found: Output, scope: Scope) -> Output:
        """ORDER BY and LIMIT of what is no SELECT."""
        inner = Scope(scope.ctes, scope.outer)
        inner.add("", found)
        return Output(found.columns, found.rows | self._first_rows(node, inner), found.open)

    def _select(self, node: exp.Select, scope: Scope) -> Output:
        from_ = node.args.get("from_")
        tables = [] if from_ is None else [from_.this]
        joins = [*(node.args.get("joins") or ())]
        joins += (exp.Join(this=each) for each in node.args.get("laterals") or ())
        rows = self._tables.bring(tables, joins, scope)
        scope.aliases = {
            e.alias.lower(): e.this for e in node.expressions if isinstance(e, exp.Alias)
        }
        scope.windows = {w.name.lower(): w for w in node.args.get("windows") or ()}
        columns: dict[str, Dependencies] = {}
        is_open = False
        for each in node.expressions:
            for name, found in self._outputs(each, scope):
                columns[_free(name, columns)] = found
            is_open = is_open or (_is_star(each) and scope.is_open(_star_table(each)))
        rows |= self._chosen(node, scope) | self._grouped(node, scope)
        return Output(columns, rows, NOTHING if is_open else None)

    def _outputs(self, node: exp.Expr, scope: Scope) -> Iterator[tuple[str, Dependencies]]:
        if not _is_star(node):
            yield node.alias_or_name or node.sql("duckdb"), self._values.of(node, scope)
            return
        star = node if isinstance(node, exp.Star) else node.this
        left_out = {each.name.lower() for each in star.args.get("except_") or ()}
        replaced = {each.alias.lower(): each.this for each in star.args.get("replace") or ()}
        named = {each.this.name.lower(): each.alias for each in star.args.get("rename") or ()}
        for name, found in scope.shown(_star_table(node)):
            key = name.lower()
            if key in replaced:
                yield name, self._values.of(replaced[key], scope)
            elif key not in left_out:
                yield named.get(key, name), found

    def _chosen(self, node: exp.Select, scope: Scope) -> Dependencies:
        """What WHERE, HAVING, QUALIFY and DISTINCT ON choose rows by."""
        clauses = [node.args.get(name) for name in ("where", "having", "qualify")]
        found = merged(self._values.of(each.this, scope) for each in clauses if each is not None)
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            found |= self._values.of(distinct.args["on"], scope) | self._ordered(node, scope)
        return as_rows(found, "filter") | self._first_rows(node, scope)

    def _first_rows(self, node: exp.Expr, scope: Scope) -> Dependencies:
        """With a LIMIT, an ORDER BY chooses rows."""
        if not any(node.args.get(name) for name in ("limit", "offset", "fetch")):
            return NOTHING
        return as_rows(self._ordered(node, scope), "filter")

    def _ordered(self, node: exp.Expr, scope: Scope) -> Dependencies:
        order = node.args.get("order")
        terms = [] if order is None else [each.this for each in order.expressions]
        return merged(self._values.of(_at(term, node), scope) for term in terms)

    def _grouped(self, node: exp.Select, scope: Scope) -> Dependencies:
        group = node.args.get("group")
        if group is None:
            return NOTHING
        keys = [_at(each, node) for each in group.expressions]
        for name in ("rollup", "cube", "grouping_sets"):
            for each in group.args.get(name) or ():
                keys += getattr(each, "expressions", ())
        if group.args.get("all"):
            keys += [each for each in node.expressions if not each.find(exp.AggFunc)]
        return as_rows(merged(self._values.of(each, scope) for each in keys), "group_key")


def _at(term: exp.Expr, node: exp.Expr) -> exp.Expr:
    """A number in GROUP BY or ORDER BY is that column of the result."""
    if term.is_int and isinstance(node, exp.Select):
        place = int(term.name)
        if 0 < place <= len(node.expressions):
            found: exp.Expr = node.expressions[place - 1]
            return found
    return term


def _named(cte: exp.CTE, found: Output) -> Output:
    """With the names that ``WITH t(a, b) AS`` gives."""
    names = [each.name for each in cte.args["alias"].columns]
    if not names:
        return found
    columns = dict(zip(names, found.columns.values(), strict=False))
    columns |= dict(list(found.columns.items())[len(names) :])
    return Output(columns, found.rows, found.open)


def _free(name: str, taken: Mapping[str, Dependencies]) -> str:
    """DuckDB gives the second of two columns of one name another."""
    if name not in taken:
        return name
    number = 1
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (
        isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
    )


def _star_table(node: exp.Expr) -> str | None:
    return node.table if isinstance(node, exp.Column) else None
