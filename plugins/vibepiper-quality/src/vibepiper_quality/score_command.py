"""``vibepiper quality score``, which is also ``vibepiper quality ASSET``."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup
from vibepiper import Project
from vibepiper.cli.output import counted, print_json, print_table, stdout
from vibepiper.cli.stores import existing_state
from vibepiper.errors import DataError

from vibepiper_quality.dimensions import DIMENSIONS, Dimension
from vibepiper_quality.scores import QualityScore, score_history, trend_of

__all__ = ["AssetGroup", "scores_of", "show_scores"]

_RESULTS = 1000


class AssetGroup(TyperGroup):
    """A group whose first word, where it is no command, is an asset to be scored."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        is_asset = args and not args[0].startswith("-") and args[0] not in self.commands
        return super().resolve_command(ctx, ["score", *args] if is_asset else args)


def scores_of(project: Project, asset: str, partition: str) -> list[QualityScore]:
    """Of the runs that the state remembers, oldest first. Raises `DataError` where none has
    checked the asset."""
    with existing_state(project) as state:
        checks = (
            state.check_history(project.environment, asset, partition, limit=_RESULTS)
            if state
            else []
        )
    if not checks:
        of = f"'{asset}'" + (f", partition {partition}" if partition else "")
        raise DataError(
            f"no run has checked asset {of}: there is nothing to score",
            hint="Declare checks (@expect, @validate) and run it; `vibepiper quality propose` "
            "proposes some.",
        )
    history = score_history(checks)
    is_cut = len(checks) == _RESULTS and len(history) > 1  # of the oldest run some may be left out
    return history[1:] if is_cut else history


def show_scores(asset: str, history: list[QualityScore], *, as_json: bool) -> None:
    last = history[-1]
    trend = trend_of(each.total for each in history)
    if as_json:
        print_json({"asset": asset, "score": last, "trend": trend, "history": history})
        return
    told = f"{asset}: {last.total:.1%}{_change(trend)}, by {counted(len(history), 'run')}"
    stdout.print(told, markup=False)
    stdout.print()
    lines = [_line(dimension, history) for dimension in DIMENSIONS]
    print_table(("dimension", "score", "checks", "change"), lines, right=("score", "checks"))


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
