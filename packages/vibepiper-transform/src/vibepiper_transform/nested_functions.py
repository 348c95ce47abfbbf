"""Functions of lists and structs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.literals import literal
from vibepiper_transform.operand import Operand, check_whole, nested, tree_of

if TYPE_CHECKING:
    from vibepiper_transform.expressions import Expression

__all__ = ["NestedFunctions"]


class NestedFunctions(Operand):
    """What is asked of a list or a struct; `Relation.unnest` makes rows of a list's elements."""

    def list_length(self) -> Expression:
        """How many elements, nulls among them."""
        return self._of(exp.ArraySize(this=self._this()))

    def element(self, index: int) -> Expression:
        """The element at ``index``, as in Python: 0 is the first, -1 the last; null where there
        is none."""
        check_whole("an index", index)
        place = literal(index + 1 if index >= 0 else index)
        return self._of(exp.Bracket(this=nested(self.tree), expressions=[place], offset=1))

    def list_contains(self, value: object) -> Expression:
        """Whether an element equals ``value``."""
        return self._of(exp.ArrayContains(this=self._this(), expression=tree_of(value)))

    def list_sort(self) -> Expression:
        """Ascending, nulls last."""
        return self._of(exp.ArraySort(this=self._this()))

    def list_distinct(self) -> Expression:
        """Each different element that is not null once, sorted."""
        return self._of(exp.ArraySort(this=exp.ArrayDistinct(this=self._this())))

    def list_join(self, separator: str) -> Expression:
        """The elements that are not null as one text."""
        return self._of(exp.ArrayToString(this=self._this(), expression=literal(separator)))

    def field(self, name: str) -> Expression:
        """A struct's field."""
        if not isinstance(name, str):
            raise DefinitionError(f"a field is a name, found {name!r}", at=callsite())
        part = exp.to_identifier(name, quoted=True)
        return self._of(exp.Dot(this=nested(self.tree), expression=part))
