"""Pieces of syntax trees that lowerings are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

__all__ = [
    "call",
    "case",
    "concat",
    "default_beside",
    "integer",
    "is_constant",
    "is_made",
    "made",
    "noted_depth",
    "place_in",
    "quoted",
    "raising",
    "results_of",
    "take_apart",
    "text",
    "whole",
]

_MADE = "vibepiper_made"


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A function of the dialect, by its own name."""
    made = exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])
    made.meta[_MADE] = True
    return made


def is_made(node: exp.Expr) -> bool:
    """Whether a lowering made it, and so knows what it does."""
    return bool(node.meta.get(_MADE))


def made(node: exp.Expr) -> exp.Expr:
    """``node``, of which `is_made` is true."""
    node.meta[_MADE] = True
    return node


def noted_depth(node: exp.Expr, name: str) -> int:
    """The greatest of what rules noted by the name in a tree, of how deep theirs stand in others;
    0 where they have none."""
    noted: list[int] = [each.meta.get(name, 0) for each in node.walk()]
    return max(noted)


def default_beside(window: exp.Expr, other: exp.Expr) -> exp.Expr:
    """LAG and LEAD with a default, of two copies, for MariaDB: its own take none. It is for rows
    where LAG(1) has nothing."""
    default = window.this.args["default"]
    for each in (window, other):
        each.this.set("default", None)
    other.this.set("this", integer(1))
    missing = exp.Is(this=other, expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=missing, true=default)], default=window)


def integer(number: int) -> exp.Expr:
    literal = exp.Literal.number(abs(number))
    return exp.Neg(this=literal) if number < 0 else literal


def is_constant(node: exp.Expr) -> bool:
    """Whether it has one value for all rows, which nothing but itself tells."""
    return node.find(exp.Column, exp.Query, exp.AggFunc, exp.Anonymous, exp.Rand) is None


def text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def quoted(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def case(*choices: tuple[exp.Expr, exp.Expr], otherwise: exp.Expr | None = None) -> exp.Case:
    ifs = [exp.If(this=test.copy(), true=value.copy()) for test, value in choices]
    return exp.Case(ifs=ifs, default=None if otherwise is None else otherwise.copy())


def concat(parts: Iterable[exp.Expr]) -> exp.Expr:
    """Null when one of them is, in MySQL."""
    return call("CONCAT", *parts)


def whole(node: exp.Expr) -> int | None:
    """The integer that a literal is."""
    if isinstance(node, exp.Paren):
        return whole(node.this)
    if isinstance(node, exp.Neg):
        found = whole(node.this)
        return None if found is None else -found
    return int(node.name) if isinstance(node, exp.Literal) and node.is_int else None


def take_apart(nodes: Iterable[exp.Expr]) -> None:
    """Lets the nodes of a tree go that nobody looks at any more. Each knows the one around it, so
    that otherwise only Python's collector finds them, which takes longer than to make them."""
    for node in nodes:
        node.parent = None


def place_in(node: exp.Expr) -> int | None:
    """The place in a list that a bracket asks for as a constant: from 1 on, or from the end, where
    -1 is the last. sqlglot counts from 0 what it has read."""
    found = whole(node.expressions[0]) if len(node.expressions) == 1 else None
    if found is None:
        return None
    return found if node.args.get("offset") == 1 else found + 1


def raising(value: exp.Expr) -> exp.Expr:
    """An integer sum that MySQL refuses when it comes to it, whatever the value: it is out of
    range. Nothing of it is a constant, which would be refused before."""
    zero = exp.Mul(this=exp.paren(call("CHAR_LENGTH", value)), expression=integer(0))
    one = exp.Add(this=exp.paren(zero), expression=integer(2**63 - 1))
    return exp.Add(this=exp.paren(one), expression=integer(1))


def results_of(query: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs whose rows are those of the query."""
    if isinstance(query, exp.SetOperation):
        yield from results_of(query.this)
        yield from results_of(query.expression)
    elif isinstance(query, exp.Subquery):
        yield from results_of(query.this)
    elif isinstance(query, exp.Select):
        yield query
