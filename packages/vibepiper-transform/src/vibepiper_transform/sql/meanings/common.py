"""What the dialects have in common, and what several of them say otherwise."""

from __future__ import annotations

import re

from sqlglot import exp

from vibepiper_transform.dialects.rules import is_zero
from vibepiper_transform.dialects.trees import whole
from vibepiper_transform.sql.kinds import SUM_OF_SMALL
from vibepiper_transform.sql.meanings.mixing import COMPARISONS, MIXING, arithmetic, united
from vibepiper_transform.sql.meanings.rule import Differs, Mixed, Rule, differing
from vibepiper_transform.sql.meanings.trees import above_zero, changed, number, start_of, to_kind
from vibepiper_transform.sql.operands import Operands

__all__ = ["CONDITIONED", "RULES", "SAME", "SHAPES", "extreme_or_null", "has_more", "truths"]

SHAPES: frozenset[type[exp.Expr]] = frozenset({
    exp.Alias, exp.CTE, exp.Column, exp.Cube, exp.DataType, exp.DataTypeParam, exp.Distinct,
    exp.Dot, exp.Except, exp.From, exp.Group, exp.GroupingSets, exp.Having, exp.Identifier,
    exp.Intersect, exp.Join, exp.Limit, exp.Offset, exp.Order, exp.Ordered, exp.Paren,
    exp.Qualify, exp.Rollup, exp.Select, exp.Star, exp.Subquery, exp.Table, exp.TableAlias,
    exp.Tuple, exp.Union, exp.Values, exp.Var, exp.Where, exp.With, exp.Window, exp.WindowSpec,
})  # fmt: skip
"""What queries are made of."""

SAME: frozenset[type[exp.Expr]] = frozenset({
    exp.Abs, exp.And, exp.Avg, exp.Between, exp.Boolean, exp.Case, exp.Ceil, exp.Coalesce,
    exp.Count, exp.CumeDist, exp.CurrentDate, exp.DenseRank, exp.EQ, exp.Exists, exp.Exp,
    exp.Filter, exp.FirstValue, exp.Floor, exp.GT, exp.GTE, exp.Grouping, exp.If, exp.In,
    exp.Interval, exp.Is, exp.LT, exp.LTE, exp.Lag, exp.LastValue, exp.Lead, exp.Literal,
    exp.Lower, exp.Max, exp.Min, exp.Mul, exp.NEQ, exp.Neg, exp.Not, exp.NthValue, exp.Ntile,
    exp.Null, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Nullif, exp.Or, exp.PercentRank, exp.Rank,
    exp.Repeat, exp.Replace, exp.Reverse, exp.RowNumber, exp.Sign, exp.StrPosition, exp.Sum,
    exp.Upper,
})  # fmt: skip
"""What each dialect means as DuckDB does, between values of the same types."""

_MORE: dict[type[exp.Expr], frozenset[str]] = {
    exp.Between: frozenset({"low", "high"}),
    exp.Case: frozenset({"default", "ifs"}),
    exp.Cast: frozenset({"to"}),
    exp.Count: frozenset({"big_int"}),
    exp.DPipe: frozenset({"safe"}),
    exp.GroupConcat: frozenset({"separator"}),
    exp.ILike: frozenset({"negate"}),
    exp.If: frozenset({"false", "true"}),
    exp.In: frozenset({"query"}),
    exp.Interval: frozenset({"unit"}),
    exp.Is: frozenset({"negate"}),
    exp.Lag: frozenset({"default", "offset"}),
    exp.Lead: frozenset({"default", "offset"}),
    exp.Like: frozenset({"negate"}),
    exp.NthValue: frozenset({"offset"}),
    exp.Pad: frozenset({"fill_pattern", "is_left"}),
    exp.Repeat: frozenset({"times"}),
    exp.Replace: frozenset({"replacement"}),
    exp.Round: frozenset({"decimals"}),
    exp.SplitPart: frozenset({"delimiter", "part_index"}),
    exp.StrPosition: frozenset({"substr"}),
    exp.Substring: frozenset({"length", "start"}),
    exp.TimeToStr: frozenset({"format"}),
    exp.TimestampTrunc: frozenset({"unit"}),
    exp.Translate: frozenset({"from_", "to"}),
    exp.Trim: frozenset({"position"}),
    exp.Trunc: frozenset({"decimals"}),
}
_ROUNDED = (exp.Extract, exp.Round, exp.Trunc, exp.Sign, exp.Ceil, exp.Floor)
_PLAIN = frozenset({"this", "expression", "expressions"})


def has_more(node: exp.Expr) -> bool:
    """Whether it is told more than what its meaning was proven with."""
    known = _MORE.get(type(node), frozenset())
    return any(value and name not in _PLAIN | known for name, value in node.args.items())


