"""Filters tested where their rows come from, so that fewer move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlglot import exp

from vibepiper_transform.placement.predicates import (
    columns_of,
    conjuncts,
    is_safe,
    rejects_null,
    with_columns,
)
from vibepiper_transform.placement.scopes import Item, Scope, resolve
from vibepiper_transform.placement.tables import is_recursive
from vibepiper_transform.placement.uses import reads

__all__ = ["Filters"]

_JOINS = ("", "INNER", "CROSS", "LEFT", "RIGHT", "FULL", "OUTER")
_BARRIERS = ("limit", "offset", "qualify", "sample", "connect", "match", "windows")


class Filters:
    """``pushed`` are, by name of a source, conditions that its rows may be tested for before
    anything is made of them, without changing the result of ``tree``. A condition that is then
    sure to hold is taken out of the tree."""

    def __init__(self, tree: exp.Query, scope: Scope, targets: Iterable[str]) -> None:
        self._targets = set(targets)
        self._uses = reads(tree, scope)
        self.pushed: dict[str, list[exp.Expr]] = defaultdict(list)
        self._visit(tree, scope)

    def _visit(self, node: exp.Expr, scope: Scope) -> None:
        if isinstance(node, exp.Query):
            scope = scope.within(node)
        if isinstance(node, exp.Select) and not is_recursive(node):
            self._push_from(node, scope)
        for child in node.iter_expressions():
            self._visit(child, scope)

    def _push_from(self, select: exp.Select, scope: Scope) -> None:
        items = scope.items(select)
        if not all(_is_plain(item) for item in items):
            return
        where = select.args.get("where")
        for condition in list(conjuncts(where.this if where else None)):
            if self._test(condition, items, scope):
                _remove(condition, select)
        for number, item in enumerate(items):
            if item.join is not None:
                self._push_on(item, items, number, scope)

    def _push_on(self, item: Item, items: list[Item], number: int, scope: Scope) -> None:
        """What a join asks of its sides. Of one that keeps a side's rows, the other side's."""
        assert item.join is not None
        kept = {"": items[: number + 1], "LEFT": [item], "RIGHT": items[:number]}
        for condition in conjuncts(item.join.args.get("on")):
            of = _item_of(condition, items)
            if of is None or of not in kept.get(item.join.side, []):
                continue
            if not _is_nullable(of, items[:number]):
                self._test_item(of, condition, scope)

    def _test(self, condition: exp.Expr, items: list[Item], scope: Scope) -> bool:
        """Tests the rows of the one entry that the condition is about, and those of others of which
        it follows. Whether it then holds for every row of all of them."""
        for implied in self._implied(condition, items):
            self._test_one(implied, items, scope)
        return self._test_one(condition, items, scope)

    def _test_one(self, condition: exp.Expr, items: list[Item], scope: Scope) -> bool:
        item = _item_of(condition, items)
        if item is None:
            return False
        nullable = _is_nullable(item, items)
        if nullable and not (len(columns_of(condition)) == 1 and rejects_null(condition)):
            return False
        return self._test_item(item, condition, scope) and not nullable

    def _implied(self, condition: exp.Expr, items: list[Item]) -> list[exp.Expr]:
        """What must hold of the other side of joins by equality, for the rows that stay."""
        names = {column.sql() for column in columns_of(condition)}
        item = _item_of(condition, items)
        if item is None or len(names) != 1 or not rejects_null(condition):
            return []
        found = []
        for joined in items:
            for left, right in _equalities(joined, items):
                for one, two in ((left, right), (right, left)):
                    if one.sql() in names and _reaches(joined, item, resolve(two, items)):
                        found.append(_about(two, condition))
        return found

    def _test_item(self, item: Item, condition: exp.Expr, scope: Scope) -> bool:
        if item.has_column_aliases or item.node.args.get("sample"):
            return False
        if isinstance(item.node, exp.Subquery):
            return self._test_query(item.node.this, condition, scope)
        cte = scope.cte(item.node)
        if cte is None:
            return self._test_source(item.node, condition)
        if self._uses[id(cte)] > 1 or cte.alias_column_names:
            return False
        return self._test_query(cte.this, condition, scope.before(cte))

    def _test_source(self, table: exp.Expr, condition: exp.Expr) -> bool:
        if table.name not in self._targets or self._uses[table.name] > 1:
            return False
        if condition not in self.pushed[table.name]:
            self.pushed[table.name].append(condition.copy())
        return True

    def _test_query(self, query: exp.Expr, condition: exp.Expr, scope: Scope | None) -> bool:
        """Tests a condition about a query's columns within it."""
        if scope is None or any(query.args.get(name) for name in _BARRIERS):
            return False
        if is_recursive(query):
            return False
        scope = scope.within(query)
        if isinstance(query, exp.SetOperation):
            return self._test_branches(query, condition, scope)
        if not isinstance(query, exp.Select):
            return False
        items = scope.items(query)
        inner = _within(query, condition, items)
        if inner is None or not all(_is_plain(item) for item in items):
            return False
        return self._test(inner, items, scope)

    def _test_branches(self, query: exp.SetOperation, condition: exp.Expr, scope: Scope) -> bool:
        names = scope.outputs(query.this)
        others = scope.outputs(query.expression)
        if (
            query.args.get("by_name")
            or names is None
            or others is None
            or len(names) != len(others)
        ):
            return False
        by_name = dict(zip(map(str.lower, names), others, strict=True))
        if len(by_name) < len(names):
            return False
        other = with_columns(condition, lambda c: exp.column(by_name[c.name.lower()], quoted=True))
        left = self._test_query(query.this, condition, scope)
        right = other is not None and self._test_query(query.expression, other, scope)
        return left and right


