"""The two sides of a join, and what the result calls their columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.conditions import check_conditions
from vibepiper_transform.families import shown
from vibepiper_transform.kinds import check_comparable, kind_of
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.names import alias, check_names, column
from vibepiper_transform.opened import Opened
from vibepiper_transform.operand import Operand, refuse_windows
from vibepiper_transform.uses import with_place

__all__ = ["Keys", "Sides", "Suffix", "equal_keys"]

Keys: TypeAlias = "str | Sequence[str | tuple[str, str]]"
Suffix: TypeAlias = "str | tuple[str, str]"


@dataclass(frozen=True)
class Sides:
    """``base`` is the left as what the right is joined to, where it is called ``name``.
    ``dropped`` are the columns of the right that the result has under their left name alone."""

    left: LazyQuery
    right: LazyQuery
    suffix: Suffix
    base: Opened
    name: str
    dropped: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(
        cls,
        left: LazyQuery,
        right: LazyQuery,
        suffix: Suffix,
        dropped: Iterable[str] = (),
        *,
        flat: bool = False,
    ) -> Sides:
        """``flat`` where the join may be added to those of the left."""
        _check_suffix(suffix)
        base = left.opened("l") if flat else Opened.closed(left.body(), left.columns, "l")
        return cls(left, right, suffix, base, base.free_name("r"), frozenset(dropped))

    def of_left(self, name: str) -> exp.Expr:
        """A column of the left, in the tree."""
        return self.base.outputs[name].copy()

    def of_right(self, name: str) -> exp.Expr:
        """A column of the right, in the tree."""
        return column(name, self.name)

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

    def kinds(self) -> dict[str, str]:
        """The types of the result's columns."""
        left = {label: self.left.kinds[name] for name, label in self.left_names().items()}
        return left | {label: self.right.kinds[n] for n, label in self.right_names().items()}

    def check(self) -> None:
        names = [*self.left_names().values(), *self.right_names().values()]
        check_names(names, "Give the join another suffix.")

    def from_right(self) -> exp.Expr:
        body = self.right.body()
        body.set("alias", alias(self.name))
        return body

    def placed(self, condition: Operand) -> exp.Expr:
        """A condition over the result's columns, each given to the side that it comes from, and
        checked to be one."""
        places = {label: self.of_right(name) for name, label in self.right_names().items()}
        places |= {label: self.of_left(name) for name, label in self.left_names().items()}

        def place(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            if node.name not in places:
                raise DefinitionError(
                    f"there is no column '{node.name}' on either side of the join",
                    at=callsite(),
                    hint=suggest(node.name, places),
                )
            return places[node.name].copy()

        refuse_windows(condition.tree, "a join's condition")
        placed = exp.paren(condition.tree.copy().transform(place), copy=False)
        if (kind := kind_of(condition.tree, self.kinds())) != "BOOLEAN":
            raise DefinitionError(
                f"a join's condition is true or false, but {condition.tree.sql()} is {shown(kind)}",
                at=callsite(),
            )
        check_conditions(condition.tree, lambda tree: kind_of(tree, self.kinds()))
        return with_place(placed)


def equal_keys(left: LazyQuery, right: LazyQuery, on: Keys) -> list[tuple[str, str]]:
    """Pairs of a left and a right column, that are there and can be compared."""
    names = [on] if isinstance(on, str) else list(on) if isinstance(on, Sequence) else []
    if not names:
        raise DefinitionError("a join needs at least one key", at=callsite())
    keys = [(name, name) if isinstance(name, str) else _pair(name) for name in names]
    for one, two in keys:
        left.check(one)
        right.check(two)
        check_comparable(one, left.kinds[one], right.kinds[two])
    return keys


def _check_suffix(suffix: object) -> None:
    both = suffix if isinstance(suffix, tuple) else (suffix, suffix)
    if len(both) != 2 or not all(isinstance(each, str) for each in both):
        raise DefinitionError(
            f"a suffix is a text, or a pair of them, found {suffix!r}", at=callsite()
        )


def _pair(key: object) -> tuple[str, str]:
    if not isinstance(key, tuple) or len(key) != 2:
        raise DefinitionError(
            f"a join's key is a name, or a pair of a left and a right one, found {key!r}",
            at=callsite(),
            hint='Such as on="id", on=["id", "day"] or on=[("id", "order_id")].',
        )
    return key


def _lower(names: object) -> set[str]:
    return {name.lower() for name in names}  # type: ignore[attr-defined]
