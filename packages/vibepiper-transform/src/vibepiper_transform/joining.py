"""Joins."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Self, TypeAlias, get_args

from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.join_sides import Keys, Sides, Suffix, equal_keys
from vibepiper_transform.kinds import Kinds, common_kind
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.names import column
from vibepiper_transform.operand import Operand, tree_of
from vibepiper_transform.placement import home_of
from vibepiper_transform.sources import ArrowSource, ScanSource
from vibepiper_transform.uses import with_place

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["AsofHow", "Direction", "How", "Joining", "On"]

How = Literal["inner", "left", "right", "full", "semi", "anti", "cross"]
On: TypeAlias = "Keys | Operand"
AsofHow = Literal["left", "inner"]
Direction = Literal["backward", "forward"]


class Joining(LazyQuery):
    """What finds the rows of another relation that belong to its own."""

    def join(
        self,
        other: object,
        *,
        on: On = (),
        how: How = "inner",
        suffix: Suffix = "_right",
    ) -> Self:
        """The rows of two relations that have equal keys; null equals nothing.

        ``on`` is a column of both, several, pairs of a left and a right one, or a condition,
        which names columns as the result does. ``how``: ``inner``; ``left``, ``right``,
        ``full`` (the rows of that side, or both, are all kept); ``semi`` (left's rows that have
        a match, each once), ``anti`` (those that have none); ``cross`` (each row with each, and
        no ``on``). The key comes once, under its left name; another column of the right that is
        also one of the left gets ``suffix``, or of a pair of suffixes each side its own.
        ``other`` may be a relation or any Arrow data.
        """
        from vibepiper_transform.constructors import as_relation

        _check_choice(how, How, "kind of join")
        right = as_relation(other)
        if how == "cross":
            return self._crossed(right, on, suffix)
        keys = [] if isinstance(on, Operand) else equal_keys(self, right, on)
        dropped = () if how in ("semi", "anti") else [two for _, two in keys]
        flat = how not in ("right", "full") and self._together(right)
        sides = Sides.of(self, right, suffix, dropped, flat=flat)
        condition = sides.placed(on) if isinstance(on, Operand) else _equal(sides, keys)
        if how in ("semi", "anti"):
            return self._joined(sides, _exists(sides, condition, negated=how == "anti"), self.kinds)
        sides.check()
        filled = keys if how in ("right", "full") else []
        query = _selected(sides, filled)
        query = query.join(sides.from_right(), on=condition, join_type=how, copy=False)
        # Else a key is the left one's, as it is.
        return self._joined(sides, query, _kinds(sides, filled))

    def asof_join(
        self,
        other: object,
        *,
        on: str | tuple[str, str],
        by: Keys = (),
        how: AsofHow = "left",
        direction: Direction = "backward",
        strict: bool = False,
        tolerance: float | timedelta | None = None,
        suffix: Suffix = "_right",
    ) -> Self:
        """Each row with the one row of another relation that is nearest before it.

        ``on`` is a column of times or numbers of both, or a pair of a left and a right one:
        of the other's rows with equal keys ``by`` that whose value is the greatest not above
        this row's is taken; ``forward``, the least not below. An equal value is not taken if
        ``strict``; one that is farther away than ``tolerance`` is no match. ``how``: ``left``
        keeps rows that have no match, ``inner`` does not. Of several rows of the other with the
        same keys and value one is taken: make them one first, with `deduplicate`.
        """
        from vibepiper_transform.constructors import as_relation

        _check_choice(how, AsofHow, "kind of as-of join")
        _check_choice(direction, Direction, "direction")
        right = as_relation(other)
        ((time, other_time),) = equal_keys(self, right, [on])
        keys = equal_keys(self, right, by) if by else []
        sides = Sides.of(self, right, suffix, [two for _, two in keys])
        sides.check()
        before = _nearest(sides, time, other_time, direction, strict)
        near = _within(sides, time, other_time, direction, tolerance)
        query = _selected(sides, [], only=near if how == "left" else None)
        asof = exp.Join(
            this=sides.from_right(),
            method="ASOF",
            side="LEFT" if how == "left" else None,
            on=exp.and_(_equal(sides, keys), before) if keys else before,
        )
        query = query.join(asof)
        if near is not None and how == "inner":
            query = query.where(near)
        return self._joined(sides, query, _kinds(sides, []))

    def _crossed(self, right: Relation, on: On, suffix: Suffix) -> Self:
        if isinstance(on, Operand) or on:
            raise DefinitionError("a cross join has no key", at=callsite(), hint="Leave out `on`.")
        sides = Sides.of(self, right, suffix, flat=self._together(right))
        sides.check()
        query = _selected(sides, []).join(sides.from_right(), join_type="cross", copy=False)
        return self._joined(sides, query, _kinds(sides, []))

    def _together(self, right: Relation) -> bool:
        """Whether all that both read lies in one place, so that no part is to run by itself."""
        sources = {**self._sources, **right._sources}
        here = all(isinstance(source, (ArrowSource, ScanSource)) for source in sources.values())
        return here or home_of(sources) is not None

    def _joined(self, sides: Sides, query: exp.Query, kinds: Kinds) -> Self:
        return self.replace(query, kinds, {**self._sources, **sides.right._sources})


def _selected(
    sides: Sides, filled: list[tuple[str, str]], only: exp.Expr | None = None
) -> exp.Select:
    """Both sides' columns from the left; a key that is ``filled`` by rows of the right alone
    comes from both, and the right's columns are null where ``only`` does not hold."""
    rights = dict(filled)
    columns = {}
    for name, label in sides.left_names().items():
        columns[label] = sides.of_left(name)
        if name in rights:
            other = sides.of_right(rights[name])
            columns[label] = exp.Coalesce(this=columns[label], expressions=[other])
    for name, label in sides.right_names().items():
        columns[label] = sides.of_right(name)
        if only is not None:
            columns[label] = exp.Case().when(only.copy(), columns[label], copy=False)
    return sides.base.with_outputs(columns)


