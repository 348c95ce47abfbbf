"""Values of several types that meet: each engine converts them in its own way, or not at all. One
rule says where they are known to become the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from vibepiper_transform.families import family_of
from vibepiper_transform.kinds import NULLS
from vibepiper_transform.sql.meanings.constants import is_read, is_text, unread
from vibepiper_transform.sql.meanings.rule import Differs, Mixed, Rule
from vibepiper_transform.sql.meanings.trees import changed, to_kind
from vibepiper_transform.sql.operands import Operands

__all__ = ["COMPARISONS", "MEETING", "MIXING", "arithmetic", "compared", "group", "united"]

_CAST = "Cast one side to the type of the other."
_ORDERS = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_OF_FIRST = (exp.Lag, exp.Lead, exp.Nullif)
"""What has the type of its first value, whatever it meets."""
_EQUALS = (exp.EQ, exp.NEQ)
COMPARISONS = (*_ORDERS, *_EQUALS, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul)


def compared(node: exp.Expr, of: Operands) -> exp.Expr:
    """Values of one family, or constants that each engine reads as one of it."""
    sides = _sides(node)
    if any(_is_row(side) for side in sides):
        _check_rows(node, of)
        raise Differs(
            "comparison of rows",
            "nulls in them mean different things in engines",
            "Compare the columns one by one.",
        )
    if of.meets.times:
        _check_times(sides, of)
    groups = _check(sides, of, "comparison", reads=True)
    beside = isinstance(node, exp.In | exp.Between)
    for text in groups.get("text", ()) if len(groups) > 1 else ():
        stored = of.is_stored(node.this if beside else _other(node, text))
        if of.meets.by_columns and not stored:
            raise unread(text, of, "comparison")
    return _as_numbers(node, groups, of)


def _check_times(sides: Iterable[exp.Expr], of: Operands) -> None:
    kinds = {kind for side in sides if family_of(kind := of.kind(side) or "") == "date"}
    if len(kinds) > 1 or (any(map(is_text, sides)) and kinds - {"DATE"}):
        raise Differs(
            "comparison of a timestamp with a date or a text",
            "it compares them as texts",
            "Compare dates: date(..).",
        )


def united(node: exp.Expr, of: Operands) -> exp.Expr:
    """Values of one column, whichever of them a row has."""
    if isinstance(node, exp.Case) and node.this is not None:
        _check_branches(node, node.this, of)
    values = list(_values(node))
    what = f"{node.key}()" if isinstance(node, exp.Func) else node.key.upper()
    reads = of.meets.constants or (isinstance(node, exp.Nullif) and not of.meets.by_columns)
    reads = reads and not (isinstance(node, _OF_FIRST) and is_text(values[0]))
    groups = _check(values, of, what, reads=reads)
    beside = isinstance(node, exp.Lag | exp.Lead)
    if (beside or of.meets.times) and len({*map(of.kind, groups.get("date", ()))}) > 1:
        raise Mixed(f"{what} of dates and timestamps", "each engine has another type", _CAST)
    if beside:
        wholes = {of.is_whole(each) for each in groups.get("number", ())}
        if len(wholes) > 1 or {"number", "boolean"} <= groups.keys():
            raise Mixed(f"{what} of several types", "each engine has another type", _CAST)
    return _as_numbers(node, groups, of)


def _check_branches(node: exp.Case, value: exp.Expr, of: Operands) -> None:
    """Of a CASE that compares one value with those of its branches."""
    for branch in node.args["ifs"]:
        if is_text(value) and group(branch.this, of) not in (None, "text"):
            raise Mixed("CASE of a text with other values", "engines read it differently", _CAST)
        test = exp.EQ(this=of.copied(value), expression=of.copied(branch.this))
        if compared(test, of) is not test:
            raise Differs("CASE of numbers and booleans", "engines convert them differently")


def arithmetic(node: exp.Expr, of: Operands) -> exp.Expr:
    """Between numbers alone; times are moved by intervals."""
    groups = _groups([side for side in (node.this, node.expression) if side is not None], of)
    if "INTERVAL" in groups:
        return node
    for found, sides in groups.items():
        if found in (None, "number") or _is_truth(found, of):
            continue
        if of.meets.constants and is_text(sides[0]) and "number" in groups:
            raise unread(sides[0], of, "arithmetic", of.kind(groups["number"][0]) or "")
        why, cast = "each engine makes another number of it", "Cast it to a number."
        raise Mixed(f"arithmetic with a {found}", why, cast)
    return _as_numbers(node, groups, of)


def _check_columns(node: exp.Expr, of: Operands) -> exp.Expr:
    """The columns of a set operation, or of VALUES."""
    if isinstance(node, exp.SetOperation):
        left, right = of.kinds(node.left), of.kinds(node.right)
        places = [column.unalias() for column in node.right.selects]
        for one, two, place in zip(left, right, places, strict=False):
            _check_pair(one, two, place, node.key.upper(), of)
        return node
    first, *rows = ([of.kind(each) for each in row.expressions] for row in node.expressions)
    for kinds, row in zip(rows, node.expressions[1:], strict=True):
        for one, two, place in zip(first, kinds, row.expressions, strict=False):
            _check_pair(one, two, place, "VALUES", of)
    return node


def _check_pair(one: str | None, two: str | None, place: exp.Expr, what: str, of: Operands) -> None:
    if one is None or two is None or one in NULLS or two in NULLS:
        return
    pair = sorted({_group_of(each) or "" for each in (one, two)})
    if len(pair) > 1 and all(pair):
        numbers = pair == ["boolean", "number"] and of.meets.truths
        made = Differs if numbers else Mixed
        why = "each engine makes another column of them"
        raise made(f"{what} of {' and '.join(pair)}", why, _CAST, at=place)
    if of.meets.times and pair == ["date"] and one != two:
        raise Mixed(f"{what} of dates and timestamps", "they are texts", _CAST, at=place)


def _check_rows(node: exp.Expr, of: Operands) -> None:
    """Rows that are compared, column by column."""
    one, *others = (side.unnest() for side in _sides(node))
    for row in others:
        kinds = of.kinds(row) if isinstance(row, exp.Query) else map(of.kind, row.expressions)
        for part, kind in zip(one.expressions, kinds, strict=False):
            _check_pair(of.kind(part), kind, part, "comparison", of)


def _check(
    met: Iterable[exp.Expr], of: Operands, what: str, *, reads: bool
) -> Mapping[str, list[exp.Expr]]:
    """What meets, by the families of its types. Raises `Mixed` for types that do not become one
    that is known, and `Differs` for constants that not every engine ``reads`` as the same."""
    groups = {found: nodes for found, nodes in _groups(met, of).items() if found is not None}
    if len(groups) < 2 or (groups.keys() == {"number", "boolean"} and of.meets.truths):
        return groups
    texts = groups.get("text", [])
    if len(groups) > 2 or not reads or not texts or not all(map(is_text, texts)):
        raise _mixed(groups, what)
    others = next(nodes for found, nodes in groups.items() if found != "text")
    for text in texts:
        if not all(is_read(text.name, of.kind(other) or "") for other in others):
            raise unread(text, of, what, of.kind(others[0]) or "")
    return groups


def _groups(met: Iterable[exp.Expr], of: Operands) -> dict[str | None, list[exp.Expr]]:
    found: dict[str | None, list[exp.Expr]] = {}
    for each in met:
        if not of.is_null(each):
            found.setdefault(group(each, of), []).append(each)
    return found


def group(node: exp.Expr, of: Operands) -> str | None:
    """What it meets without a conversion: types of its family, or those that are the same. None
    where that is not known, as of lists and structs: their parts may be converted."""
    if isinstance(node, exp.Literal):
        return of.family(node)
    kind = of.kind(node)
    return None if kind is None or kind in NULLS else _group_of(kind)


def _group_of(kind: str) -> str | None:
    return family_of(kind) or (None if kind.endswith(("]", ")")) else kind)


def _mixed(groups: Mapping[str, list[exp.Expr]], what: str) -> Mixed:
    names = " and ".join(sorted(groups))
    return Mixed(f"{what} of {names}", "each engine converts one of them in its own way", _CAST)


def _is_truth(family: str | None, of: Operands) -> bool:
    return family == "boolean" and of.meets.truths


def _sides(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Between):
        return [node.this, node.args["low"], node.args["high"]]
    if isinstance(node, exp.In):
        query = node.args.get("query")
        return [node.this, *node.expressions, *([] if query is None else [query])]
    return [node.this, node.expression]


def _other(node: exp.Expr, side: exp.Expr) -> exp.Expr:
    other: exp.Expr = node.expression if side is node.this else node.this
    return other


def _values(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Case):
        found = [*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")]
    elif isinstance(node, exp.If):
        found = [node.args.get("true"), node.args.get("false")]
    elif isinstance(node, exp.Lag | exp.Lead):
        found = [node.this, node.args.get("default")]
    else:
        found = [node.this, node.args.get("expression"), *node.expressions]
    return (each for each in found if isinstance(each, exp.Expr))


def _is_row(node: exp.Expr) -> bool:
    return isinstance(node.unnest(), exp.Tuple)


def _as_numbers(
    node: exp.Expr,
    groups: Mapping[str | None, list[exp.Expr]] | Mapping[str, list[exp.Expr]],
    of: Operands,
) -> exp.Expr:
    """Booleans as the numbers that they are beside numbers, and in arithmetic."""
    truths = {id(each) for found, nodes in groups.items() if found == "boolean" for each in nodes}
    computed = isinstance(node, exp.Binary | exp.Neg) and not isinstance(node, exp.Predicate)
    if not truths or (len(groups) < 2 and not computed):
        return node
    if isinstance(node, exp.In):
        raise Differs("IN over numbers and booleans", "engines convert them differently")
    return changed(node, **{name: _cast(value, truths) for name, value in node.args.items()})


def _cast(value: object, truths: set[int]) -> object:
    if isinstance(value, list):
        return [_cast(each, truths) for each in value]
    if isinstance(value, exp.If):
        return changed(value, true=_cast(value.args["true"], truths))
    return to_kind(value, "INT") if isinstance(value, exp.Expr) and id(value) in truths else value


MEETING: dict[type[exp.Expr], Rule] = {
    **dict.fromkeys(COMPARISONS, compared),
    **dict.fromkeys((exp.Case, exp.Coalesce, exp.Lag, exp.Lead, exp.Nullif), united),
    **dict.fromkeys((exp.Except, exp.Intersect, exp.Union, exp.Values), _check_columns),
}
"""Where values meet."""
MIXING: dict[type[exp.Expr], Rule] = {
    **MEETING,
    **dict.fromkeys((*ARITHMETIC, exp.Neg), arithmetic),
}
