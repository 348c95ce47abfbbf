"""The state store: written only by a run's coordinator, and read by every command."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from vibepiper.errors import DataError, StateError
from vibepiper.events import now
from vibepiper.state.channel import Values
from vibepiper.state.claims import record_claims, refuse_busy
from vibepiper.state.database import open_database
from vibepiper.state.facts import StateFacts, every_row, gather_facts
from vibepiper.state.lease import Lease
from vibepiper.state.migrations import migrate
from vibepiper.state.place import StateUrl
from vibepiper.state.reader import DONE
from vibepiper.state.recorder import StateRecorder
from vibepiper.state.records import Claim, Pruned, Retention, RunRecord, RunStatus, StepKey
from vibepiper.state.retention import prune
from vibepiper.state.running import (
    insert_steps,
    next_token,
    release_claims,
    running,
    set_pending,
    take_over,
)
from vibepiper.state.tables import dynamic_partitions, runs

__all__ = ["StateStore"]

_CHUNK = 500


class StateStore(StateRecorder):
    """Runs and what they made, in a SQLite file or, by a ``postgresql://`` URL, in PostgreSQL.

    What is recorded is written by the next `commit`, together: one transaction a step. For one
    thread; other processes may read and run at the same time. Raises `StateError` when the
    database cannot be used, or stays locked for ``wait_seconds``.
    """

    def __init__(self, place: Path | str | StateUrl, *, wait_seconds: float = 30.0) -> None:
        database = open_database(place, wait_seconds)
        super().__init__(database, database.open())
        self._leases: dict[str, Lease] = {}
        try:
            migrate(database, self._channel)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> StateStore:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The file, or the URL without its password."""
        return self._database.name

    def close(self) -> None:
        """Closes the connections; a lease that was not released is let go of."""
        for lease in list(self._leases.values()):
            lease.release()
        self._channel.close()
        self._database.close()

    def begin_run(
        self,
        run_id: str,
        *,
        project: str,
        environment: str,
        params: Mapping[str, JsonValue],
        steps: Sequence[StepKey],
        claims: Sequence[Claim] = (),
        request: JsonValue = None,
        code: str | None = None,
        lease_seconds: float = 30.0,
    ) -> Lease:
        """Records a run and its pending steps, and claims what it will write. Runs whose process
        died or whose lease ended are interrupted first. Raises `AssetBusy` when another run has
        claimed any of it; then nothing is recorded."""
        values = {"id": run_id, "project": project, "environment": environment, "code": code}
        begun = {"started_at": now(), "params": {**params}, "request": request}
        with self._taken(run_id, lease_seconds) as lease:
            refuse_busy(self._channel, environment, claims)
            self._channel.execute(insert(runs).values(**values, **begun, **lease))
            insert_steps(self._channel, run_id, steps)
            record_claims(self._channel, environment, run_id, claims)
        return self._leases[run_id]

    def resume_run(
        self, run_id: str, *, claims: Sequence[Claim] = (), lease_seconds: float = 30.0
    ) -> Lease:
        """Carries on a run that ended or was interrupted, under its id and with a new token: the
        steps that were not done become pending again. Raises `StateError` when there is no such
        run or it still runs, and `AssetBusy`."""
        with self._taken(run_id, lease_seconds) as lease:
            found = self._channel.rows(select(runs).where(runs.c.id == run_id))
            if not found:
                raise StateError(f"there is no run {run_id}", hint="`vibepiper runs` lists them.")
            if found[0].status == "running":
                raise _alive(run_id, found[0].host, found[0].pid)
            refuse_busy(self._channel, found[0].environment, claims)
            again = update(runs).where(runs.c.id == run_id).values(ended_at=None, **lease)
            self._channel.execute(again)
            set_pending(self._channel, run_id, DONE)
            record_claims(self._channel, found[0].environment, run_id, claims)
        return self._leases[run_id]

    def end_run(self, run_id: str, status: RunStatus) -> None:
        """Writes what was recorded, ends the run, and gives up its claims and its lease."""
        lease = self._leases.get(run_id)
        if lease is None:
            raise StateError(f"run {run_id} cannot be ended here: this store did not begin it")
        ended = {"status": status, "ended_at": now(), "lease_until": None}
        with self._channel.transaction():
            lease.renew(self._channel)
            self._write()
            self._channel.execute(update(runs).where(runs.c.id == run_id).values(ended))
            release_claims(self._channel, run_id)
        self._forget_written()
        lease.release()

    def commit(self) -> None:
        """Writes what was recorded since the last commit and, when it is due, renews the lease, in
        one transaction. Raises `LeaseLost` when that is over; then nothing is written."""
        with self._channel.transaction():
            for lease in self._leases.values():
                lease.hold(self._channel)
            self._write()
        self._forget_written()

    def prune(self, retention: Retention, *, dry_run: bool = False) -> Pruned:
        """Deletes what the retention no longer keeps, in transactions that are short enough for
        others to write between them. A run that is under way loses nothing."""
        self._interrupt_dead()
        return prune(self._channel, retention, dry_run=dry_run)

    def facts(self) -> StateFacts:
        """What there is in the database, and which runs hold a lease."""
        self._interrupt_dead()
        return gather_facts(self._database, self._channel)

    def vacuum(self) -> None:
        """Gives the space of what was deleted back to the disk. It waits for writers."""
        self._database.vacuum(self._channel)

    def rows(self, tables: Iterable[str]) -> Iterator[tuple[str, Values]]:
        """Every row of the named tables, with its table, as it is at one moment."""
        with self._channel.transaction(self._database.begin_reading):
            yield from every_row(self._channel, tables)

    def add_partitions(self, name: str, keys: Iterable[str]) -> int:
        """Adds keys to a dynamic dimension at once, and returns how many it did not have."""
        rows = [{"name": name, "key": _checked(name, key), "created_at": now()} for key in keys]
        table = dynamic_partitions
        add = self._database.insert(table).values(
            {column: bindparam(column.name) for column in table.c if column.name != "id"}
        )
        with self._channel.transaction():
            before = self._count_partitions(name)
            self._channel.write_all(add.on_conflict_do_nothing(), rows)
            return self._count_partitions(name) - before

    def remove_partitions(self, name: str, keys: Iterable[str]) -> int:
        """Removes keys of a dynamic dimension, and returns how many it had. What was made of
        them stays."""
        removed = 0
        c = dynamic_partitions.c
        remaining = iter(keys)
        with self._channel.transaction():
            while chunk := list(itertools.islice(remaining, _CHUNK)):
                chosen = delete(dynamic_partitions).where(c.name == name, c.key.in_(chunk))
                removed += self._channel.execute(chosen)
        return removed

    def _count_partitions(self, name: str) -> int:
        chosen = dynamic_partitions.c.name == name
        query = select(func.count()).select_from(dynamic_partitions).where(chosen)
        return int(self._channel.rows(query)[0][0])

    def _runs(self, query: Select[Any]) -> list[RunRecord]:
        self._interrupt_dead()
        return super()._runs(query)

    def _interrupt_dead(self) -> None:
        with self._channel.named():
            dead = self._database.dead(self._channel, running(self._database, self._channel))
        if dead:
            with self._channel.transaction():
                take_over(self._channel, dead)

    @contextlib.contextmanager
    def _taken(self, run_id: str, seconds: float) -> Iterator[Values]:
        """A transaction in which a run begins or is resumed: what it yields goes into the run's
        row. Others that begin wait for its end."""
        with contextlib.ExitStack() as undo:
            with self._channel.transaction():
                token = next_token(self._database, self._channel)
                found = running(self._database, self._channel)
                dead = self._database.dead(self._channel, found)
                take_over(self._channel, [run for run in found if run.expired or run in dead])
                hold = self._database.hold(self._channel, run_id, token)
                undo.callback(hold.release)
                yield {
                    "status": "running",
                    "token": token,
                    "lease_until": self._database.clock + int(seconds * 1_000_000),
                    "host": socket.gethostname(),
                    "pid": os.getpid(),
                }
            undo.pop_all()
        self._leases[run_id] = Lease(self._database, run_id, token, seconds, hold, self._leases)


def _alive(run_id: str, host: str, pid: int) -> StateError:
    return StateError(
        f"run {run_id} is still under way (process {pid} on {host})",
        hint="Wait for it, or stop it; then it can be resumed.",
    )


def _checked(name: str, key: str) -> str:
    if not key or "/" in key or "\0" in key:
        raise DataError(
            f"dynamic partitions '{name}': a key may not be empty or hold '/', found {key!r}"
        )
    return key