def _kinds(sides: Sides, keys: list[tuple[str, str]]) -> Kinds:
    left, right = sides.left.kinds, sides.right.kinds
    common = {one: common_kind(left[one], right[two]) for one, two in keys}
    return {
        **{shown: common.get(name, left[name]) for name, shown in sides.left_names().items()},
        **{shown: right[name] for name, shown in sides.right_names().items()},
    }


def _exists(sides: Sides, condition: exp.Expr, *, negated: bool) -> exp.Select:
    found: exp.Expr = exp.Exists(this=exp.select("1").from_(sides.from_right()).where(condition))
    if negated:
        found = exp.Not(this=found)
    return sides.base.with_outputs(sides.base.outputs).where(found, copy=False)


def _equal(sides: Sides, keys: list[tuple[str, str]]) -> exp.Expr:
    equal = (exp.EQ(this=sides.of_left(a), expression=sides.of_right(b)) for a, b in keys)
    return with_place(exp.and_(*equal))


def _nearest(sides: Sides, time: str, other: str, direction: str, strict: bool) -> exp.Expr:
    kinds = {"backward": (exp.GTE, exp.GT), "forward": (exp.LTE, exp.LT)}[direction]
    return with_place(kinds[strict](this=sides.of_left(time), expression=sides.of_right(other)))


def _within(
    sides: Sides, time: str, other: str, direction: str, tolerance: float | timedelta | None
) -> exp.Expr | None:
    """Whether the row that was found is near enough."""
    if tolerance is None:
        return None
    move, near = {"backward": (exp.Sub, exp.GTE), "forward": (exp.Add, exp.LTE)}[direction]
    limit = move(this=sides.of_left(time), expression=tree_of(tolerance))
    sides.left.checked(move(this=column(time), expression=tree_of(tolerance)))
    return near(this=sides.of_right(other), expression=limit)


def _check_choice(chosen: str, choices: object, what: str) -> None:
    if chosen not in get_args(choices):
        raise DefinitionError(
            f"'{chosen}' is no {what}", at=callsite(), hint=suggest(chosen, get_args(choices))
        )
