"""The first entries of a FROM clause made into one, so that a database can join them itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from vibepiper_transform.placement.predicates import columns_of, conjuncts, is_safe
from vibepiper_transform.placement.scopes import Item, resolve

__all__ = ["fold", "foldable"]

_INNER = ("", "INNER", "CROSS")


def foldable(select: exp.Select, items: Sequence[Item]) -> int:
    """How many of the first entries are joined among themselves, so that they can be one: all of
    the joins keep their left side, and each has a condition that ties it to those before."""
    if select.args.get("laterals") or not all(map(_is_plain, items)):
        return 0
    ties = list(_ties(select))
    for number, item in enumerate(items):
        if item.join is None:
            continue
        is_left = item.join.side == "LEFT" and item.join.args.get("on")
        is_inner = not item.join.side and item.join.kind in _INNER
        if not (is_left or (is_inner and _is_tied(item, items[:number], ties, items))):
            return number
    return len(items)


def fold(select: exp.Select, items: Sequence[Item], count: int, name: str) -> bool:
    """Makes the first ``count`` entries one subquery, which gives the columns that the rest reads.
    False, and nothing is changed, where it is not certain which these are."""
    inside, outside = items[:count], items[count:]
    if any(item.join is not None and item.join.side in ("RIGHT", "FULL") for item in outside):
        return False
    if not _is_certain(select, inside, items):
        return False
    _expand_stars(select, items)
    moved = [each for each in _where(select) if _is_of(each, inside, items)]
    below = exp.select().from_(inside[0].node.copy())
    below.set("joins", [item.join.copy() for item in inside if item.join is not None])
    if moved:
        below = below.where(*(each.copy() for each in moved), copy=False)
        _keep_where(select, [each for each in _where(select) if each not in moved])
    select.args["from_"].set("this", exp.Subquery(this=below, alias=_alias(name)))
    select.set("joins", [item.join for item in outside])
    _name_outputs(select)
    read = _renamed(select, inside, items, name)
    chosen = read or {(inside[0].alias, (inside[0].columns or ("",))[0]): None}
    below.set("expressions", [_output(*key) for key in chosen])
    return True


def _is_plain(item: Item) -> bool:
    join, node = item.join, item.node
    if join is not None and (join.method or join.args.get("using")):
        return False
    odd = any(node.args.get(name) for name in ("joins", "laterals", "pivots"))
    is_one = isinstance(node, (exp.Table, exp.Subquery)) and not odd
    return is_one and item.columns is not None and not item.has_column_aliases


def _where(select: exp.Select) -> list[exp.Expr]:
    where = select.args.get("where")
    return list(conjuncts(where.this)) if where is not None else []


def _ties(select: exp.Select) -> Iterator[exp.Expr]:
    """The conditions by which entries may be tied to each other."""
    yield from _where(select)
    for join in select.args.get("joins") or ():
        yield from conjuncts(join.args.get("on"))


def _is_tied(
    item: Item, before: Sequence[Item], ties: Iterable[exp.Expr], items: Sequence[Item]
) -> bool:
    """Whether an equality ties it to an entry before: without, all rows would meet all."""
    for tie in ties:
        if isinstance(tie, exp.EQ) and is_safe(tie):
            of = [resolve(column, items) for column in columns_of(tie)]
            if item in of and any(each in before for each in of):
                return True
    return False


def _is_of(condition: exp.Expr, inside: Sequence[Item], items: Sequence[Item]) -> bool:
    """Whether it is about these entries alone, and may be tested before the others are joined."""
    columns = columns_of(condition)
    return (
        bool(columns)
        and is_safe(condition)
        and all(resolve(column, items) in inside for column in columns)
    )


def _is_certain(select: exp.Select, inside: Sequence[Item], items: Sequence[Item]) -> bool:
    """Whether every name in the query is known to mean one of the entries, or none of them."""
    aliases = {item.alias.lower() for item in inside}
    names = {name.lower() for item in inside for name in item.columns or ()}
    outputs = {chosen.alias.lower() for chosen in select.expressions if chosen.alias}
    if len({item.alias.lower() for item in items}) < len(items):
        return False
    if select.args.get("distinct") and select.args.get("order"):
        return False  # its order may be by outputs alone
    for part in _parts(select, inside):
        if any(_defines(query, aliases) for query in part.find_all(exp.Query)):
            return False
        allowed = (exp.Select, exp.Count, exp.Column)
        if not all(isinstance(star.parent, allowed) for star in part.find_all(exp.Star)):
            return False
    return all(
        _is_clear(column, select, nested, aliases, names, outputs, items)
        for column, nested in _columns(select, inside)
    )


def _is_clear(
    column: exp.Column,
    select: exp.Select,
    nested: bool,
    aliases: set[str],
    names: set[str],
    outputs: set[str],
    items: Sequence[Item],
) -> bool:
    """Whether a column is certainly one of the entries', or certainly none of theirs."""
    name = column.name.lower()
    if isinstance(column.this, exp.Star):
        return column.table.lower() not in aliases or column.parent is select
    if column.table:
        return column.table.lower() not in aliases or name in names
    if name in aliases:
        return False
    if nested or name in outputs:
        return name not in names
    return resolve(column, items) is not None


