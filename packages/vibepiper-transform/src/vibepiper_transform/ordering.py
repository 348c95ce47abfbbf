"""What to order by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.operand import Operand, alone, column_tree

__all__ = ["Columns", "Nulls", "Order", "Ordering", "column_trees", "order_terms"]

Nulls = Literal["first", "last"]
Columns: TypeAlias = "str | Operand | Iterable[str | Operand]"
Order: TypeAlias = "str | Operand | Ordering | Iterable[str | Operand | Ordering]"


class Ordering:
    """An expression to order by, a direction, and where nulls go (last, unless told)."""

    def __init__(self, by: Operand, *, descending: bool, nulls: Nulls) -> None:
        if nulls not in ("first", "last"):
            raise DefinitionError(f"nulls go 'first' or 'last', found {nulls!r}", at=callsite())
        self.tree = exp.Ordered(
            this=alone(column_tree(by)), desc=descending, nulls_first=nulls == "first"
        )


def order_terms(by: Order) -> list[exp.Expr]:
    """ORDER BY terms; ascending with nulls last unless told."""
    many = [by] if isinstance(by, (str, Operand, Ordering)) else list(by)
    return [_ordering(term).tree for term in many]


def column_trees(columns: Columns) -> list[exp.Expr]:
    """The trees of one name or expression, or of several."""
    many = [columns] if isinstance(columns, (str, Operand)) else list(columns)
    return [column_tree(column) for column in many]


def _ordering(term: str | Operand | Ordering) -> Ordering:
    if isinstance(term, Ordering):
        return term
    return Ordering(Operand(column_tree(term)), descending=False, nulls="last")
