"""Comparing two tables: within their engine where it is one, else by checksums first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from vibepiper.errors import DataError, DefinitionError, suggest

from vibepiper_transform.aggregates import Count
from vibepiper_transform.diff.checksums import can_sum, segments_of, within
from vibepiper_transform.diff.comparing import MASK, Comparison
from vibepiper_transform.diff.table_diff import TableDiff
from vibepiper_transform.expressions import col
from vibepiper_transform.families import family_of
from vibepiper_transform.kinds import check_comparable
from vibepiper_transform.relation import Relation

__all__ = ["diff_tables"]

_FLOATS = ("FLOAT", "DOUBLE")


def diff_tables(
    left: Relation,
    right: Relation,
    key: Sequence[str],
    *,
    tolerance: float = 0.0,
    samples: int = 10,
    masked: Iterable[str] = (),
) -> TableDiff:
    """How ``right`` differs from ``left``, row by row of ``key``, which must tell rows apart on
    both sides.

    Where one engine holds both, it compares them and no row moves. Else each engine sums its rows
    up by segments of keys, and only rows of segments that differ are fetched; engines write
    floats each in their way, so those that differ by a billionth, of their size or absolutely,
    are then the same whatever the ``tolerance``, which says how much floats may differ in either
    way. ``samples`` rows are shown, with ``****`` for columns that are ``masked``.
    """
    asked = _Asked(left, right, tuple(key), tolerance, samples, frozenset(masked))
    for side, name in ((left, "left"), (right, "right")):
        _check_columns(side, asked, name)
    for column in asked.key:
        check_comparable(column, left.kinds[column], right.kinds[column])
    is_one = left.backend == right.backend and asked.comparison(left, right).can_run
    return _together(asked) if is_one else _apart(asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    left: Relation
    right: Relation
    key: tuple[str, ...]
    tolerance: float
    samples: int
    masked: frozenset[str]

    @property
    def compared(self) -> list[str]:
        """The columns of both sides whose types can be compared."""
        kinds = self.left.kinds, self.right.kinds
        both = [n for n in self.left.columns if n in self.right.columns and n not in self.key]
        return [name for name in both if _can_compare(kinds[0][name], kinds[1][name])]

    def comparison(self, left: Relation, right: Relation) -> Comparison:
        kinds = self.left.kinds
        floats = frozenset(name for name in self.compared if kinds[name] in _FLOATS)
        return Comparison(left, right, self.key, self.compared, floats, self.tolerance)


def _can_compare(one: str, two: str) -> bool:
    """Lists, structs and others of no family only with their own type."""
    return one == two or family_of(one) == family_of(two) is not None


def _check_columns(side: Relation, asked: _Asked, name: str) -> None:
    if not asked.key:
        raise DefinitionError("rows can be compared only by a key; name its columns")
    for column in asked.key:
        if column not in side.columns:
            hint = suggest(column, side.columns)
            raise DefinitionError(f"the {name} table has no column '{column}'", hint=hint)


def _check_rows(side: Relation, asked: _Asked, name: str) -> None:
    """Refuses a key that several rows have."""
    counted = side.groupby(*asked.key).aggregate(vp_rows=Count())
    found = counted.filter(col("vp_rows") > 1).limit(1).to_table().to_pylist()
    if found:
        rows = found[0].pop("vp_rows")
        values = {n: MASK if n in asked.masked else value for n, value in found[0].items()}
        told = ", ".join(f"{column}={value!r}" for column, value in values.items())
        raise DataError(
            f"the {name} table has {rows:,} rows with {told}",
            hint="Name more columns: a key tells every row apart.",
        )


def _together(asked: _Asked) -> TableDiff:
    """One engine compares all rows."""
    found = _differences(asked, asked.left, asked.right)
    return replace(found, left_rows=asked.left.count(), right_rows=asked.right.count())


def _apart(asked: _Asked) -> TableDiff:
    """Two engines: rows move only where the checksums of their segments differ."""
    columns, scales = asked.compared, _scales(asked)
    left, right = asked.left, asked.right
    with ThreadPoolExecutor(2) as pool:  # two engines, which may work at once
        rows = tuple(pool.map(Relation.count, (left, right)))
        summed = can_sum((left, right), (*asked.key, *columns))
        sum_up = partial(segments_of, key=asked.key, columns=columns, rows=max(rows), scales=scales)
        found = list(pool.map(sum_up, (left, right))) if summed else []
    if found:
        ours, theirs = found
        different = ours.different(theirs)
        _check_rows(left, asked, "left")  # of both, where the segments are the same
        if not different:
            return replace(_nothing(asked), left_rows=rows[0], right_rows=rows[1])
        moved = sum(s.found.get(n, (0, ""))[0] for s in (ours, theirs) for n in different)
        if len(different) < len(ours.found):
            left = within(left, asked.key, ours.digits, different, scales)
            right = within(right, asked.key, ours.digits, different, scales)
    else:
        moved = sum(rows)
    asked = replace(asked, tolerance=max(asked.tolerance, 1e-9))
    left, right = (side.hint("materialize") for side in (left, right))
    told = _differences(asked, left, right)
    return replace(told, left_rows=rows[0], right_rows=rows[1], moved=moved)


def _differences(asked: _Asked, left: Relation, right: Relation) -> TableDiff:
    for side, name in ((left, "left"), (right, "right")):
        _check_rows(side, asked, name)
    comparison = asked.comparison(left, right)
    counts = comparison.counts()
    by_column = {name: counts[str(n)] for n, name in enumerate(asked.compared) if counts[str(n)]}
    different = counts["added"] or counts["removed"] or counts["changed"]
    shown = comparison.samples(asked.samples, asked.masked) if different and asked.samples else ()
    return replace(
        _nothing(asked),
        added=counts["added"],
        removed=counts["removed"],
        changed=counts["changed"],
        by_column=by_column,
        samples=tuple(shown),
    )


def _nothing(asked: _Asked) -> TableDiff:
    """What the schemas alone say."""
    left, right = asked.left.kinds, asked.right.kinds
    both = [name for name in left if name in right]
    retyped = {name: (left[name], right[name]) for name in both if left[name] != right[name]}
    compared = {*asked.compared, *asked.key}
    return TableDiff(
        0, 0, 0, 0, 0, {},
        added_columns=tuple(name for name in right if name not in left),
        removed_columns=tuple(name for name in left if name not in right),
        retyped=retyped,
        uncompared=tuple(name for name in both if name not in compared),
    )  # fmt: skip


def _scales(asked: _Asked) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for relation in (asked.left, asked.right):
        for name in (*asked.key, *asked.compared):
            if scale := re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", relation.kinds[name]):
                found[name] = max(found.get(name, 0), int(scale[1]))
    return found
