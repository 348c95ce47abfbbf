"""Numbers of an asset over time, as the state remembers them, and what is unusual of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from vibepiper.state.records import CheckRecord, Materialization

from vibepiper_quality.dimensions import DIMENSIONS, is_observed, name_of
from vibepiper_quality.limits import Limits
from vibepiper_quality.scores import score_history
from vibepiper_quality.series import LEAST, SeriesMethod, find_series_anomalies

__all__ = ["Metric", "MetricAnomaly", "Point", "find_metric_anomalies", "metrics_of"]

MetricKind: TypeAlias = Literal["rows", "score", "measured", "failing"]
_FAILING = 2


@dataclass(frozen=True, slots=True)
class Point:
    """A metric's value of a load, or of the run that began ``at``."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Metric:
    """``points`` come oldest first. Of ``kind`` ``rows`` are how many rows each load left, of
    ``score`` the scores (0 to 1) in total and by dimension, of ``measured`` what a check measured
    or `observe` observed, of ``failing`` the share (0 to 1) of rows that failed a check."""

    name: str
    kind: MetricKind
    points: tuple[Point, ...]

    @property
    def tells(self) -> bool:
        """Whether it says more than the scores do, or than that nothing ever failed."""
        failed = self.kind != "failing" or any(point.value for point in self.points)
        return self.kind != "score" and failed

    @property
    def judged(self) -> bool:
        """Whether there are values enough to judge the last one."""
        return len(self.points) > LEAST


@dataclass(frozen=True, slots=True)
class MetricAnomaly:
    """A value of a metric outside of what was usual until then; ``latest``: it is the last."""

    metric: str
    at: datetime
    value: float
    limits: Limits
    latest: bool


def metrics_of(
    loads: Iterable[Materialization], checks: Sequence[CheckRecord]
) -> tuple[Metric, ...]:
    """The metrics of what the state gives, both newest first, as `StateReader` does. Values that
    are not finite are left out."""
    found = [Metric("rows", "rows", _rows(loads)), *_scores(checks), *_of_checks(checks)]
    return tuple(metric for metric in found if metric.points)


def find_metric_anomalies(
    metrics: Iterable[Metric],
    *,
    method: SeriesMethod = "mad",
    threshold: float | None = None,
    season: int = 7,
) -> list[MetricAnomaly]:
    """Judges every value of each metric, as `find_series_anomalies` does."""
    return [
        MetricAnomaly(
            metric.name,
            metric.points[each.position].at,
            each.value,
            each.limits,
            each.position == len(metric.points) - 1,
        )
        for metric in metrics
        for each in find_series_anomalies(
            [point.value for point in metric.points],
            method=method,
            threshold=threshold,
            season=season,
        )
    ]


def _rows(loads: Iterable[Materialization]) -> tuple[Point, ...]:
    counts = [(m.created_at, m.rows if m.total_rows is None else m.total_rows) for m in loads]
    return tuple(Point(at, rows) for at, rows in reversed(counts) if rows is not None)


def _scores(checks: Sequence[CheckRecord]) -> Iterator[Metric]:
    history = score_history(checks)
    yield Metric("score", "score", tuple(Point(each.at, each.total) for each in history))
    for dimension in DIMENSIONS:
        known = [(each.at, each.dimensions.get(dimension)) for each in history]
        points = tuple(Point(at, score.score) for at, score in known if score is not None)
        yield Metric(f"score of {dimension}", "score", points)


def _of_checks(checks: Sequence[CheckRecord]) -> Iterator[Metric]:
    """What was observed first, then what the checks measured, then what failed them."""
    found: dict[tuple[int, str], list[Point]] = {}
    for record in reversed(checks):
        value = record.value if record.share is None else record.share
        if value is not None and math.isfinite(value):
            key = _place(record), name_of(record)
            found.setdefault(key, []).append(Point(record.at, value))
    for (place, name), points in sorted(found.items(), key=lambda item: item[0][0]):
        if place == _FAILING:
            yield Metric(f"failing share of {name}", "failing", tuple(points))
        else:
            yield Metric(name, "measured", tuple(points))


def _place(record: CheckRecord) -> int:
    if record.share is not None:
        return _FAILING
    return 0 if is_observed(record) else 1
