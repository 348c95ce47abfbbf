"""The database that keeps the state: what SQLite and PostgreSQL have in common."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Table,
    bindparam,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from vibepiper.errors import StateError
from vibepiper.state.channel import Channel, Statements
from vibepiper.state.place import StateUrl, is_url
from vibepiper.state.tables import runs

__all__ = ["Database", "Hold", "Running", "open_database"]


class Hold(Protocol):
    """Says that the process of a run lives, for the operating system or the server lets go of
    it when the process dies."""

    def release(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Running:
    """A run that is recorded as running."""

    id: str
    token: int
    host: str
    lease_until: int | None
    expired: bool


class Database(ABC):
    """Where state is kept, by its ``name`` (which holds no password)."""

    name: str
    begin: str
    """What begins a transaction that writes."""
    begin_reading: str
    """What begins one that reads the same however long it takes."""
    clock: ColumnElement[int]
    """The database's own clock, in microseconds since 1970."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.statements = Statements(engine.dialect)
        mine = (
            runs.c.id == bindparam("of_run"),
            runs.c.token == bindparam("of_token"),
            runs.c.status == "running",
        )
        until = self.clock + bindparam("lease", type_=BigInteger)
        self.renewal = update(runs).where(*mine).values(lease_until=until)
        self.holds_lease = select(runs.c.id).where(*mine, runs.c.lease_until > self.clock)
        # Whoever takes the run over waits for the end of the transaction that asks.
        self.keeps_lease = self.holds_lease.with_for_update()

    def open(self) -> Channel:
        try:
            connection = self.engine.connect()
            return Channel(connection, self.statements, self.begin, self.refusal)
        except (DBAPIError, OSError) as error:
            raise self.refusal(error) from error

    def close(self) -> None:
        self.engine.dispose()

    @abstractmethod
    def insert(self, table: Table) -> Any:
        """An INSERT of this dialect, which knows ``on_conflict_do_update``."""

    @abstractmethod
    def version(self, connection: Connection) -> int:
        """The version of the tables; 0 without any."""

    @abstractmethod
    def set_version(self, connection: Connection, version: int) -> None: ...

    @abstractmethod
    def lock_for_migration(self, connection: Connection) -> None:
        """Within a transaction: one process at a time goes on."""

    @abstractmethod
    def hold(self, channel: Channel, run_id: str, token: int) -> Hold: ...

    @abstractmethod
    def is_alive(self, channel: Channel, run: Running) -> bool | None:
        """Whether the run's process lives; None when that cannot be known."""

    @abstractmethod
    def lock_spans(self, channel: Channel) -> None:
        """Within a transaction: nobody else changes spans until it ends."""

    @abstractmethod
    def size(self, channel: Channel) -> int:
        """Bytes on disk."""

    @abstractmethod
    def vacuum(self, channel: Channel) -> None:
        """Gives what deleted rows took back to the disk."""

    @abstractmethod
    def hint(self, cause: str) -> str:
        """The way out of an error of the driver."""

    def refusal(self, error: Exception) -> StateError:
        cause = error.orig if isinstance(error, DBAPIError) else error
        text = self.masked(self.message(cause))
        message = f"the state database {self.name} cannot be used: {text}"
        return StateError(message, hint=self.hint(text))

    def message(self, cause: object) -> str:
        return str(cause).strip()

    def masked(self, text: str) -> str:
        return text

    def dead(self, channel: Channel, runs: Sequence[Running]) -> list[Running]:
        """Those whose process is gone; where that cannot be known, whose lease has ended."""
        found = []
        for run in runs:
            alive = self.is_alive(channel, run)
            if alive is False or (alive is None and run.expired):
                found.append(run)
        return found


def open_database(place: Path | str | StateUrl, wait_seconds: float) -> Database:
    """The database at a path (SQLite) or a ``postgresql://`` URL. Nothing is read yet."""
    if isinstance(place, StateUrl):
        place = place.resolve()
    if isinstance(place, Path) or not is_url(place):
        from vibepiper.state.sqlite import Sqlite

        return Sqlite(Path(place), wait_seconds)
    scheme = place.partition("://")[0]
    if scheme not in ("postgresql", "postgres"):
        raise StateError(
            f"state cannot be kept in '{scheme}'",
            hint="Name a file (SQLite), or a database as postgresql://user:password@host/name.",
        )
    if importlib.util.find_spec("psycopg") is None:
        raise StateError(
            "state in PostgreSQL needs psycopg, which is not installed",
            hint="pip install 'vibepiper-core[postgres]'",
        )
    from vibepiper.state.postgres import Postgres

    return Postgres(place, wait_seconds)
