"""``vibepiper quality page``."""

from __future__ import annotations

from pathlib import Path

import typer
from vibepiper.errors import DataError

from vibepiper_quality.history import history_of
from vibepiper_quality.metrics import metrics_of
from vibepiper_quality.opening import open_asset
from vibepiper_quality.parts import find_drift_by
from vibepiper_quality.profiling import profile_table
from vibepiper_quality.quality_page import AssetQuality
from vibepiper_quality.scores import score_history

__all__ = ["asset_quality"]


def asset_quality(
    context: typer.Context, start: Path, environment: str | None, key: str, by: str | None
) -> AssetQuality:
    """What the page tells of an asset, of what is published of it and of all that the state
    remembers."""
    with open_asset(context, start, environment, key) as opened:
        if by in opened.masked:
            raise DataError(
                f"column '{by}' of asset '{key}' is tagged as secret or pii: its values are not "
                "shown"
            )
        history = history_of(opened.project, opened.asset, None, opened.tagged)
        return AssetQuality(
            key,
            profile_table(opened.table, masked=opened.masked),
            score_history(history.checks),
            metrics_of(history.loads, history.checks),
            by,
            find_drift_by(opened.table, by) if by is not None else (),
            opened.masked,
        )
