"""``vibepiper quality anomalies``, of an asset's metrics."""

from __future__ import annotations

from collections.abc import Sequence

from vibepiper.cli.console import stdout
from vibepiper.cli.output import counted, print_json, print_table
from vibepiper.errors import DataError, suggest

from vibepiper_quality.metrics import Metric, MetricAnomaly
from vibepiper_quality.report import shown, shown_range

__all__ = ["chosen", "show_anomalies"]


def chosen(asset: str, metrics: Sequence[Metric], names: Sequence[str]) -> Sequence[Metric]:
    """Those of these names; with none told, all. Raises `DataError` for one that is not known."""
    known = {metric.name: metric for metric in metrics}
    for name in names:
        if name not in known:
            raise DataError(f"asset '{asset}' has no metric '{name}'", hint=suggest(name, known))
    return [known[name] for name in names] if names else metrics


def show_anomalies(
    asset: str, metrics: Sequence[Metric], found: Sequence[MetricAnomaly], *, as_json: bool
) -> None:
    short = [metric.name for metric in metrics if not metric.judged]
    if as_json:
        told = {"metrics": len(metrics), "not_judged": short, "anomalies": found}
        print_json({"asset": asset, **told})
        return
    unjudged = f" ({len(short)} with too few values to be judged)" if short else ""
    stdout.print(f"{counted(len(metrics), 'metric')}, {len(found)} unusual{unjudged}", markup=False)
    if found:
        lines = [
            (each.metric, shown(each.at), shown(each.value), shown_range(each.limits))
            for each in found
        ]
        print_table(("metric", "at", "value", "usual"), lines, right=("value",))
