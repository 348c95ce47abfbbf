"""Which staged loads are alive, and what dead ones left."""

from __future__ import annotations

import time
from collections.abc import Iterable

from vibepiper.errors import StoreError
from vibepiper_sql import TableName, drop_table

from vibepiper_postgres.names import lock_key
from vibepiper_postgres.session import Session

__all__ = ["claim", "collect", "unclaim"]

_NOTICED_SECONDS = 5.0
"""A server ends the statement that it is at before it looks whether its client lives."""
_PAUSE_SECONDS = 0.05


def claim(session: Session, side: TableName) -> None:
    """Marks the load as alive for as long as the session lasts, or until `unclaim`. Waits a moment
    for the server to notice that who had claimed it was killed."""
    deadline = time.monotonic() + _NOTICED_SECONDS
    while not _try_lock(session, side):
        if time.monotonic() >= deadline:
            raise StoreError(
                f"{session.address}: load {side.name} is being written by another process",
                hint="Give each write a load id of its own.",
            )
        time.sleep(_PAUSE_SECONDS)


def unclaim(session: Session, side: TableName) -> None:
    session.rows("SELECT pg_advisory_unlock($1)", (lock_key(side),))


def _try_lock(session: Session, side: TableName) -> bool:
    return bool(session.rows("SELECT pg_try_advisory_lock($1)", (lock_key(side),))[0][0])


def collect(session: Session, staged: Iterable[TableName]) -> None:
    """Drops those of the staged loads that processes left which died. One that a living process
    has claimed stays."""
    for side in staged:
        if _try_lock(session, side):
            session.execute(drop_table(side))
            unclaim(session, side)
