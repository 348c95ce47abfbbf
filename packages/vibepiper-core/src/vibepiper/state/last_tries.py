"""The last try of each step, which is in the step's own row."""

from __future__ import annotations

from sqlalchemy import Select, select

from vibepiper.state.tables import attempts, steps

__all__ = ["TRIED", "last_tries"]

_VALUES = {
    attempts.c.run_id: steps.c.run_id,
    attempts.c.asset: steps.c.asset,
    attempts.c.partition: steps.c.partition,
    attempts.c.attempt: steps.c.attempt,
    attempts.c.started_at: steps.c.started_at,
    attempts.c.ended_at: steps.c.ended_at,
    attempts.c.status: steps.c.status,
    attempts.c.error: steps.c.reason,
}
TRIED = tuple(_VALUES)
"""The columns of `attempts` that `last_tries` has, in its order."""


def last_tries(run_id: str) -> Select[tuple[object, ...]]:
    """Of the steps that were begun and have ended."""
    values = (value.label(column.name) for column, value in _VALUES.items())
    return select(*values).where(
        steps.c.run_id == run_id, steps.c.started_at.is_not(None), steps.c.ended_at.is_not(None)
    )
