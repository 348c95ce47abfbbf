"""What is in a state database: for people who look after it, and for export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from vibepiper.state.channel import Channel, Values
from vibepiper.state.database import Database
from vibepiper.state.tables import VERSION, metadata, runs

__all__ = ["LiveLease", "StateFacts", "every_row", "gather_facts"]


@dataclass(frozen=True, slots=True)
class LiveLease:
    """A run that is under way. ``seconds_left``: until another run may take over, by the
    database's clock; None for a run of an older release, which has no lease."""

    run_id: str
    environment: str
    host: str
    pid: int
    token: int
    since: datetime
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class StateFacts:
    """``place`` holds no password; ``bytes`` is what the database takes on disk, ``rows`` how
    many rows each table has."""

    place: str
    version: int
    bytes: int
    rows: Mapping[str, int]
    oldest_run: datetime | None
    leases: tuple[LiveLease, ...]


def gather_facts(database: Database, channel: Channel) -> StateFacts:
    with channel.named():
        counts = {
            table.name: int(channel.rows(select(func.count()).select_from(table))[0][0])
            for table in metadata.sorted_tables
        }
        oldest = channel.rows(select(func.min(runs.c.started_at)))[0][0]
        size = database.size(channel)
        leases = tuple(_leases(database, channel))
    return StateFacts(database.name, VERSION, size, counts, oldest, leases)


def _leases(database: Database, channel: Channel) -> Iterator[LiveLease]:
    c = runs.c
    left = (c.lease_until - database.clock).label("remaining")
    query = select(c.id, c.environment, c.host, c.pid, c.token, c.started_at, left)
    for row in channel.rows(query.where(c.status == "running").order_by(c.id)):
        seconds = None if row.remaining is None else row.remaining / 1_000_000
        yield LiveLease(
            row.id, row.environment, row.host, row.pid, row.token, row.started_at, seconds
        )


def every_row(channel: Channel, tables: Iterable[str]) -> Iterator[tuple[str, Values]]:
    for name in tables:
        table = metadata.tables[name]
        query = select(table).order_by(*table.primary_key)
        for row in channel.stream(query):
            yield name, dict(row._mapping)
