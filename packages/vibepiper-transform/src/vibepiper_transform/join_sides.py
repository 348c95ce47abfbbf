"""The two sides of a join, and what the result calls their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.kinds import check_comparable
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.names import alias, check_names, column
from vibepiper_transform.operand import Operand, refuse_windows

__all__ = ["Keys", "Sides", "Suffix", "equal_keys"]

Keys: TypeAlias = "str | Sequence[str | tuple[str, str]]"
Suffix: TypeAlias = "str | tuple[str, str]"


@dataclass(frozen=True)
class Sides:
    """``l`` and ``r``, the names that the sides have in the tree. ``dropped`` are the columns of
    the right that the result has under their left name alone."""

    left: LazyQuery
    right: LazyQuery
    suffix: Suffix
    dropped: frozenset[str] = field(default=frozenset())

    def left_names(self) -> dict[str, str]:
        """The columns of the left, and their names in the result."""
        clashes = _lower(set(self.right.columns) - self.dropped)
        ending = self.suffix[0] if isinstance(self.suffix, tuple) else ""
        return {n: n + ending if n.lower() in clashes else n for n in self.left.columns}

    def right_names(self) -> dict[str, str]:
        """The columns of the right that the result has, and their names in it."""
        clashes = _lower(self.left.columns)
        ending = self.suffix[1] if isinstance(self.suffix, tuple) else self.suffix
        kept = [name for name in self.right.columns if name not in self.dropped]
        return {n: n + ending if n.lower() in clashes else n for n in kept}

    def check(self) -> None:
        names = [*self.left_names().values(), *self.right_names().values()]
        check_names(names, "Give the join another suffix.")

    def from_left(self) -> exp.Expr:
        return _side(self.left, "l")

    def from_right(self) -> exp.Expr:
        return _side(self.right, "r")

    def placed(self, condition: Operand) -> exp.Expr:
        """A condition, each of its columns given to the side that the result has it from."""
        places = {shown: (name, "r") for name, shown in self.right_names().items()}
        places |= {shown: (name, "l") for name, shown in self.left_names().items()}

        def place(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            if node.name not in places:
                raise DefinitionError(
                    f"there is no column '{node.name}' on either side of the join",
                    at=callsite(),
                    hint=suggest(node.name, places),
                )
            return column(*places[node.name])

        refuse_windows(condition.tree, "a join's condition")
        return exp.paren(condition.tree.copy().transform(place), copy=False)


def equal_keys(left: LazyQuery, right: LazyQuery, on: Keys) -> list[tuple[str, str]]:
    """Pairs of a left and a right column, that are there and can be compared."""
    names = [on] if isinstance(on, str) else list(on) if isinstance(on, Sequence) else []
    if not names:
        raise DefinitionError("a join needs at least one key", at=callsite())
    keys = [(name, name) if isinstance(name, str) else name for name in names]
    for one, two in keys:
        left.check(one)
        right.check(two)
        check_comparable(one, left.kinds[one], right.kinds[two])
    return keys


def _side(query: LazyQuery, name: str) -> exp.Expr:
    body = query.body()
    body.set("alias", alias(name))
    return body


def _lower(names: object) -> set[str]:
    return {name.lower() for name in names}  # type: ignore[attr-defined]
