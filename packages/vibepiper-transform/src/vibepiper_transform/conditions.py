"""What stands where an expression is true or false."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.families import family_of, shown
from vibepiper_transform.kinds import NULLS

__all__ = ["check_condition", "check_conditions"]

_CONDITIONS = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.Is, exp.In, exp.Between, exp.Like, exp.Boolean, exp.Exists, exp.Null),
)
_TRUTHS = ("BOOLEAN", *NULLS)

KindOf = Callable[[exp.Expr], str]


def check_conditions(tree: exp.Expr, kind_of: KindOf) -> None:
    """Refuses, wherever they stand in an expression, conditions that are numbers, which some
    engines take, and what is to be joined to a text and is none."""
    for node in tree.walk():
        for test in _tests(node):
            check_condition(test, kind_of)
        if isinstance(node, exp.GroupConcat):
            _check_text(node, kind_of)


def check_condition(test: exp.Expr, kind_of: KindOf) -> None:
    """Refuses one that is neither true nor false. What it is made of is checked elsewhere."""
    test = test.unnest()
    if isinstance(test, (*_CONDITIONS, exp.Connector, exp.Not)):
        return
    if (kind := kind_of(test)) not in _TRUTHS:
        problem = f"a condition is true or false, but {_name(test)} is {shown(kind)}"
        raise DefinitionError(problem, at=callsite())


def _tests(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, (exp.Connector, exp.Not)):
        yield from node.iter_expressions()
    elif isinstance(node, exp.Case) and node.this is None:
        yield from (branch.this for branch in node.args["ifs"])
    elif isinstance(node, (exp.Where, exp.LogicalAnd, exp.LogicalOr)):
        yield node.this


def _check_text(node: exp.GroupConcat, kind_of: KindOf) -> None:
    value = node.this.this if isinstance(node.this, exp.Order) else node.this
    if family_of(kind := kind_of(value)) != "text" and kind not in NULLS:
        raise DefinitionError(
            f"only texts are joined, but {_name(value)} is {shown(kind)}",
            at=callsite(),
            hint="Cast it: .cast(pa.string()).",
        )


def _name(tree: exp.Expr) -> str:
    return f"'{tree.name}'" if isinstance(tree, exp.Column) else tree.sql()
