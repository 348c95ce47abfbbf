"""EXISTS as IN, for engines that would look for each row anew."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from vibepiper_transform.dialects.trees import quoted, results_of
from vibepiper_transform.dialects.typing import own_nodes

__all__ = ["exists_as_in", "windows_before_in"]

_MORE = ("group", "having", "limit", "offset", "qualify", "distinct", "with_")


def exists_as_in(node: exp.Expr) -> exp.Expr:
    """``EXISTS (SELECT .. FROM r WHERE l.a = r.b AND ..)`` as ``l.a IN (SELECT r.b FROM r ..)``,
    where nothing but equalities, and at most one ``<>``, ties it to the query around. What EXISTS
    denies is false, where IN may be null: that is mended where it matters."""
    sought = _sought(node.this)
    if sought is None:
        return node
    made = sought.found() if sought.other is None else sought.found_another(sought.other)
    return made if _filters(node) else exp.Coalesce(this=made, expressions=[exp.false()])


def windows_before_in(node: exp.Expr) -> exp.Expr:
    """``x IN (SELECT lead(..) OVER ..)`` as one of a query in a FROM: MariaDB looks for ``x`` among
    the rows before it computes their windows, and takes no LIMIT there."""
    sought = node.args.get("query")
    if sought is None or not any(map(_is_of_all_rows, results_of(sought))):
        return node
    inner = sought.unnest()
    names = [exp.column(name, quoted=True) for name in inner.named_selects]
    made = exp.select(*names).from_(inner.copy().subquery(quoted("vp_sought"), copy=False))
    return exp.In(this=node.this.copy(), query=made.subquery(copy=False))


def _is_of_all_rows(select: exp.Select) -> bool:
    if select.args.get("limit") or select.args.get("offset"):
        return True
    return any(isinstance(node, exp.Window) for node in own_nodes(select))


@dataclass(frozen=True)
class _Sought:
    """Rows of ``source`` for which ``rest`` holds, whose inner sides equal the outer ones of
    ``keys``, and differ in ``other``. Each pair is of an outer and an inner side."""

    source: exp.Select
    keys: list[tuple[exp.Expr, exp.Expr]]
    other: tuple[exp.Expr, exp.Expr] | None
    rest: list[exp.Expr]

    def found(self) -> exp.Expr:
        return self._in(self.keys)

    def found_another(self, other: tuple[exp.Expr, exp.Expr]) -> exp.Expr:
        """Rows of the key have two values, or they have one, and it is not the outer one."""
        outer, inner = other
        several = exp.NEQ(this=exp.Min(this=inner.copy()), expression=exp.Max(this=inner.copy()))
        many = self._in(self.keys, inner, several)
        none_same = exp.and_(
            exp.Not(this=exp.Is(this=outer.copy(), expression=exp.Null())),
            self._in(self.keys, inner),
            exp.Not(this=self._in([*self.keys, other])),
        )
        known = exp.Not(this=exp.Is(this=outer.copy(), expression=exp.Null()))
        return exp.paren(exp.or_(exp.and_(known, many), none_same), copy=False)

    def _in(
        self,
        pairs: list[tuple[exp.Expr, exp.Expr]],
        present: exp.Expr | None = None,
        having: exp.Expr | None = None,
    ) -> exp.Expr:
        inner = [two for _, two in pairs]
        found = exp.select(*(two.copy() for two in inner))
        for clause in ("from_", "joins"):
            value = self.source.args.get(clause)
            copied = (
                [e.copy() for e in value] if isinstance(value, list) else value and value.copy()
            )
            found.set(clause, copied)
        filled = [*inner, *([] if present is None else [present])]
        nulls = [exp.Not(this=exp.Is(this=e.copy(), expression=exp.Null())) for e in filled]
        found = found.where(*(term.copy() for term in self.rest), *nulls)
        if having is not None:
            found = found.group_by(*(two.copy() for two in inner)).having(having)
        outer = [one.copy() for one, _ in pairs]
        sought = outer[0] if len(outer) == 1 else exp.Tuple(expressions=outer)
        return exp.In(this=sought, query=exp.Subquery(this=found))


def _sought(select: exp.Expr) -> _Sought | None:
    if not isinstance(select, exp.Select) or select.args.get("from_") is None:
        return None
    if any(select.args.get(clause) for clause in _MORE):
        return None
    inner = {source.alias_or_name for source in _sources(select)}
    terms = _terms(select.args.get("where"))
    keys = {id(t): pair for t in terms if (pair := _tie(t, inner, exp.EQ))}
    others = {id(t): pair for t in terms if (pair := _tie(t, inner, exp.NEQ))}
    rest = [t for t in terms if id(t) not in keys and id(t) not in others]
    inside = all(_within(e, inner) for e in (*rest, *_conditions(select)))
    if not keys or len(others) > 1 or not inside:
        return None
    return _Sought(select, list(keys.values()), next(iter(others.values()), None), rest)


def _sources(select: exp.Select) -> list[exp.Expr]:
    return [select.args["from_"].this, *(join.this for join in select.args.get("joins") or [])]


def _conditions(select: exp.Select) -> list[exp.Expr]:
    return [join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on")]


def _terms(where: exp.Where | None) -> list[exp.Expr]:
    if where is None:
        return []
    whole = where.this.unnest()
    return [t.unnest() for t in whole.flatten()] if isinstance(whole, exp.And) else [whole]


def _tie(
    term: exp.Expr, inner: set[str], kind: type[exp.Binary]
) -> tuple[exp.Expr, exp.Expr] | None:
    """The outer and the inner side of a comparison."""
    if not isinstance(term, kind):
        return None
    for one, two in ((term.this, term.expression), (term.expression, term.this)):
        if _within(two, inner) and _tables(two) and _tables(one) and not _tables(one) & inner:
            return one, two
    return None


def _within(tree: exp.Expr, inner: set[str]) -> bool:
    return _tables(tree) <= inner and tree.find(exp.Query) is None


def _tables(tree: exp.Expr) -> set[str]:
    return {column.table for column in tree.find_all(exp.Column)}


def _filters(node: exp.Expr) -> bool:
    """Whether only its being true matters."""
    parent = node.parent
    while isinstance(parent, exp.And | exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.Where)
