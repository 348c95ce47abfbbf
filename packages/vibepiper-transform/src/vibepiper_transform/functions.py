"""Functions of several expressions."""

from __future__ import annotations

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import Expression
from vibepiper_transform.operand import Operand, column_tree, condition, nested, tree_of

__all__ = ["coalesce", "concat", "greatest", "least", "list_of", "make_date", "struct", "when"]


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
        return When(self.tree, condition(test))

    def otherwise(self, value: object) -> Expression:
        return Expression(self.tree.else_(tree_of(value), copy=True))


def when(test: Expression) -> When:
    """A choice: ``when(col("x") > 0).then("up").otherwise("down")``."""
    return When(exp.Case(), condition(test))


def coalesce(value: object, *values: object) -> Expression:
    """The first that is not null. Strings are constants; name columns with `col`."""
    first, *rest = (tree_of(operand) for operand in (value, *values))
    return Expression(exp.Coalesce(this=first, expressions=rest))


def greatest(value: object, *values: object) -> Expression:
    """The greatest that is not null. Strings are constants; name columns with `col`."""
    first, *rest = (tree_of(operand) for operand in (value, *values))
    return Expression(exp.Greatest(this=first, expressions=rest, ignore_nulls=True))


def least(value: object, *values: object) -> Expression:
    """The least that is not null. Strings are constants; name columns with `col`."""
    first, *rest = (tree_of(operand) for operand in (value, *values))
    return Expression(exp.Least(this=first, expressions=rest, ignore_nulls=True))


def concat(value: object, *values: object) -> Expression:
    """Texts joined; null when one of them is."""
    first, *rest = (tree_of(operand) for operand in (value, *values))
    for tree in rest:
        first = exp.DPipe(this=nested(first), expression=nested(tree))
    return Expression(first)


def make_date(year: str | Operand, month: str | Operand, day: str | Operand) -> Expression:
    """A date of three integers, each a column's name or an expression."""
    named = {"year": year, "month": month, "day": day}
    parts = {name: exp.cast(column_tree(part), "INT") for name, part in named.items()}
    return Expression(exp.DateFromParts(**parts))


def list_of(*values: object) -> Expression:
    """A list of values of one type. Strings are constants; name columns with `col`."""
    if not values:
        raise DefinitionError("a list needs at least one value", at=callsite())
    return Expression(exp.Array(expressions=[tree_of(value) for value in values]))


def struct(**fields: object) -> Expression:
    """A struct of fields by their names. Strings are constants; name columns with `col`."""
    if not fields:
        raise DefinitionError("a struct needs at least one field", at=callsite())
    return Expression(exp.Struct(expressions=[_field(*field) for field in fields.items()]))


def _field(name: str, value: object) -> exp.Expr:
    return exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=tree_of(value))
