"""The run state: runs, steps, events, materializations and check results."""

from vibepiper.state.records import Materialization, RunRecord, StepRecord
from vibepiper.state.store import StateStore

__all__ = ["Materialization", "RunRecord", "StateStore", "StepRecord"]
