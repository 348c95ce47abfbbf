"""What a profile of a table says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from vibepiper.cli.output import jsonable

__all__ = [
    "Bin",
    "ColumnProfile",
    "Correlation",
    "Dependency",
    "Family",
    "Frequent",
    "Lengths",
    "Profile",
]

Family: TypeAlias = Literal["number", "text", "boolean", "time", "other"]


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a histogram: ``share`` (0 to 1) of the values lie from ``low`` up to ``high``,
    which only the last bar includes."""

    low: object
    high: object
    share: float


@dataclass(frozen=True, slots=True)
class Frequent:
    """A value, or the pattern of one, and its share (0 to 1) of the values that are not null."""

    value: object
    share: float


@dataclass(frozen=True, slots=True)
class Lengths:
    """Of texts, in characters (Unicode code points)."""

    shortest: int
    longest: int
    mean: float


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column.

    ``distinct`` counts different values that are not null; it is estimated, to about 2 %, unless
    ``distinct_exact``, and None of nested types. ``low`` and ``high`` are of numbers and times,
    ``mean`` and ``deviation`` (of a sample, n - 1) of numbers, NaN aside. What is ``not_finite``
    is counted, and is in no quantile, deviation or histogram. ``complete``: ``top`` are all values
    there are. ``unique``: no value is null, none occurs twice. Of a ``masked`` column, nothing
    that tells a value.
    """

    name: str
    type: str
    family: Family
    nulls: int
    distinct: int | None = None
    distinct_exact: bool = True
    unique: bool = False
    low: object = None
    high: object = None
    mean: float | None = None
    deviation: float | None = None
    not_finite: int = 0
    quantiles: Mapping[str, object] = field(default_factory=dict)
    histogram: tuple[Bin, ...] = ()
    top: tuple[Frequent, ...] = ()
    complete: bool = False
    patterns: tuple[Frequent, ...] = ()
    lengths: Lengths | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's, of the rows in which both columns have a finite value."""

    left: str
    right: str
    coefficient: float


@dataclass(frozen=True, slots=True)
class Dependency:
    """Rows of equal ``determinant`` have equal ``dependent``; null equals null."""

    determinant: str
    dependent: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A table. What is told of single values (deviations, quantiles, histograms, top values,
    patterns, correlations, dependencies) is of the ``sampled`` rows: all of them where ``exact``,
    else a random sample. ``keys`` are the columns that tell rows apart, alone or, of an exact
    profile of a table with no such column, in pairs; ``scans`` how often the table was read.
    ``dependencies`` are None where they were not asked for.
    """

    rows: int
    sampled: int
    scans: int
    columns: tuple[ColumnProfile, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    correlations: tuple[Correlation, ...] = ()
    dependencies: tuple[Dependency, ...] | None = None

    @property
    def exact(self) -> bool:
        return self.sampled == self.rows

    def column(self, name: str) -> ColumnProfile:
        """Raises `KeyError` for a column that is not there."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def as_dict(self) -> dict[str, object]:
        """For JSON: times as ISO 8601; NaN and the infinities, which JSON lacks, as null."""
        told = jsonable(self)
        assert isinstance(told, dict)
        return {"exact": self.exact, **told}