def of_zero_null(node: exp.Expr, of: Operands) -> exp.Expr:
    """A remainder of whole numbers, by zero null."""
    node = arithmetic(node, of)
    if not (of.is_whole(node.this) and of.is_whole(node.expression)):
        raise Differs(
            "remainder of fractions", "engines round it differently", "Cast both to integers."
        )
    return type(node)(this=node.this, expression=not_zero(node.expression))


def refuse_rounded(node: exp.Expr) -> None:
    """Of a division by what is or is not whole, as the engine has it."""
    if any(map(_is_rounded, (node.this, node.expression))):
        raise Differs(
            "division of what a function makes of numbers or dates",
            "engines differ in whether that is a whole number",
            "Cast both.",
        )


def _is_rounded(node: exp.Expr) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Cast) and not isinstance(node.this, exp.Sign):
        return False
    return node.find(*_ROUNDED) is not None


def not_zero(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal) and not is_zero(node):
        return node
    return exp.Nullif(this=node, expression=number(0))


def divided_whole(node: exp.Expr, of: Operands) -> exp.Expr:
    """``/`` where whole numbers divide without a remainder."""
    node = arithmetic(node, of)
    refuse_rounded(node)
    bits = [of.bits(each) for each in (node.this, node.expression)]
    below = not_zero(node.expression)
    if all(bits) and max(bits) <= SUM_OF_SMALL:
        return exp.IntDiv(this=node.this, expression=below)
    return exp.Div(this=node.this, expression=below, typed=False, safe=True)


def extreme_or_null(node: exp.Expr, of: Operands) -> exp.Expr:
    """The greatest or the least; null where one of the values is."""
    made = extreme(node, of)
    values = [made.this, *made.expressions]
    nulls = [
        exp.Is(this=exp.paren(of.copied(v), copy=False), expression=exp.Null()) for v in values
    ]
    none = exp.not_(exp.or_(*nulls, copy=False), copy=False)
    return exp.Case(ifs=[exp.If(this=none, true=made)])


def extreme(node: exp.Expr, of: Operands) -> exp.Expr:
    """The greatest or the least of the values that are not null."""
    return changed(united(node, of), ignore_nulls=True)


def root(node: exp.Expr, of: Operands) -> exp.Expr:
    return above_zero(node, node.this, of, equal=True)


def logarithm(node: exp.Expr, of: Operands) -> exp.Expr:
    """To a base that is a constant; of zero and below null."""
    if node.expression is not None and (whole(node.this) or 0) < 2:
        raise Differs("logarithm to a base that is no constant of 2 or more", "its errors differ")
    return above_zero(node, node.expression or node.this, of)


def sign(node: exp.Expr, of: Operands) -> exp.Expr:
    """An integer that every engine has."""
    return to_kind(exp.Sign(this=node.this), "INT")


def substring(node: exp.Expr, of: Operands) -> exp.Expr:
    assert isinstance(node, exp.Substring)
    start_of(node)
    return node


def pad(node: exp.Expr, of: Operands) -> exp.Expr:
    """To a length that is a constant, with a text that is one."""
    length, fill = whole(node.expression), node.args.get("fill_pattern")
    if length is None or length < 0 or not (isinstance(fill, exp.Literal) and fill.name):
        raise Differs(
            "padding to a length or with a text that is no constant",
            "lengths below zero and empty texts mean different things",
        )
    return node


def repeat(node: exp.Expr, of: Operands) -> exp.Expr:
    if (whole(node.args["times"]) or -1) < 0:
        raise Differs("repeat by a number that is no constant", "engines convert it differently")
    return node


def like(node: exp.Expr, of: Operands) -> exp.Expr:
    """The backslash escapes; DuckDB's pattern has no escape but one that is told."""
    if isinstance(node.parent, exp.Escape):
        return node
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and "\\" not in pattern.name:
        return node
    if isinstance(pattern, exp.Literal) and re.search(r"\\([^%_\\]|$)", pattern.name):
        raise Differs("LIKE with a backslash before a letter", "engines read it differently")
    made = type(node)(this=node.this, expression=pattern)
    escaped = exp.Escape(this=made, expression=exp.Literal.string("\\"))
    return exp.Not(this=exp.paren(escaped, copy=False)) if node.args.get("negate") else escaped


def escape(node: exp.Expr, of: Operands) -> exp.Expr:
    mark, pattern = node.expression, node.this.expression
    if not (isinstance(mark, exp.Literal) and isinstance(pattern, exp.Literal)):
        raise Differs("LIKE with an escape that is no constant", "its errors differ")
    letters = re.sub(f"{re.escape(mark.name)}[%_{re.escape(mark.name)}]", "", pattern.name)
    if len(mark.name) != 1 or mark.name in letters:
        raise Differs("LIKE that escapes a letter", "engines read it differently")
    return node


