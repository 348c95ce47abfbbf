"""A table in the parts that a column makes of it, such as its months: how each differs from the
one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from vibepiper.errors import DataError, DefinitionError, suggest
from vibepiper_transform import Aggregate, Avg, Count, Expression, Relation, col, from_arrow, lit

from vibepiper_quality.drift import Drift, find_drift
from vibepiper_quality.families import family_of
from vibepiper_quality.numeric import finite
from vibepiper_quality.sampling import SAMPLE_ROWS, sample_rows

__all__ = ["Part", "find_drift_by"]

MOST_PARTS = 100


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one ``value`` of the column. ``null_shares`` (0 to 1) are of the other columns,
    ``means`` of the finite numbers of those that have any, and ``drift`` is from the part before:
    of the first there is none."""

    value: object
    rows: int
    null_shares: Mapping[str, float]
    means: Mapping[str, float]
    drift: Drift | None


def find_drift_by(
    data: object, by: str, *, threshold: float = 0.2, sample: int = SAMPLE_ROWS
) -> list[Part]:
    """The parts in the order of their values, which are at most 100; those of NaN and of nulls
    come last. Of a part of more than ``sample`` rows, about as many random ones are compared.
    Raises `DataError` for a column of values that have no literal in SQL, or that Python has not
    to the last digit, and for a table without another column."""
    relation = data if isinstance(data, Relation) else from_arrow(data)
    if by not in relation.columns:
        hint = suggest(by, relation.columns)
        raise DefinitionError(f"the table has no column '{by}'", hint=hint)
    _check_parts(relation, by)
    if relation.select(by).distinct().count() > MOST_PARTS:
        raise DataError(f"column '{by}' has more than {MOST_PARTS} different values")
    return list(_parts(relation, by, threshold, sample))


def _check_parts(relation: Relation, by: str) -> None:
    kind = relation.schema.field(by).type
    in_nanoseconds = pa.types.is_timestamp(kind) and kind.unit == "ns"
    if family_of(kind) == "other" or in_nanoseconds:
        raise DataError(
            f"parts are made by text, booleans, numbers, dates, or timestamps down to "
            f"microseconds; column '{by}' is {kind}",
            hint="Name another column, or one with its values cast to such a type.",
        )
    if len(relation.columns) == 1:
        raise DataError(f"the table has no column beside '{by}', whose parts would be compared")


def _parts(relation: Relation, by: str, threshold: float, sample: int) -> Iterator[Part]:
    others = [name for name in relation.columns if name != by]
    measured = _measured(relation, by, others)
    before = None
    for value, found in sorted(measured.items(), key=lambda item: _place(item[0])):
        rows = relation.filter(_is(by, value)).select(*others)
        table = sample_rows(rows, int(found["rows"]), sample)
        drift = None if before is None else _all_of(before, table, threshold)
        before = table
        count = found["rows"]
        yield Part(
            value,
            int(count),
            {name: 1 - found[f"n{at}"] / count for at, name in enumerate(others)},
            {
                name: found[f"m{at}"]
                for at, name in enumerate(others)
                if found.get(f"m{at}") is not None
            },
            drift,
        )


def _place(value: Any) -> tuple[bool, bool, Any]:
    """To sort by: NaN, which is not even itself, has no place among numbers."""
    return value is None, value != value, value


def _all_of(before: pa.Table, now: pa.Table, threshold: float) -> Drift:
    """Of rows that were sampled before, of which there may be a few more than were asked for."""
    most = max(before.num_rows, now.num_rows)
    return find_drift(before, now, threshold=threshold, sample=most)


def _measured(relation: Relation, by: str, others: list[str]) -> dict[object, Mapping[str, float]]:
    """By the values of ``by``, in one query."""
    aggregates: dict[str, Aggregate] = {"rows": Count()}
    for at, name in enumerate(others):
        aggregates[f"n{at}"] = Count(name)
        kind = relation.schema.field(name).type
        if family_of(kind) == "number":
            where = finite(name) if pa.types.is_floating(kind) else None
            aggregates[f"m{at}"] = Avg(name, where=where)
    table = relation.groupby(part=col(by)).aggregate(**aggregates).to_table()
    return {row.pop("part"): row for row in table.to_pylist()}


def _is(by: str, value: object) -> Expression:
    return col(by).is_null() if value is None else col(by) == lit(value)