def _is_plain(item: Item) -> bool:
    join = item.join
    if join is not None and (join.method or join.kind not in _JOINS or join.args.get("using")):
        return False
    plain = isinstance(item.node, (exp.Table, exp.Subquery)) and not item.node.args.get("pivots")
    return plain and not item.node.args.get("joins") and not item.node.args.get("laterals")


def _item_of(condition: exp.Expr, items: list[Item]) -> Item | None:
    """The one entry that a condition is about, if it may be tested anywhere."""
    if not is_safe(condition):
        return None
    found = {id(item): item for c in columns_of(condition) for item in [resolve(c, items)] if item}
    complete = all(resolve(c, items) is not None for c in columns_of(condition))
    return next(iter(found.values())) if len(found) == 1 and complete else None


def _is_nullable(item: Item, items: list[Item]) -> bool:
    """Whether a join may put nulls in the place of the entry's rows."""
    after = False
    for other in items:
        side = other.join.side if other.join is not None else ""
        if other is item:
            after = True
            if side in ("LEFT", "FULL"):
                return True
        elif after and side in ("RIGHT", "FULL"):
            return True
    return False


def _equalities(item: Item, items: list[Item]) -> list[tuple[exp.Column, exp.Column]]:
    """The pairs of columns that an entry is joined by."""
    if item.join is None or item.join.side not in ("", "LEFT"):
        return []
    found = []
    for condition in conjuncts(item.join.args.get("on")):
        if isinstance(condition, exp.EQ):
            left, right = condition.left, condition.right
            if isinstance(left, exp.Column) and isinstance(right, exp.Column):
                found.append((left, right))
    return found


def _about(other: exp.Column, condition: exp.Expr) -> exp.Expr:
    """A condition of one column as one of another."""

    def place(node: exp.Expr) -> exp.Expr:
        return other.copy() if isinstance(node, exp.Column) else node

    return condition.copy().transform(place)


def _reaches(joined: Item, of: Item, other: Item | None) -> bool:
    """Whether rows of ``other`` that break what is asked of ``of`` can be left out: in an inner
    join both ways, in one that keeps the left rows only towards the joined side."""
    if other is None or other is of or joined.join is None:
        return False
    if joined not in (of, other):
        return False
    return joined.join.side == "" or other is joined


def _within(select: exp.Select, condition: exp.Expr, items: list[Item]) -> exp.Expr | None:
    """A condition about the query's columns as one about what it reads; None where rows that
    break it may have a part in others."""
    outer = select.args.get("distinct")
    if (outer is not None and outer.args.get("on")) or _has(select, exp.Window):
        return None
    group = select.args.get("group")
    if group is None and _has(select, exp.AggFunc):
        return None
    if group is None and select.args.get("having"):
        return None
    if group is not None and any(v for k, v in group.args.items() if k != "expressions"):
        return None
    keys = list(group.expressions) if group is not None else None
    return with_columns(condition, lambda column: _behind(column, select, items, keys))


def _has(select: exp.Select, kind: type[exp.Expr]) -> bool:
    return any(chosen.find(kind) is not None for chosen in select.expressions)


def _behind(
    column: exp.Column, select: exp.Select, items: list[Item], keys: list[exp.Expr] | None
) -> exp.Column | None:
    """The column that a query's column is, unchanged."""
    found = _behind_name(column.name, select, items)
    if found is None or (keys is not None and found not in keys):
        return None
    return found


def _behind_name(name: str, select: exp.Select, items: list[Item]) -> exp.Column | None:
    named = [e for e in select.expressions if e.alias_or_name.lower() == name.lower()]
    if len(named) == 1:
        inner = named[0].unalias()
        plain = isinstance(inner, exp.Column) and not isinstance(inner.this, exp.Star)
        return inner if plain else None
    stars = [e for e in select.expressions if e.is_star]
    if (
        named
        or len(stars) != 1
        or any(stars[0].args.get(a) for a in ("except_", "replace", "rename"))
    ):
        return None
    table = stars[0].table if isinstance(stars[0], exp.Column) else ""
    column = exp.column(name, table or None, quoted=True)
    return column if resolve(column, items) is not None else None


def _remove(condition: exp.Expr, select: exp.Select) -> None:
    where = select.args["where"]
    rest = [each for each in conjuncts(where.this) if each is not condition]
    if rest:
        where.set("this", exp.and_(*rest, copy=False))
    else:
        select.set("where", None)