def interval(node: exp.Expr, of: Operands) -> exp.Expr:
    if not isinstance(node.this, exp.Literal | exp.Neg) or node.args.get("unit") is None:
        raise Differs("interval that is no constant", "engines take others")
    return node


def truths(node: exp.Expr, of: Operands) -> exp.Expr:
    """Where a condition is needed, a number may be one: whether it is not zero."""
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        node = united(node, of)
    elif isinstance(node, exp.If) and node.parent is not None and node.parent.this:
        return node  # of a CASE that compares a value, and holds no condition
    if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Boolean):
        return node
    given = {name: node.args.get(name) for name in _CONDITIONS[type(node)]}
    made = {name: _truth(each, of) for name, each in given.items() if each is not None}
    same = all(made[name] is given[name] for name in made)
    return node if same else changed(node, **made)


_CONDITIONS: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.And: ("this", "expression"),
    exp.Having: ("this",),
    exp.If: ("this",),
    exp.Is: ("this",),
    exp.Join: ("on",),
    exp.Not: ("this",),
    exp.Or: ("this", "expression"),
    exp.Where: ("this",),
    exp.Xor: ("this", "expression"),
}
CONDITIONED = tuple(_CONDITIONS)
_ALWAYS = (
    exp.And, exp.Or, exp.Not, *COMPARISONS, exp.Is, exp.Exists, exp.Like, exp.ILike,
    exp.Boolean, exp.Null, exp.Escape,
)  # fmt: skip


def _truth(node: exp.Expr, of: Operands) -> exp.Expr:
    if isinstance(node.unnest(), _ALWAYS):
        return node
    family = of.family(node)
    if family == "number" and of.meets.truths:
        return exp.NEQ(this=exp.paren(node, copy=False), expression=number(0))
    if family in ("boolean", None):
        return node
    raise Mixed(f"{family} as a condition", "engines convert it differently", "Compare it.", node)


def counted(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of several columns: rows in which none is null."""
    given = node.this.expressions if isinstance(node.this, exp.Distinct) else [node.this]
    if len(given) < 2 and not any(isinstance(each.unnest(), exp.Tuple) for each in given):
        return node
    raise Differs(
        "count of distinct rows",
        "engines count rows with nulls differently, or cannot",
        "Count the rows of a SELECT DISTINCT.",
    )


def summed(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of booleans as of the numbers that they are."""
    value = node.this
    family = of.family(value)
    if family == "boolean" and of.meets.truths:
        return changed(node, this=to_kind(value, "INT"))
    if family in ("text", "boolean", "date"):
        raise Mixed(
            f"{node.key} of a {family}", "each engine makes another number of it", "Cast it."
        )
    return node


def joined_texts(node: exp.Expr, of: Operands) -> exp.Expr:
    """The texts of many rows as one, in an order that is told."""
    if not isinstance(node.this, exp.Order):
        raise Differs(
            "text of values without an order",
            "engines put them in another one",
            "Name the order: ORDER BY in its brackets.",
        )
    inner = node.this.this
    values = inner.expressions if isinstance(inner, exp.Distinct) else [inner]
    if len(values) != 1 or of.family(values[0]) not in ("text", "number"):
        raise Differs("text of values that are no texts", "engines write them differently")
    ordered: exp.Expr = node.this
    if of.family(values[0]) == "number":
        if isinstance(inner, exp.Distinct) or not of.is_whole(values[0]):
            raise Differs("text of numbers", "engines write them differently", "Cast them to text.")
        ordered = changed(ordered, this=to_kind(values[0], "TEXT"))
    separator = node.args.get("separator") or exp.Literal.string(",")
    return exp.GroupConcat(this=ordered, separator=separator)


def fetched(node: exp.Expr, of: Operands) -> exp.Expr:
    """``FETCH FIRST 2 ROWS ONLY`` is a limit."""
    options = node.args.get("limit_options")
    if options is not None and any(options.args.get(each) for each in ("percent", "with_ties")):
        raise Differs("FETCH of a share or WITH TIES", "others have none", "Rank them by a window.")
    return exp.Limit(expression=node.args.get("count") or number(1))


RULES: dict[type[exp.Expr], Rule] = {
    **MIXING,
    **dict.fromkeys(_CONDITIONS, truths),
    exp.Avg: summed,
    exp.Count: counted,
    exp.Escape: escape,
    exp.Fetch: fetched,
    exp.Greatest: extreme,
    exp.GroupConcat: joined_texts,
    exp.Interval: interval,
    exp.Least: extreme,
    exp.Like: like,
    exp.Ln: logarithm,
    exp.Log: logarithm,
    exp.Mod: of_zero_null,
    exp.Pad: pad,
    exp.Repeat: repeat,
    exp.Sign: sign,
    exp.Sqrt: root,
    exp.Substring: substring,
    exp.Sum: summed,
    exp.AnyValue: differing("any_value()", "each engine takes another of the values"),
}
