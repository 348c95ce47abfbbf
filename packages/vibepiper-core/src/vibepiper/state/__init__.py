"""The run state: runs, steps, events, materializations, check results and leases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper.state.facts import StateFacts
    from vibepiper.state.lease import Lease
    from vibepiper.state.place import StateUrl
    from vibepiper.state.records import (
        AttemptRecord,
        Claim,
        Materialization,
        Pruned,
        Retention,
        RunRecord,
        StepKey,
        StepRecord,
    )
    from vibepiper.state.store import StateStore

# Imported when they are asked for: the commands that need no state do not wait for SQLAlchemy.
_HOME = {
    "AttemptRecord": "records",
    "Claim": "records",
    "Lease": "lease",
    "Materialization": "records",
    "Pruned": "records",
    "Retention": "records",
    "RunRecord": "records",
    "StateFacts": "facts",
    "StateStore": "store",
    "StateUrl": "place",
    "StepKey": "records",
    "StepRecord": "records",
}

__all__ = [
    "AttemptRecord",
    "Claim",
    "Lease",
    "Materialization",
    "Pruned",
    "Retention",
    "RunRecord",
    "StateFacts",
    "StateStore",
    "StateUrl",
    "StepKey",
    "StepRecord",
]

__getattr__ = lazy_attributes(__name__, _HOME)
