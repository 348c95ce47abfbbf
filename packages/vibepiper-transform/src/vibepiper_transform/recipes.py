"""What is asked of many tables, made of the relation's other words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast, get_args

from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.aggregates import Count, Max, Min, Sum
from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import Expression, col
from vibepiper_transform.families import family_of, shown
from vibepiper_transform.functions import when
from vibepiper_transform.kinds import is_time, null_of
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.names import check_names
from vibepiper_transform.operand import Operand
from vibepiper_transform.ordering import Order, Ordering
from vibepiper_transform.time_series import Every, time_series
from vibepiper_transform.windows import first, lag, row_number

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["Fill", "Recipes"]

Fill = Literal["null", "forward"]


class Recipes(LazyQuery):
    """What has been written many times before, with its corner cases thought of."""

    def deduplicate(self, *keys: str, order_by: Order) -> Relation:
        """One row of each group of equal keys: the first by ``order_by``. Rows that are equal in
        it are put in the order of their other columns, so that the same one is always kept."""
        relation = cast("Relation", self)
        if not keys:
            raise DefinitionError(
                "deduplicate needs at least one key", at=callsite(), hint="See distinct()."
            )
        place = _free("place", self.columns)
        rest = [n for n in self.columns if n not in keys and family_of(self.kinds[n])]
        order = [*_several(order_by), *rest]
        numbered = relation.mutate(**{place: row_number().over(partition_by=keys, order_by=order)})
        return numbered.filter(col(place) == 1).drop(place)

    def sessionize(
        self,
        at: str,
        *,
        gap: timedelta | float,
        by: str | Sequence[str] = (),
        name: str = "session",
    ) -> Relation:
        """Its columns and the number of a session, 1, 2, 3 ... of each ``by``: a session ends
        where the next ``at`` is more than ``gap`` later. A row whose ``at`` is null has none."""
        relation = cast("Relation", self)
        self.check(at)
        keys = _names(by)
        check_names([*self.columns, name])
        begins = _free("begins", [*self.columns, name])
        before = lag(at).over(partition_by=keys, order_by=at)
        marked = relation.mutate(**{begins: before}).mutate(
            **{begins: when(col(at) <= col(begins) + gap).then(0).otherwise(1)}
        )
        number = Sum(begins).over(partition_by=keys, order_by=at)
        return marked.mutate(**{name: when(col(at).is_not_null()).then(number)}).drop(begins)

    def fill_gaps(
        self,
        at: str,
        *,
        every: Every,
        by: str | Sequence[str] = (),
        zone: str | None = None,
        fill: Fill = "null",
    ) -> Relation:
        """Its rows, and one for each time that is missing between the first and the last ``at``
        of each ``by``, in steps of ``every``: ``"day"``, ``"month"``, ``"hour"`` ... or a
        timedelta, counted from the first: two months after 31 January is 31 March.

        Days and longer steps of instants are those of ``zone``, so that they stay at one time of
        the clock when summer begins; without a zone they are UTC's. The other columns of a new
        row are null, or with ``fill="forward"`` the last value before that is not null, which
        fills nulls of old rows too. Rows whose ``at`` is null are left out.
        """
        relation = cast("Relation", self)
        self.check(at)
        if fill not in get_args(Fill):
            problem = f"fill is 'null' or 'forward', found {fill!r}"
            raise DefinitionError(problem, at=callsite(), hint=suggest(fill, get_args(Fill)))
        if not is_time(self.kinds[at]):
            problem = f"'{at}' is no date or timestamp but {shown(self.kinds[at])}"
            raise DefinitionError(problem, at=callsite())
        keys = _names(by)
        known = relation.filter(col(at).is_not_null())
        low, high = _free("low", self.columns), _free("high", self.columns)
        ends = known.groupby(*keys).aggregate(**{low: Min(at), high: Max(at)})
        grid = time_series(ends, keys, (low, high), at, every, zone)
        missing = grid.join(known, on=_same([*keys, at]), how="anti")
        rest = {n: Expression(null_of(self.kinds[n])) for n in self.columns if n not in (*keys, at)}
        filled = known.union(missing.mutate(**rest))
        return filled if fill == "null" else _forward(filled, keys, at)


def _same(names: list[str]) -> Expression:
    """A join's condition: these columns are the same on both sides, nulls too."""
    first, *rest = (col(name).same_as(col(f"{name}_right")) for name in names)
    for test in rest:
        first &= test
    return first


def _forward(relation: Relation, keys: list[str], at: str) -> Relation:
    """Each null of the other columns takes the value of the last row before that has one: rows
    are counted by their values, and of equal counts the first has the value."""
    for name in relation.columns:
        if name in (*keys, at):
            continue
        run = _free("run", relation.columns)
        counted = relation.mutate(
            **{run: Count(name).over(partition_by=keys, order_by=at, rows=(None, 0))}
        )
        value = first(name).over(partition_by=[*keys, run], order_by=at)
        relation = counted.mutate(**{name: value}).drop(run)
    return relation


def _several(order_by: Order) -> list[str | Operand | Ordering]:
    return [order_by] if isinstance(order_by, (str, Operand, Ordering)) else list(order_by)


def _names(by: str | Sequence[str]) -> list[str]:
    return [by] if isinstance(by, str) else list(by)


def _free(name: str, taken: Sequence[str]) -> str:
    """``name``, or the like, which no column has."""
    used = {other.lower() for other in taken}
    while name in used:
        name += "_"
    return name
