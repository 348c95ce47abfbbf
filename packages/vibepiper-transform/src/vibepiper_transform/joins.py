"""Joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.constructors import as_relation
from vibepiper_transform.expressions import Expression, refuse_windows
from vibepiper_transform.names import check_names
from vibepiper_transform.relation import Relation
from vibepiper_transform.sql_types import check_comparable

__all__ = ["How", "On", "join"]

How = Literal["inner", "left", "right", "full", "semi", "anti"]
On = str | Sequence[str | tuple[str, str]] | Expression


def join(
    left: object, right: object, *, on: On, how: How = "inner", suffix: str = "_right"
) -> Relation:
    """The rows of two relations that have equal keys; null equals nothing.

    ``on`` is a column of both, several, pairs of a left and a right one, or a condition, which
    names columns as the result does. ``how``: ``inner``;
    ``left``, ``right``, ``full`` (the rows of that side, or both, are all kept); ``semi``
    (left's rows that have a match, each once), ``anti`` (those that have none). The key comes
    once, under its left name; another column of the right that is also one of the left gets
    ``suffix``. ``left`` and ``right`` may be relations or any Arrow data.
    """
    if how not in get_args(How):
        raise DefinitionError(
            f"'{how}' is no kind of join", at=callsite(), hint=suggest(how, get_args(How))
        )
    one, two = as_relation(left), as_relation(right)
    keys = [] if isinstance(on, Expression) else _keys(one, two, on)
    condition = _condition(one, two, on, suffix) if isinstance(on, Expression) else _equal(keys)
    sources = {**one.sources, **two.sources}
    if how in ("semi", "anti"):
        kept = _exists(one, two, condition, negated=how == "anti")
        return Relation(kept, sources, one.columns)
    joined = _joined(one, two, keys, condition, how, suffix)
    return Relation(joined, sources, [column.alias for column in joined.selects])


def _condition(left: Relation, right: Relation, on: Expression, suffix: str) -> exp.Expr:
    """``on``, each of its columns given to the side that the result has it from."""
    sides = {_shown(name, left.columns, suffix): (name, "r") for name in right.columns}
    sides |= {name: (name, "l") for name in left.columns}

    def place(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        if node.name not in sides:
            raise DefinitionError(
                f"there is no column '{node.name}' on either side of the join",
                at=callsite(),
                hint=suggest(node.name, sides),
            )
        return _column(*sides[node.name])

    refuse_windows(on.tree, "a join's condition")
    return exp.paren(on.tree.copy().transform(place), copy=False)


def _keys(
    left: Relation, right: Relation, on: str | Sequence[str | tuple[str, str]]
) -> list[tuple[str, str]]:
    names = [on] if isinstance(on, str) else list(on) if isinstance(on, Sequence) else []
    if not names:
        raise DefinitionError("a join needs at least one key", at=callsite())
    keys = [(name, name) if isinstance(name, str) else name for name in names]
    for one, two in keys:
        left.check(one)
        right.check(two)
        check_comparable(one, left.schema.field(one).type, right.schema.field(two).type)
    return keys


def _joined(
    left: Relation,
    right: Relation,
    keys: list[tuple[str, str]],
    condition: exp.Expr,
    how: str,
    suffix: str,
) -> exp.Query:
    matched = {two for _, two in keys}
    columns = [_key(name, keys, how) for name in left.columns]
    for name in right.columns:
        if name not in matched:
            shown = _shown(name, left.columns, suffix)
            columns.append(exp.alias_(_column(name, "r"), shown, quoted=True))
    check_names((column.alias for column in columns), "Give the join another suffix.")
    return (
        exp.select(*columns)
        .from_(_side(left, "l"))
        .join(_side(right, "r"), on=condition, join_type=how)
    )


def _key(name: str, keys: list[tuple[str, str]], how: str) -> exp.Expr:
    """A column of the left; a key that rows of the right alone must fill comes from both."""
    found = _column(name, "l")
    if how in ("right", "full") and name in dict(keys):
        other = _column(dict(keys)[name], "r")
        found = exp.Coalesce(this=found, expressions=[other])
    return exp.alias_(found, name, quoted=True)


def _exists(left: Relation, right: Relation, condition: exp.Expr, *, negated: bool) -> exp.Query:
    matches = exp.select("1").from_(_side(right, "r")).where(condition)
    found: exp.Expr = exp.Exists(this=matches)
    if negated:
        found = exp.Not(this=found)
    columns = [exp.alias_(_column(name, "l"), name, quoted=True) for name in left.columns]
    return exp.select(*columns).from_(_side(left, "l")).where(found)


def _side(relation: Relation, name: str) -> exp.Expr:
    body = relation.body()
    body.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
    return body


def _equal(keys: list[tuple[str, str]]) -> exp.Expr:
    return exp.and_(
        *(exp.EQ(this=_column(one, "l"), expression=_column(two, "r")) for one, two in keys)
    )


def _column(name: str, table: str) -> exp.Expr:
    return exp.column(name, table, quoted=True)


def _shown(name: str, taken: Sequence[str], suffix: str) -> str:
    return name + suffix if name.lower() in {other.lower() for other in taken} else name
