"""``vibepiper quality anomalies``, of an asset's loads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from vibepiper import Project
from vibepiper.cli.output import counted, print_json, print_table, stdout
from vibepiper.cli.stores import existing_state

from vibepiper_quality.report import shown, shown_range
from vibepiper_quality.series import SeriesAnomaly, SeriesMethod, find_series_anomalies

__all__ = ["Load", "judge_loads", "loads_of", "show_loads"]


@dataclass(frozen=True, slots=True)
class Load:
    """How many rows an asset had after a load."""

    at: datetime
    rows: int


def loads_of(project: Project, asset: str) -> list[Load]:
    """Those that the state remembers, oldest first."""
    with existing_state(project) as state:
        made = state.history(project.environment, asset) if state is not None else []
    counts = [(m.created_at, m.rows if m.total_rows is None else m.total_rows) for m in made]
    return [Load(at, rows) for at, rows in reversed(counts) if rows is not None]


def judge_loads(
    loads: list[Load], method: str, threshold: float | None, season: int
) -> list[SeriesAnomaly]:
    return find_series_anomalies(
        [load.rows for load in loads],
        method=cast("SeriesMethod", method),
        threshold=threshold,
        season=season,
    )


def show_loads(asset: str, loads: list[Load], found: list[SeriesAnomaly], *, as_json: bool) -> None:
    if as_json:
        told = [
            {"at": loads[each.position].at, "rows": each.value, "limits": each.limits}
            for each in found
        ]
        print_json({"asset": asset, "loads": len(loads), "anomalies": told})
        return
    unusual = counted(len(found), "unusual number")
    stdout.print(f"{counted(len(loads), 'load')}, {unusual} of rows", markup=False)
    if found:
        lines = [
            (shown(loads[each.position].at), f"{each.value:,}", shown_range(each.limits))
            for each in found
        ]
        print_table(("at", "rows", "usual"), lines, right=("rows",))
