"""Conditions that may be tested earlier than they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

__all__ = ["columns_of", "conjuncts", "is_safe", "rejects_null", "with_columns"]

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_TESTS = (*_COMPARISONS, exp.Between, exp.In)
_LOGIC = (exp.And, exp.Or, exp.Not, exp.Paren, exp.Is)
_VALUES = (exp.Literal, exp.Boolean, exp.Null)
_NAMES = (exp.Column, exp.Identifier, exp.DataType, exp.DataTypeParam)


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The conditions that must all hold for ``condition`` to hold."""
    if isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    elif isinstance(condition, exp.Paren) and isinstance(condition.this, (exp.And, exp.Paren)):
        yield from conjuncts(condition.this)
    elif isinstance(condition, exp.Expr):
        yield condition


def is_safe(condition: exp.Expr) -> bool:
    """Whether it can neither fail nor vary, and means the same in every engine: comparisons of
    columns and constants, and what logic makes of them."""
    if isinstance(condition, (exp.Cast, exp.Neg)):
        inner = condition.this
        return isinstance(inner, exp.Literal) or (isinstance(inner, exp.Neg) and is_safe(inner))
    if isinstance(condition, exp.In) and not condition.expressions:
        return False
    if isinstance(condition, exp.Column) and isinstance(condition.this, exp.Star):
        return False
    known = (*_TESTS, *_LOGIC, *_VALUES, *_NAMES)
    return isinstance(condition, known) and all(map(is_safe, condition.iter_expressions()))


def rejects_null(condition: exp.Expr) -> bool:
    """Whether a condition of one column is surely not true where that is null."""
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.Or):
        return rejects_null(condition.left) and rejects_null(condition.right)
    if isinstance(condition, exp.And):
        return rejects_null(condition.left) or rejects_null(condition.right)
    if isinstance(condition, exp.Not):
        inner = condition.this
        while isinstance(inner, exp.Paren):
            inner = inner.this
        if isinstance(inner, exp.Is):
            return isinstance(inner.this, exp.Column) and isinstance(inner.expression, exp.Null)
        return isinstance(inner, _TESTS) and _compares_column(inner)
    return isinstance(condition, _TESTS) and _compares_column(condition)


def _compares_column(test: exp.Expr) -> bool:
    """Of a comparison with a column itself: null compares to nothing."""
    sides = (
        (test.this,) if isinstance(test, (exp.In, exp.Between)) else (test.this, test.expression)
    )
    return any(isinstance(side, exp.Column) for side in sides)


def columns_of(condition: exp.Expr) -> list[exp.Column]:
    return list(condition.find_all(exp.Column))


def with_columns(
    condition: exp.Expr, other: Callable[[exp.Column], exp.Column | None]
) -> exp.Expr | None:
    """The condition about other columns; None when there is none for one of them."""
    missing: list[exp.Column] = []

    def place(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        found = other(node)
        if found is None:
            missing.append(node)
            return node
        return found.copy()

    changed = condition.copy().transform(place)
    return None if missing else changed
