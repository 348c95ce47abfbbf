"""What expressions are made of: trees, and the Python values that stand beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.literals import literal
from vibepiper_transform.unfinished import Unselected

if TYPE_CHECKING:
    from vibepiper_transform.expressions import Expression

__all__ = [
    "Operand",
    "ManyRows",
    "alone",
    "check_whole",
    "column_tree",
    "condition",
    "free",
    "nested",
    "refuse_windows",
    "tree_of",
]


class Operand:
    """A tree that has a value in each row."""

    def __init__(self, tree: exp.Expr) -> None:
        self.tree = tree

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.tree.sql()}>"

    def _of(self, tree: exp.Expr) -> Expression:
        from vibepiper_transform.expressions import Expression

        return Expression(tree)

    def _this(self) -> exp.Expr:
        """Its tree, to be put inside another."""
        return self.tree.copy()


class ManyRows(Unselected):
    """A tree whose value is of many rows: of a group or of a window."""

    def __init__(self, tree: exp.Expr) -> None:
        self.function = tree

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.function.sql()}>"


def tree_of(value: object) -> exp.Expr:
    """The tree of an operand: an expression's own, else a constant's."""
    if isinstance(value, ManyRows):
        raise DefinitionError(
            f"{value!r} has no value in a row",
            at=callsite(),
            hint="Give it a window with .over(...); to make one row of many, use aggregate.",
        )
    return value.tree.copy() if isinstance(value, Operand) else literal(value)


def column_tree(value: object) -> exp.Expr:
    """The tree of a column's name or an expression. A whole number is cast, for alone in GROUP
    BY or ORDER BY it would count columns."""
    if not isinstance(value, (str, Operand, ManyRows)):
        raise DefinitionError(
            f"expected a column's name or an expression, found {value!r}",
            at=callsite(),
            hint="A constant is written lit(...).",
        )
    if isinstance(value, str):
        return exp.column(value, quoted=True)
    tree = tree_of(value)
    alone = tree.this if isinstance(tree, exp.Neg) else tree
    return exp.cast(tree, "BIGINT") if alone.is_int else tree


def alone(tree: exp.Expr) -> exp.Expr:
    """It, to stand alone in GROUP BY or ORDER BY, where engines refuse a constant."""
    if isinstance(tree, exp.Boolean):
        return exp.cast(tree, "BOOLEAN")
    is_text = isinstance(tree, exp.Literal) and tree.is_string
    return exp.cast(tree, "TEXT") if is_text else tree


def condition(value: object) -> exp.Expr:
    """The tree of ``value``, which must be an expression, so that a name or a comparison that
    Python has already made is not taken for one."""
    if not isinstance(value, Operand):
        raise DefinitionError(
            f"expected a condition, found {value!r}",
            at=callsite(),
            hint='A condition is an expression, such as col("x") > 1.',
        )
    return value.tree.copy()


def nested(tree: exp.Expr) -> exp.Expr:
    """It, to be put beside an operator, in parentheses where it needs them."""
    kinds = (exp.Binary, exp.Not, exp.Neg, exp.Between, exp.In)
    return exp.paren(free(tree), copy=False) if isinstance(tree, kinds) else tree.copy()


def free(tree: exp.Expr) -> exp.Expr:
    """An expression's tree, which nobody changes, to be made a part of another's at once: itself
    the first time, so that a long chain is not copied in each of its links, and then copies."""
    return tree if tree.parent is None else tree.copy()


def refuse_windows(tree: exp.Expr, place: str) -> None:
    """Refuses a window function inside ``place``, which SQL does not take there."""
    if tree.find(exp.Window):
        raise DefinitionError(
            f"{place} cannot hold a window function",
            at=callsite(),
            hint="Compute it with mutate first, then use the new column.",
        )


def check_whole(what: str, value: object, *, least: int | None = None) -> int:
    """``value``, which must be a whole number, of ``least`` or more."""
    lowest = -math.inf if least is None else least
    if isinstance(value, int) and not isinstance(value, bool) and value >= lowest:
        return value
    more = "" if least is None else f", {least} or more"
    raise DefinitionError(f"{what} is a whole number{more}, found {value!r}", at=callsite())
