"""Comparing the rows of two relations by their keys, in one query each for numbers and samples."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from typing import cast

import pyarrow as pa

from vibepiper_transform.aggregates import Count
from vibepiper_transform.dialects import UnsupportedSql
from vibepiper_transform.diff.table_diff import ChangedRow
from vibepiper_transform.expressions import Expression, col, lit
from vibepiper_transform.families import family_of
from vibepiper_transform.relation import Relation

__all__ = ["Comparison"]

MASK = "****"
_IN_PLACE_OF_NULL: Mapping[str | None, object] = {
    "number": 0,
    "boolean": False,
    "date": date(1970, 1, 1),
}
"""Values of other families are joined as texts."""


@dataclass(frozen=True)
class Comparison:
    """``compared`` are columns that both sides have, ``floats`` those of them that may differ by
    ``tolerance``, of their size or absolutely."""

    left: Relation
    right: Relation
    key: Sequence[str]
    compared: Sequence[str]
    floats: frozenset[str]
    tolerance: float

    @cached_property
    def _joined(self) -> Relation:
        left, right = self._side(self.left, "left"), self._side(self.right, "right")
        on = [f"{name}_{n}" for n in range(len(self.key)) for name in ("vp_null", "vp_filled")]
        keys = {
            name: col(_key("left", number)).fill_null(col(_key("right", number)))
            for number, name in enumerate(self.key)
        }
        return left.join(right, on=on, how="full").mutate(**keys)

    def _side(self, relation: Relation, side: str) -> Relation:
        """A null in a key is joined by a flag and a value in its place, since some engines have no
        full join on conditions under which nulls are equal."""
        columns = {_name(side, number): name for number, name in enumerate(self.compared)}
        made = {_there(side): lit(True)}
        for number, name in enumerate(self.key):
            columns[_key(side, number)] = name
            made[f"vp_null_{number}"] = col(_key(side, number)).is_null()
            made[f"vp_filled_{number}"] = _filled(_key(side, number), relation.kinds[name])
        return relation.select(**columns).mutate(**made)

    @property
    def can_run(self) -> bool:
        """Whether the engine has words for it; some have no full join."""
        try:
            self._joined.sql()
        except UnsupportedSql:
            return False
        return True

    def counts(self) -> Mapping[str, int]:
        """``added``, ``removed``, ``changed``, and for each compared column its number."""
        each = {str(n): Count(where=self._differs(n)) for n in range(len(self.compared))}
        counted = self._joined.aggregate(
            added=Count(where=_is_missing("left")),
            removed=Count(where=_is_missing("right")),
            changed=Count(where=self._changed) if self.compared else Count(where=lit(False)),
            **each,
        )
        (row,) = counted.to_table().to_pylist()
        return cast("Mapping[str, int]", row)

    def samples(self, limit: int, masked: frozenset[str]) -> Iterator[ChangedRow]:
        different = _is_missing("left") | _is_missing("right")
        if self.compared:
            different = different | self._changed
        rows = self._joined.filter(different).order_by(*self.key).limit(limit)
        for row in rows.to_table().to_pylist():
            yield self._sample(row, masked)

    def _sample(self, row: Mapping[str, object], masked: frozenset[str]) -> ChangedRow:
        key = {name: MASK if name in masked else row[name] for name in self.key}
        added, removed = (row[_there(side)] is None for side in ("left", "right"))
        shown = {}
        for number, name in enumerate(self.compared):
            pair = row[_name("left", number)], row[_name("right", number)]
            if added or removed or not self._same(name, *pair):
                shown[name] = (MASK, MASK) if name in masked else pair
        return ChangedRow("added" if added else "removed" if removed else "changed", key, shown)

    def _same(self, name: str, left: object, right: object) -> bool:
        if name in self.floats and isinstance(left, float) and isinstance(right, float):
            apart = abs(left - right)
            size = max(abs(left), abs(right), 1.0)
            near = math.isfinite(apart) and apart <= self.tolerance * size
            return left == right or near or left != left != right != right
        return left == right

    @cached_property
    def _changed(self) -> Expression:
        each = (self._differs(number) for number in range(len(self.compared)))
        return reduce(lambda one, other: one | other, each)

    def _differs(self, number: int) -> Expression:
        left, right = col(_name("left", number)), col(_name("right", number))
        same = left.same_as(right)
        if self.compared[number] in self.floats and self.tolerance:
            apart = (left - right).abs()
            is_finite = apart <= lit(sys.float_info.max)
            for size in (lit(1.0), left.abs(), right.abs()):
                near = is_finite & (apart <= lit(self.tolerance) * size)
                same = same | near.fill_null(False)
        both = col(_there("left")).is_not_null() & col(_there("right")).is_not_null()
        return both & ~same


def _name(side: str, number: int) -> str:
    return f"vp_{side}_{number}"


def _key(side: str, number: int) -> str:
    return f"vp_{side}_key_{number}"


def _filled(key: str, kind: str) -> Expression:
    family = family_of(kind)
    if family in _IN_PLACE_OF_NULL:
        return col(key).fill_null(_IN_PLACE_OF_NULL[family])
    return col(key).cast(pa.string()).fill_null("")


def _there(side: str) -> str:
    return f"vp_{side}"


def _is_missing(side: str) -> Expression:
    return col(_there(side)).is_null()
