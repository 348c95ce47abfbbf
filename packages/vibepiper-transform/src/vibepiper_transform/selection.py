"""Choosing and ordering rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self, cast

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.conditions import check_condition
from vibepiper_transform.expressions import Expression, lit
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.literals import literal
from vibepiper_transform.names import column
from vibepiper_transform.operand import check_whole, condition, refuse_windows
from vibepiper_transform.ordering import Ordering, order_terms
from vibepiper_transform.uses import with_place

__all__ = ["Selection"]


class Selection(LazyQuery):
    """What chooses or orders a relation's rows, and changes none of its columns."""

    def filter(self, *conditions: Expression) -> Self:
        """The rows for which every condition holds."""
        trees = [self.checked(condition(test)) for test in conditions]
        for tree in trees:
            refuse_windows(tree, "a filter")
            check_condition(tree, self.kind_of)
        used = {column.name for tree in trees for column in tree.find_all(exp.Column)}
        opened = self.opened(used=used)
        query = opened.selecting_all()
        return self.replace(query.where(*map(opened.place, trees), copy=False), self.kinds)

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

    def sample(
        self, fraction: float, *, seed: int = 0, by: str | Iterable[str] | None = None
    ) -> Self:
        """About this fraction of its rows, 0 to 1, each chosen by itself; the same ``seed``
        chooses the same rows of the same table, where the engine reads it in the same order.

        ``by`` columns, rows are chosen by a hash of their values: the same on every engine and
        in every order, and rows of equal values all or none of them.
        """
        is_number = isinstance(fraction, (int, float)) and not isinstance(fraction, bool)
        if not is_number or not 0 <= fraction <= 1:
            raise DefinitionError(f"a fraction is from 0 to 1, found {fraction!r}", at=callsite())
        check_whole("a seed", seed)
        if by is not None:
            return self.filter(self._hashed(by, seed) < lit(_threshold(fraction)))
        body = self.body()
        sample = exp.TableSample(
            method=exp.var("BERNOULLI"),
            percent=exp.Literal.number(format(fraction * 100, ".10f").rstrip("0").rstrip(".")),
            seed=literal(seed),
        )
        body.set("sample", with_place(sample))
        return self.replace(exp.select("*").from_(body), self.kinds)

    def _hashed(self, by: str | Iterable[str], seed: int) -> Expression:
        """A text of 32 hexadecimal digits, evenly distributed."""
        names = [by] if isinstance(by, str) else list(by)
        if not names:
            raise DefinitionError("a sample by columns needs at least one", at=callsite())
        parts: list[exp.Expr] = [literal(str(seed))]
        for name in names:
            self.check(name)
            value = exp.cast(column(name), "TEXT")
            parts += [literal("|"), exp.Coalesce(this=value, expressions=[literal("")])]
        text = parts[0]
        for part in parts[1:]:
            text = exp.DPipe(this=text, expression=part)
        return Expression(exp.MD5(this=text))

    def _open(self) -> bool:
        """Whether a LIMIT can be added to the tree itself, after its ORDER BY."""
        return isinstance(self._tree, exp.Select) and not (
            self._tree.args.get("limit") or self._tree.args.get("offset")
        )


def _threshold(fraction: float) -> str:
    """What that fraction of all texts of hexadecimal digits is less than."""
    return "g" if fraction == 1 else format(int(fraction * 16**12), "012x")
