"""Functions of several expressions."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.expressions import Expression, column_tree, condition, tree_of

__all__ = ["coalesce", "concat", "make_date", "when"]


class When:
    """`when` ... ``.then`` ... ``.otherwise``."""

    def __init__(self, case: exp.Case, test: exp.Expr) -> None:
        self._case = case
        self._test = test

    def then(self, value: object) -> Case:
        return Case(self._case.when(self._test, tree_of(value), copy=True))


class Case(Expression):
    """Null where no condition holds and there is no ``otherwise``."""

    tree: exp.Case

    def when(self, test: Expression) -> When:
        return When(self.tree, condition(test).tree)

    def otherwise(self, value: object) -> Expression:
        return Expression(self.tree.else_(tree_of(value), copy=True))


def when(test: Expression) -> When:
    """A choice: ``when(col("x") > 0).then("up").otherwise("down")``."""
    return When(exp.Case(), condition(test).tree)


def coalesce(value: object, *values: object) -> Expression:
    """The first that is not null. Strings are constants; name columns with `col`."""
    first, *rest = (tree_of(operand) for operand in (value, *values))
    return Expression(exp.Coalesce(this=first, expressions=rest))


def concat(value: object, *values: object) -> Expression:
    """Texts joined; null when one of them is."""
    first, *rest = (tree_of(operand) for operand in (value, *values))
    for tree in rest:
        first = exp.DPipe(this=first, expression=tree)
    return Expression(first)


def make_date(year: str | Expression, month: str | Expression, day: str | Expression) -> Expression:
    """A date of three integers, each a column's name or an expression."""
    parts = (exp.cast(column_tree(part), "INT") for part in (year, month, day))
    return Expression(exp.Anonymous(this="MAKE_DATE", expressions=list(parts)))
