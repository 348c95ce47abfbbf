"""Choosing and computing columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import Expression
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.names import check_names, column, name_of
from vibepiper_transform.operand import column_tree, tree_of

__all__ = ["Projection"]


class Projection(LazyQuery):
    """What changes a relation's columns, and none of its rows."""

    def select(self, *columns: str | Expression, **named: str | Expression) -> Self:
        """These columns, in this order; ``new="old"`` renames, ``new=expression`` computes."""
        chosen = [self._output(name_of(chosen), chosen) for chosen in columns]
        chosen += [self._output(name, column) for name, column in named.items()]
        return self._selected(chosen)

    def mutate(self, **named: object) -> Self:
        """Its columns and these; one of the same name is replaced where it stands. A string is
        a constant: name columns with `col`."""
        new = {name: self._aliased(name, tree_of(value)) for name, value in named.items()}
        kept = [new.pop(name, column(name)) for name in self.columns]
        return self._selected([*kept, *new.values()])

    def rename(self, **named: str) -> Self:
        """``new="old"``; the rest stays."""
        for old in named.values():
            self.check(old)
        new = {old: name for name, old in named.items()}
        if len(new) < len(named):
            raise DefinitionError("a column is renamed twice in one rename", at=callsite())
        columns = [self._output(new[n], n) if n in new else column(n) for n in self.columns]
        return self._selected(columns)

    def drop(self, *columns: str) -> Self:
        """Its columns without these."""
        for name in columns:
            self.check(name)
        return self._selected([column(name) for name in self.columns if name not in columns])

    def _output(self, name: str, column: str | Expression) -> exp.Expr:
        return self._aliased(name, column_tree(column))

    def _aliased(self, name: str, tree: exp.Expr) -> exp.Expr:
        if isinstance(tree, exp.Column) and tree.name == name:
            return self.checked(tree)
        return exp.alias_(self.checked(tree), name, quoted=True)

    def _selected(self, columns: Sequence[exp.Expr]) -> Self:
        check_names(column.alias_or_name for column in columns)
        kinds = {column.alias_or_name: self.kind_of(column.unalias()) for column in columns}
        trees = {column.alias_or_name: column.unalias() for column in columns}
        return self.replace(self.opened(used=_used(trees.values())).selecting(trees), kinds)


def _used(trees: Iterable[exp.Expr]) -> set[str]:
    """The columns of which something is computed, and those that stand there twice: what made
    them would have to be computed again."""
    computed: set[str] = set()
    shown: Counter[str] = Counter()
    for tree in trees:
        if isinstance(tree, exp.Column):
            shown[tree.name] += 1
        else:
            computed.update(column.name for column in tree.find_all(exp.Column))
    return computed | {name for name, times in shown.items() if times > 1}
