"""``vibepiper quality score``, which is also ``vibepiper quality ASSET``."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import asdict
from statistics import fmean
from typing import Any

from typer.core import TyperGroup
from vibepiper.cli.console import stdout
from vibepiper.cli.output import counted, print_json, print_table
from vibepiper.errors import DataError

from vibepiper_quality.dimensions import DIMENSIONS, Dimension
from vibepiper_quality.history import History
from vibepiper_quality.metrics import Metric, find_metric_anomalies, metrics_of
from vibepiper_quality.report import shown, sparkline
from vibepiper_quality.scores import QualityScore, score_history, trend_of

__all__ = ["AssetGroup", "show_quality"]

_LINE = 20
"""So many of the latest values are drawn."""


class AssetGroup(TyperGroup):
    """A group whose first word, where it is no command, is an asset to be scored."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        is_asset = args and not args[0].startswith("-") and args[0] not in self.commands
        return super().resolve_command(ctx, ["score", *args] if is_asset else args)


def show_quality(history: History, *, as_json: bool) -> None:
    """Scores, and how the metrics changed. Raises `DataError` where no run has checked it."""
    asset = history.asset
    if not history.checks:
        raise DataError(
            f"no run has checked asset '{asset}': there is nothing to score",
            hint="Declare checks (@expect, @validate) and run it; `vibepiper quality propose` "
            "proposes some.",
        )
    scores, metrics = score_history(history.checks), metrics_of(history.loads, history.checks)
    trend = trend_of(each.total for each in scores) if scores else None
    unusual = {each.metric for each in find_metric_anomalies(metrics) if each.latest}
    if as_json:
        told = {"score": scores[-1] if scores else None, "trend": trend, "history": scores}
        found = [{"unusual": each.name in unusual, **asdict(each)} for each in metrics]
        print_json({"asset": asset, **told, "metrics": found})
        return
    if scores:
        _show_scores(asset, scores, trend)
    lines = [_metric(each, unusual) for each in metrics if each.tells]
    if lines:
        stdout.print()
        print_table(("metric", "last", "before", "trend", ""), lines, right=("last", "before"))


def _show_scores(asset: str, history: list[QualityScore], trend: float | None) -> None:
    told = f"{asset}: {history[-1].total:.1%}{_change(trend)}, by {counted(len(history), 'run')}"
    stdout.print(told, markup=False)
    stdout.print()
    lines = [_line(dimension, history) for dimension in DIMENSIONS]
    print_table(("dimension", "score", "checks", "change"), lines, right=("score", "checks"))


def _metric(metric: Metric, unusual: Container[str]) -> tuple[str, ...]:
    *before, last = (point.value for point in metric.points)
    mean = shown(fmean(before)) if before else ""
    line = sparkline([*before, last][-_LINE:]) if before else ""
    return metric.name, shown(last), mean, line, "unusual" if metric.name in unusual else ""


def _line(dimension: Dimension, history: list[QualityScore]) -> tuple[str, ...]:
    if (last := history[-1].dimensions.get(dimension)) is None:
        return dimension, "", "", "not checked"
    earlier = (each.dimensions.get(dimension) for each in history)
    trend = trend_of(None if each is None else each.score for each in earlier)
    return dimension, f"{last.score:.1%}", str(last.checks), _change(trend).strip(" ()")


def _change(trend: float | None) -> str:
    if trend is None:
        return ""
    return f" ({trend * 100:+.1f} points)" if abs(trend) >= 0.0005 else " (unchanged)"