def _defines(query: exp.Expr, aliases: set[str]) -> bool:
    """Whether the query has entries, or common table expressions, of these names itself."""
    found = [node.this for node in [query.args.get("from_")] if node is not None]
    found += [join.this for join in query.args.get("joins") or ()]
    found += list(query.args["with_"].expressions) if query.args.get("with_") else []
    return any(node.alias_or_name.lower() in aliases for node in found)


def _parts(select: exp.Select, inside: Sequence[Item]) -> Iterator[exp.Expr]:
    """What of the query stands outside of the entries."""
    own = {id(item.node) for item in inside}
    own |= {id(item.join) for item in inside if item.join is not None}
    for name, value in select.args.items():
        if name == "with_" or not value:
            continue
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, exp.Expr) or id(part) in own:
                continue
            if name == "joins":
                yield from (v for k, v in part.args.items() if k == "on" and v is not None)
            elif name != "from_":
                yield part


def _columns(select: exp.Select, inside: Sequence[Item]) -> list[tuple[exp.Column, bool]]:
    """The columns that the query names outside of the entries, and whether within a query in it."""
    found = []
    for part in _parts(select, inside):
        for column in part.find_all(exp.Column):
            around = column.find_ancestor(exp.Query)
            found.append((column, around is not select))
    return found


def _expand_stars(select: exp.Select, items: Sequence[Item]) -> None:
    chosen: list[exp.Expr] = []
    for each in select.expressions:
        if not each.is_star:
            chosen.append(each)
            continue
        table = each.table if isinstance(each, exp.Column) else ""
        for item in items:
            if not table or item.alias.lower() == table.lower():
                names = item.columns or ()
                chosen += [exp.column(name, item.alias, quoted=True) for name in names]
    select.set("expressions", chosen)


def _name_outputs(select: exp.Select) -> None:
    """Outputs keep the names of the columns that they are."""
    named = [
        exp.alias_(each, each.name, quoted=True) if isinstance(each, exp.Column) else each
        for each in select.expressions
    ]
    select.set("expressions", named)


def _renamed(
    select: exp.Select, inside: Sequence[Item], items: Sequence[Item], name: str
) -> Mapping[tuple[str, str], None]:
    """Has the query read the entries' columns from the subquery; returns which."""
    by_alias = {item.alias.lower(): item for item in inside}
    read: dict[tuple[str, str], None] = {}
    for column, is_nested in _columns(select, inside):
        if isinstance(column.this, exp.Star):
            continue
        item = by_alias.get(column.table.lower())
        if not column.table and not is_nested:
            found = resolve(column, items)
            item = found if found in inside else None
        if item is None:
            continue
        spelled = next(n for n in item.columns or () if n.lower() == column.name.lower())
        read[item.alias, spelled] = None
        column.replace(exp.column(_joined(item.alias, spelled), name, quoted=True))
    return read


def _output(table: str, column: str) -> exp.Expr:
    read = exp.column(column, table, quoted=True)
    return exp.alias_(read, _joined(table, column), quoted=True)


def _joined(table: str, column: str) -> str:
    return f"{table}.{column}"


def _keep_where(select: exp.Select, rest: Sequence[exp.Expr]) -> None:
    if rest:
        select.args["where"].set("this", exp.and_(*rest, copy=False))
    else:
        select.set("where", None)


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))
