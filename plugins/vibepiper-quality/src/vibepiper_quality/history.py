"""What the state remembers of an asset, for the commands."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from vibepiper import Project, Session, load_project
from vibepiper.assets import Asset
from vibepiper.checks import PackedCheck
from vibepiper.cli.options import plugin_host
from vibepiper.cli.stores import existing_state
from vibepiper.masking import masked_columns
from vibepiper.state.records import CheckRecord, Materialization

__all__ = ["History", "history_of", "open_history"]

_RESULTS = 10_000
"""As many results of checks are read: a hundred runs of a hundred checks."""


@dataclass(frozen=True, slots=True)
class History:
    """Of one ``asset``, newest first; of the oldest run no check is left out."""

    asset: str
    loads: Sequence[Materialization]
    checks: Sequence[CheckRecord]


def open_history(
    context: typer.Context, start: Path, environment: str | None, key: str, partition: str | None
) -> History:
    """Of an asset of the project at ``start``."""
    project = load_project(start, environment=environment)
    asset = project.graph[key]
    with Session(project, plugin_host(context)) as session:
        tagged = masked_columns(session, asset.key)
    return history_of(project, asset, partition, tagged)


def history_of(
    project: Project, asset: Asset, partition: str | None, tagged: AbstractSet[str]
) -> History:
    """Of all partitions where none is told. What checks measured of ``tagged`` columns is left
    out, though it was recorded before they were tagged; how many rows failed them is told."""
    with existing_state(project) as state:
        if state is None:
            return History(asset.key, (), ())
        loads = state.history(project.environment, asset.key, partition)
        checks = state.check_history(project.environment, asset.key, partition, limit=_RESULTS)
    if len(checks) == _RESULTS:  # of the oldest run some may be left out
        oldest = checks[-1].run_id
        checks = [record for record in checks if record.run_id != oldest] or checks
    return History(asset.key, loads, _masked(asset, checks, tagged))


def _masked(
    asset: Asset, records: Sequence[CheckRecord], tagged: AbstractSet[str]
) -> list[CheckRecord]:
    """A record names the column of a check of one; those of a check of several, as far as the
    asset still has it, are told by its declaration."""
    several = {
        check.label
        for check in asset.checks
        if isinstance(check, PackedCheck) and not tagged.isdisjoint(check.column_names)
    }
    return [
        replace(record, value=None)
        if record.column in tagged or record.check in several
        else record
        for record in records
    ]
