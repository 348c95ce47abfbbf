"""What the state remembers of an asset, for the commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vibepiper import Project
from vibepiper.cli.stores import existing_state
from vibepiper.state.records import CheckRecord, Materialization

__all__ = ["History", "history_of"]

_RESULTS = 10_000
"""As many results of checks are read: a hundred runs of a hundred checks."""


@dataclass(frozen=True, slots=True)
class History:
    """Of one asset, newest first; of the oldest run no check is left out."""

    loads: Sequence[Materialization]
    checks: Sequence[CheckRecord]


def history_of(project: Project, asset: str, partition: str | None) -> History:
    """Of all partitions where none is told."""
    with existing_state(project) as state:
        if state is None:
            return History((), ())
        loads = state.history(project.environment, asset, partition)
        checks = state.check_history(project.environment, asset, partition, limit=_RESULTS)
    if len(checks) == _RESULTS:  # of the oldest run some may be left out
        oldest = checks[-1].run_id
        checks = [record for record in checks if record.run_id != oldest] or checks
    return History(loads, checks)
