"""Drift: whether a table's columns are distributed as another's, which stands for what was."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from vibepiper.errors import DefinitionError
from vibepiper_transform import Relation, chi_square_p, from_arrow, kolmogorov_p

from vibepiper_quality import distances
from vibepiper_quality.binning import Shares, by_quantiles, by_values
from vibepiper_quality.families import family_of
from vibepiper_quality.profile import Family
from vibepiper_quality.sampling import SAMPLE_ROWS, sample_rows

__all__ = ["ColumnDrift", "Drift", "DriftTest", "find_drift"]


@dataclass(frozen=True, slots=True)
class DriftTest:
    """A test's statistic, and the probability of at least that, were both tables random rows of
    one population."""

    statistic: float
    p: float


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """One column of both tables.

    ``psi`` (population stability index, natural logarithm) and ``jensen_shannon`` (the distance,
    base 2, 0 to 1) compare the shares of bins: of numbers and times the tenths of the reference,
    of all else its values; what is null or not finite is a bin of its own. Of numbers and times
    there are ``ks`` and ``wasserstein`` (in the column's unit, of times in seconds), of all else
    ``chi_square``, nulls aside; they are None where a side has no values. The types that a
    ``retyped`` column has, in the reference and now, are not of one family: nothing else is told.
    """

    name: str
    drifted: bool
    psi: float | None = None
    jensen_shannon: float | None = None
    ks: DriftTest | None = None
    wasserstein: float | None = None
    chi_square: DriftTest | None = None
    retyped: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """``columns`` are those of both tables, the one that drifted furthest first. ``sampled`` rows
    of each, reference and current, were compared: all of them, or as many random ones."""

    columns: tuple[ColumnDrift, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    sampled: tuple[int, int]

    @property
    def drifted(self) -> bool:
        return bool(self.added or self.removed or any(each.drifted for each in self.columns))


def find_drift(
    reference: object, current: object, *, threshold: float = 0.2, sample: int = SAMPLE_ROWS
) -> Drift:
    """How ``current`` is distributed against ``reference``: two Relations, or what Arrow reads.

    A column has drifted where its population stability index is at least ``threshold``. Of a table
    of more than ``sample`` rows, about that many random ones are compared.
    """
    if not threshold > 0:
        raise DefinitionError(f"a threshold is above 0, found {threshold!r}")
    before, now = (_rows(data, sample) for data in (reference, current))
    both = [name for name in before.column_names if name in now.column_names]
    columns = [
        found
        for name in both
        if (found := _compared(name, before[name], now[name], threshold)) is not None
    ]
    return Drift(
        columns=tuple(sorted(columns, key=lambda each: (-_distance(each), each.name))),
        added=tuple(name for name in now.column_names if name not in both),
        removed=tuple(name for name in before.column_names if name not in both),
        sampled=(before.num_rows, now.num_rows),
    )


def _distance(column: ColumnDrift) -> float:
    return float("inf") if column.psi is None else column.psi


def _rows(data: object, sample: int) -> pa.Table:
    relation = data if isinstance(data, Relation) else from_arrow(data)
    return sample_rows(relation, relation.count(), sample)


def _compared(
    name: str, before: pa.ChunkedArray, now: pa.ChunkedArray, threshold: float
) -> ColumnDrift | None:
    """None for nested types, which have no distribution."""
    families = family_of(before.type), family_of(now.type)
    if families[0] != families[1]:
        return ColumnDrift(name, True, retyped=(str(before.type), str(now.type)))
    if pa.types.is_nested(before.type) or pa.types.is_nested(now.type):
        return None
    if families[0] in ("number", "time"):
        return _of_numbers(name, before, now, families[0], threshold)
    return _of_values(name, before, now, threshold)


def _of_numbers(
    name: str, before: pa.ChunkedArray, now: pa.ChunkedArray, family: Family, threshold: float
) -> ColumnDrift:
    left, right = (distances.as_numbers(values, family) for values in (before, now))
    shares = by_quantiles(left, right, len(before), len(now))
    ks = wasserstein = None
    if len(left) and len(right):
        apart, wasserstein = distances.between(left, right)
        ks = DriftTest(apart, kolmogorov_p(apart, len(left), len(right)))
    psi, jensen_shannon = _distances(shares)
    return ColumnDrift(name, psi >= threshold, psi, jensen_shannon, ks=ks, wasserstein=wasserstein)


def _of_values(
    name: str, before: pa.ChunkedArray, now: pa.ChunkedArray, threshold: float
) -> ColumnDrift:
    shares = by_values(before, now)
    psi, jensen_shannon = _distances(shares)
    found = distances.chi_square(*shares.present())
    test = None if found is None else DriftTest(found[0], chi_square_p(*found))
    return ColumnDrift(name, psi >= threshold, psi, jensen_shannon, chi_square=test)


def _distances(shares: Shares) -> tuple[float, float]:
    left, right = shares.of_rows()
    return distances.stability_index(left, right), distances.jensen_shannon(left, right)
