"""Choosing and ordering rows."""

from __future__ import annotations

from typing import Self, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import (
    Expression,
    Ordering,
    condition,
    order_terms,
    refuse_windows,
)
from vibepiper_transform.lazy_query import LazyQuery

__all__ = ["Selection"]


class Selection(LazyQuery):
    """What chooses or orders a relation's rows, and changes none of its columns."""

    def filter(self, *conditions: Expression) -> Self:
        """The rows for which every condition holds."""
        trees = [self.checked(condition(test).tree) for test in conditions]
        for tree in trees:
            refuse_windows(tree, "a filter")
            self._check_boolean(tree)
        return self.replace(exp.select("*").from_(self.body()).where(*trees), self.columns)

    def order_by(self, *by: str | Expression | Ordering) -> Self:
        """Ascending with nulls last unless told: ``col("x").desc(nulls="first")``. The order is
        for reading and for `limit`; what is built on top may lose it."""
        terms = [self.checked(term) for term in order_terms(by)]
        if not terms:
            raise DefinitionError("an order needs at least one column", at=callsite())
        return self.replace(exp.select("*").from_(self.body()).order_by(*terms), self.columns)

    def limit(self, rows: int, *, offset: int = 0) -> Self:
        """The first rows after ``offset`` others; of an unordered relation, any."""
        _check_count("a limit", rows)
        _check_count("an offset", offset)
        limited = self._tree.copy() if self._open() else exp.select("*").from_(self.body())
        limited = cast("exp.Select", limited).limit(rows)
        return self.replace(limited.offset(offset) if offset else limited, self.columns)

    def distinct(self) -> Self:
        """Each different row once."""
        return self.replace(exp.select("*").distinct().from_(self.body()), self.columns)

    def _check_boolean(self, tree: exp.Expr) -> None:
        """A bare column is no condition unless it is boolean; engines would cast it."""
        if isinstance(tree, exp.Column):
            kind = self.kind_of(tree)
            if not pa.types.is_boolean(kind):
                raise DefinitionError(
                    f"a condition is true or false, but '{tree.name}' is {kind}", at=callsite()
                )

    def _open(self) -> bool:
        """Whether a LIMIT can be added to the tree itself, after its ORDER BY."""
        return isinstance(self._tree, exp.Select) and not (
            self._tree.args.get("limit") or self._tree.args.get("offset")
        )


def _check_count(what: str, rows: int) -> None:
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0:
        raise DefinitionError(
            f"{what} is a whole number of rows, 0 or more, found {rows!r}", at=callsite()
        )
