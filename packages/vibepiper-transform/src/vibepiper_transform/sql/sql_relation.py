"""The relation that a SQL asset is: wrong types are told where the SQL has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.errors import DataError, DefinitionError, Location

from vibepiper_transform.dialects.native import nodes_at_last
from vibepiper_transform.dialects.trees import results_of
from vibepiper_transform.kinds import Kinds
from vibepiper_transform.relation import Relation
from vibepiper_transform.sql.foreign import UntypedColumn, function_name, kinds_beside_foreign

if TYPE_CHECKING:
    from vibepiper_transform.sql.parsing import ParsedQuery

__all__ = ["SqlRelation"]

_CLAUSES = ("where", "group", "having", "qualify", "windows", "distinct", "order", "limit")
_NAMED = re.compile(r"'(\w+)\(|with name \"?(\w+)|column \"(\w+)\"")


class SqlRelation(Relation):
    """``parsed`` is what the relation is of, where it is a SQL asset itself, and not what is built
    on one."""

    parsed: ParsedQuery | None = None
    stays: bool = False
    """Whether it runs in the dialect in which it is written."""

    @cached_property
    def kinds(self) -> Kinds:
        try:
            return self._kinds_where_it_runs(self._tree) if self.stays else super().kinds
        except DataError as error:
            if self.parsed is None:
                raise
            if isinstance(error, UntypedColumn):
                raise UntypedColumn(error.column, at=self.place_of(error.column)) from error
            raise self._placed(self.parsed, error) from error

    def kinds_at_last(self) -> Kinds:
        """Its kinds, for which its tree is used up: nothing else can be asked of it afterwards.
        Raises `DataError` that tells no place for what `kinds` refuses."""
        known = self.stays or "kinds" in self.__dict__
        return self.kinds if known else self._kinds_by(nodes_at_last)

    def place_of(self, name: str) -> Location | None:
        if self.parsed is None:
            return None
        select = next(results_of(self.parsed.tree))
        found = zip(self.columns, select.selects, strict=False)
        return next((self.parsed.finder(node)() for each, node in found if each == name), None)

    def _place_near(self, node: exp.Expr) -> Location | None:
        return super()._place_near(node) if self.parsed is None else self.parsed.finder(node)()

    def _kinds_where_it_runs(self, query: exp.Query) -> Kinds:
        """Its engine may have functions that DuckDB has not."""
        return kinds_beside_foreign(query, self._kinds_here)

    def _kinds_here(self, query: exp.Query) -> Kinds:
        return Relation(query, self._sources).kinds

    def _placed(self, parsed: ParsedQuery, error: DataError) -> DefinitionError:
        """The error at the first part of the query without which, and without those after it, the
        types are as they should be."""
        text, _, rest = error.message.partition("\n")
        place = self._culprit(parsed.tree)
        if place is not None and (found := _NAMED.search(text)) is not None:
            name = str(found[found.lastindex or 0]).lower()
            around = place.find_ancestor(exp.Select) if found[3] else place
            place = next(
                (
                    n
                    for n in (around or place).find_all(exp.Func, exp.Column)
                    if function_name(n) == name
                ),
                place,
            )
        hint = next((line for line in rest.split("\n") if line.startswith(("Did", "Cand"))), None)
        return parsed.error(text.partition(": ")[2] or text, place, hint)

    def _culprit(self, tree: exp.Query) -> exp.Expr | None:
        count = sum(1 for _ in _parts(tree))
        for kept in range(count):
            if not self._binds(kept + 1):
                return next(part for number, (part, _) in enumerate(_parts(tree)) if number == kept)
        return None

    def _binds(self, kept: int) -> bool:
        """Whether the query has types when only its first parts are kept."""
        tree = self.tree
        for number, (part, is_column) in enumerate(list(_parts(tree))):
            if number >= kept:
                if is_column:
                    part.replace(exp.alias_(exp.Null(), part.alias_or_name, quoted=True))
                else:
                    part.pop()
        kinds = self._kinds_where_it_runs if self.stays else self._kinds_here
        try:
            return bool(kinds(tree))
        except DataError:
            return False


def _parts(tree: exp.Query) -> Iterator[tuple[exp.Expr, bool]]:
    """What a query is made of, in the order in which it is evaluated: conditions, and columns."""
    for select in reversed(list(tree.find_all(exp.Select))):
        for join in select.args.get("joins") or ():
            if (condition := join.args.get("on")) is not None:
                yield condition, False
        for name in _CLAUSES[:2]:
            if (clause := select.args.get(name)) is not None:
                yield clause, False
        for column in list(select.expressions):
            yield column, True
        for name in _CLAUSES[2:]:
            value = select.args.get(name)
            for clause in value if isinstance(value, list) else [value]:
                if isinstance(clause, exp.Expr):
                    yield clause, False
