"""Choosing and ordering rows."""

from __future__ import annotations

from typing import Self, cast

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import Expression
from vibepiper_transform.kinds import shown
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.operand import check_whole, condition, refuse_windows
from vibepiper_transform.ordering import Ordering, order_terms

__all__ = ["Selection"]


class Selection(LazyQuery):
    """What chooses or orders a relation's rows, and changes none of its columns."""

    def filter(self, *conditions: Expression) -> Self:
        """The rows for which every condition holds."""
        trees = [self.checked(condition(test)) for test in conditions]
        for tree in trees:
            refuse_windows(tree, "a filter")
            self._check_boolean(tree)
        return self.replace(exp.select("*").from_(self.body()).where(*trees), self.kinds)

    def order_by(self, *by: str | Expression | Ordering) -> Self:
        """Ascending with nulls last unless told: ``col("x").desc(nulls="first")``. The order is
        for reading and for `limit`; what is built on top may lose it."""
        terms = [self.checked(term) for term in order_terms(by)]
        if not terms:
            raise DefinitionError("an order needs at least one column", at=callsite())
        return self.replace(exp.select("*").from_(self.body()).order_by(*terms), self.kinds)

    def limit(self, rows: int, *, offset: int = 0) -> Self:
        """The first rows after ``offset`` others; of an unordered relation, any."""
        check_whole("a limit", rows, least=0)
        check_whole("an offset", offset, least=0)
        limited = self._tree.copy() if self._open() else exp.select("*").from_(self.body())
        limited = cast("exp.Select", limited).limit(rows)
        return self.replace(limited.offset(offset) if offset else limited, self.kinds)

    def distinct(self) -> Self:
        """Each different row once."""
        return self.replace(exp.select("*").distinct().from_(self.body()), self.kinds)

    def _check_boolean(self, tree: exp.Expr) -> None:
        """What is not boolean is no condition, nor part of one; engines would cast it."""
        if isinstance(tree, (exp.Connector, exp.Not, exp.Paren)):
            for part in tree.iter_expressions():
                self._check_boolean(part)
        elif (kind := self.kind_of(tree)) != "BOOLEAN":
            found = f"'{tree.name}'" if isinstance(tree, exp.Column) else tree.sql()
            raise DefinitionError(
                f"a condition is true or false, but {found} is {shown(kind)}", at=callsite()
            )

    def _open(self) -> bool:
        """Whether a LIMIT can be added to the tree itself, after its ORDER BY."""
        return isinstance(self._tree, exp.Select) and not (
            self._tree.args.get("limit") or self._tree.args.get("offset")
        )
