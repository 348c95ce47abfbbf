"""PostgreSQL: DuckDB's meaning in its words."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.dates import make_date, whole_seconds
from vibepiper_transform.dialects.postgresql_functions import POSTGRESQL_FUNCTIONS
from vibepiper_transform.dialects.rounding import round_halves_away
from vibepiper_transform.dialects.rules import Rule, is_float, refuse, refusing
from vibepiper_transform.dialects.trees import call, text
from vibepiper_transform.dialects.typing import kind

__all__ = ["NEEDS_TYPES", "POSTGRESQL"]

_NAME = "postgresql"
NEEDS_TYPES = (exp.Max, exp.Min, exp.Mod, exp.TimestampTrunc, exp.DateTrunc)
"""What means another thing by the type of what it is given."""


def _extreme(name: str) -> Rule:
    """Of booleans: PostgreSQL has no greatest of them, but an AND and an OR."""

    def rule(node: exp.Expr) -> exp.Expr:
        return call(name, node.this) if kind(node.this) == "BOOLEAN" else node

    return rule


def _mod(node: exp.Expr) -> exp.Expr:
    if is_float(node.this) or is_float(node.expression):
        raise refuse("the remainder of doubles", _NAME, "it has none", "Cast to DECIMAL.")
    return node


def _truncate(node: exp.Expr) -> exp.Expr:
    """Of a date a timestamp; PostgreSQL makes it an instant."""
    if kind(node.this) == "DATE":
        node.set("this", exp.cast(node.this.copy(), "TIMESTAMP"))
    return node


def _like(node: exp.Expr) -> exp.Expr:
    """DuckDB's LIKE has no escape; PostgreSQL's is the backslash."""
    if isinstance(node.parent, exp.Escape):
        return node
    pattern = node.expression
    if isinstance(pattern, exp.Literal):
        doubled: exp.Expr = text(pattern.name.replace("\\", "\\\\"))
    else:
        doubled = call("REPLACE", pattern, text("\\"), text("\\\\"))
    return type(node)(this=node.this.copy(), expression=doubled)


def _ends_with(node: exp.Expr) -> exp.Expr:
    """PostgreSQL has no such function."""
    end = call("RIGHT", node.this, call("LENGTH", node.expression))
    return exp.paren(exp.EQ(this=end, expression=node.expression.copy()))


def _window(node: exp.Expr) -> exp.Expr:
    if node.this.find(exp.Distinct) or isinstance(node.this, exp.IgnoreNulls):
        raise refuse("windows that ignore nulls or repeats", _NAME, "it has none")
    return node


POSTGRESQL: dict[type[exp.Expr], Rule] = {
    exp.DateFromParts: make_date,
    exp.DateTrunc: _truncate,
    exp.Extract: whole_seconds,
    exp.EndsWith: _ends_with,
    exp.ILike: _like,
    exp.Like: _like,
    exp.Max: _extreme("BOOL_OR"),
    exp.Min: _extreme("BOOL_AND"),
    exp.Mod: _mod,
    exp.Round: round_halves_away,
    exp.Struct: refusing("structs", _NAME, "its rows have no names"),
    exp.TimestampTrunc: _truncate,
    exp.TryCast: refusing("try_cast", _NAME, "it has none"),
    exp.Window: _window,
    **POSTGRESQL_FUNCTIONS,
}
