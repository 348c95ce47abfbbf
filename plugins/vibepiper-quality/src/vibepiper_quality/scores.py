"""Scores: what the recorded checks of an asset's runs say of its quality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from vibepiper.state.records import CheckRecord

from vibepiper_quality.dimensions import DIMENSIONS, Dimension, dimension_of, is_observed

__all__ = ["DimensionScore", "QualityScore", "score_history", "trend_of"]


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """The mean of its ``checks``' scores, 0 to 1."""

    score: float
    checks: int


@dataclass(frozen=True, slots=True)
class QualityScore:
    """Of one run. ``dimensions`` are those that have checks; ``total`` is the mean of theirs."""

    run_id: str
    at: datetime
    total: float
    dimensions: Mapping[Dimension, DimensionScore]


def score_history(records: Iterable[CheckRecord]) -> list[QualityScore]:
    """A score for each run of ``records``, which come newest first; the oldest first. Those of
    runs at the same time, of different partitions, may alternate. What is observed only has
    none."""
    runs: dict[str, list[CheckRecord]] = {}
    for record in records:
        if not is_observed(record):
            runs.setdefault(record.run_id, []).append(record)
    return [_score(run_id, found) for run_id, found in runs.items()][::-1]


def trend_of(scores: Iterable[float | None]) -> float | None:
    """How much the last score is above the mean of those before it; None with none before."""
    *before, last = scores
    known = [score for score in before if score is not None]
    return None if last is None or not known else last - fmean(known)


def _score(run_id: str, records: list[CheckRecord]) -> QualityScore:
    found: dict[Dimension, list[float]] = {}
    for record in records:
        found.setdefault(dimension_of(record.check), []).append(_of_check(record))
    dimensions: dict[Dimension, DimensionScore] = {
        each: DimensionScore(fmean(found[each]), len(found[each]))
        for each in DIMENSIONS
        if each in found
    }
    total = fmean(each.score for each in dimensions.values())
    return QualityScore(run_id, records[0].at, total, dimensions)


def _of_check(record: CheckRecord) -> float:
    """The share of the examined rows that pass; of a check of the whole table 1 or 0."""
    if record.failed_rows is None:
        return 1.0 if record.status == "passed" else 0.0
    return 1 - record.failed_rows / record.rows if record.rows else 1.0
