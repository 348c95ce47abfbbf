"""The state store: SQLite in WAL mode, written only by a run's coordinator."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    case,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from vibepiper.checks import CheckResult
from vibepiper.errors import StateError
from vibepiper.events import Event, now
from vibepiper.io_manager import Stored
from vibepiper.state.liveness import RunLock
from vibepiper.state.migrations import migrate
from vibepiper.state.records import Materialization, RunRecord, StepRecord
from vibepiper.state.tables import check_results, events, materializations, runs, steps

__all__ = ["StateStore"]

_INSERT_EVENTS = insert(events)
_INSERT_MATERIALIZATIONS = insert(materializations)
_INSERT_CHECKS = insert(check_results)
_START_STEP = (
    update(steps)
    .where(steps.c.run_id == bindparam("of_run"), steps.c.asset == bindparam("of_asset"))
    .values(status=bindparam("status"), started_at=bindparam("started_at"))
)
_END_STEP = (
    update(steps)
    .where(steps.c.run_id == bindparam("of_run"), steps.c.asset == bindparam("of_asset"))
    .values(
        status=bindparam("status"),
        ended_at=bindparam("ended_at"),
        rows=bindparam("rows"),
        reason=bindparam("reason"),
    )
)

Values = dict[str, object]


class StateStore:
    """Runs and what they made. What is recorded is written by the next `commit`, together: one
    transaction a step. For one thread; other processes may read and run at the same time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = self._connect()
        self._events: list[Values] = []
        self._starts: list[Values] = []
        self._ends: list[Values] = []
        self._made: list[Values] = []
        self._checks: list[Values] = []

    def __enter__(self) -> StateStore:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()

    def begin_run(
        self,
        run_id: str,
        *,
        project: str,
        environment: str,
        params: Mapping[str, JsonValue],
        assets: Sequence[str],
    ) -> RunLock:
        """Records the run and its pending steps, and marks the runs of dead processes as
        interrupted. Hold the lock until the run ends: it says that the process lives."""
        with self._mapped():
            lock = RunLock(self._path.parent, run_id)
            self._mark_interrupted()
            values = {"id": run_id, "project": project, "environment": environment}
            self._connection.execute(
                insert(runs),
                {**values, "status": "running", "started_at": now(), "params": {**params}},
            )
            if assets:
                pending = {"run_id": run_id, "status": "pending"}
                self._connection.execute(
                    insert(steps),
                    [{**pending, "asset": key, "position": n} for n, key in enumerate(assets)],
                )
            self.commit()
            return lock

    def end_run(self, run_id: str, status: str) -> None:
        ended = update(runs).where(runs.c.id == run_id).values(status=status, ended_at=now())
        with self._mapped():
            self._connection.execute(ended)
            self.commit()

    def record_event(self, event: Event) -> None:
        self._events.append(
            {
                "run_id": event.run_id,
                "asset": event.asset,
                "kind": event.kind,
                "at": event.at,
                "data": event.data,
            }
        )

    def start_step(self, event: Event) -> None:
        self.record_event(event)
        self._starts.append(
            {
                "of_run": event.run_id,
                "of_asset": event.asset,
                "status": "running",
                "started_at": event.at,
            }
        )

    def end_step(self, event: Event, *, rows: int | None, reason: str | None) -> None:
        """``event`` is the step's last; its kind gives the status (``step_failed``: failed)."""
        self.record_event(event)
        self._ends.append(
            {
                "of_run": event.run_id,
                "of_asset": event.asset,
                "status": event.kind.removeprefix("step_"),
                "ended_at": event.at,
                "rows": rows,
                "reason": reason,
            }
        )

    def record_materialization(
        self, event: Event, *, environment: str, store: str, load_id: str, stored: Stored
    ) -> None:
        schema = stored.schema
        self._made.append(
            {
                "load_id": load_id,
                "run_id": event.run_id,
                "asset": event.asset,
                "environment": environment,
                "store": store,
                "uri": stored.uri,
                "rows": stored.rows,
                "bytes": stored.bytes,
                "checksum": stored.checksum,
                "schema": None if schema is None else [[f.name, str(f.type)] for f in schema],
                "created_at": event.at,
            }
        )

    def record_checks(self, event: Event, results: Iterable[CheckResult]) -> None:
        for result in results:
            self._checks.append(
                {
                    "run_id": event.run_id,
                    "asset": event.asset,
                    "check": result.check,
                    "status": result.status,
                    "severity": result.severity,
                    "column": result.column,
                    "rows": result.rows,
                    "failed_rows": result.failed_rows,
                    "expected": result.expected,
                    "observed": result.observed,
                    "examples": [
                        {name: str(value) for name, value in row.items()} for row in result.examples
                    ],
                }
            )

    def commit(self) -> None:
        """Writes what was recorded since the last commit, in one transaction."""
        batches = (
            (_START_STEP, self._starts),
            (_END_STEP, self._ends),
            (_INSERT_EVENTS, self._events),
            (_INSERT_MATERIALIZATIONS, self._made),
            (_INSERT_CHECKS, self._checks),
        )
        with self._mapped():
            for statement, values in batches:
                if values:
                    self._connection.execute(statement, values)
            self._connection.commit()
        for _, values in batches:
            values.clear()

    def runs(self, limit: int | None = None) -> list[RunRecord]:
        """The latest runs, newest first."""
        with self._mapped():
            self._mark_interrupted()
            self._connection.commit()
        counts = [
            func.count(case((steps.c.status == status, 1))).label(status)
            for status in ("succeeded", "failed", "skipped")
        ]
        query = (
            select(runs, *counts)
            .outerjoin(steps, steps.c.run_id == runs.c.id)
            .group_by(runs.c.id)
            .order_by(runs.c.id.desc())
            .limit(limit)
        )
        return [_run_record(row) for row in self._rows(query)]

    def steps(self, run_id: str) -> list[StepRecord]:
        """The steps of a run, in the order of the plan."""
        query = select(steps).where(steps.c.run_id == run_id).order_by(steps.c.position)
        return [
            StepRecord(r.asset, r.status, r.started_at, r.ended_at, r.rows, r.reason)
            for r in self._rows(query)
        ]

    def events(self, run_id: str) -> list[Event]:
        """The log of a run, oldest first."""
        query = select(events).where(events.c.run_id == run_id).order_by(events.c.id)
        return [Event(r.kind, r.run_id, r.asset, r.data, r.at) for r in self._rows(query)]

    def latest(self, environment: str) -> dict[str, Materialization]:
        """The newest materialization of each asset in an environment."""
        newest = (
            select(func.max(materializations.c.id))
            .where(materializations.c.environment == environment)
            .group_by(materializations.c.asset)
        )
        query = select(materializations).where(materializations.c.id.in_(newest))
        return {r.asset: _materialization(r) for r in self._rows(query)}

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with self._mapped():
            return self._connection.execute(query).all()

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        """Undoes what a failing transaction did and raises `StateError`."""
        try:
            yield
        except (DatabaseError, OSError) as error:
            self._connection.rollback()
            raise self._unusable(error) from error

    def _connect(self) -> Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(
                f"sqlite:///{self._path}",
                poolclass=StaticPool,
                connect_args={"timeout": 30, "check_same_thread": False},
            )
            event.listen(engine, "connect", _configure)
            connection = engine.connect()
            migrate(connection, str(self._path))
            connection.commit()
        except (DatabaseError, OSError) as error:
            raise self._unusable(error) from error
        return connection

    def _mark_interrupted(self) -> None:
        running = self._connection.execute(select(runs.c.id).where(runs.c.status == "running"))
        dead = [run for run in running.scalars() if not RunLock.is_held(self._path.parent, run)]
        if dead:
            self._connection.execute(
                update(runs).where(runs.c.id.in_(dead)).values(status="interrupted")
            )
            self._connection.execute(
                update(steps)
                .where(steps.c.run_id.in_(dead), steps.c.status.in_(("running", "pending")))
                .values(status="cancelled", reason="the run's process died")
            )

    def _unusable(self, error: Exception) -> StateError:
        cause = error.orig if isinstance(error, DatabaseError) else error
        return StateError(
            f"the state database {self._path} cannot be used: {cause}",
            hint="Check the disk and the file's permissions; the data of assets is not affected.",
        )


def _configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _run_record(row: Row[Any]) -> RunRecord:
    return RunRecord(**{name: row._mapping[name] for name in RunRecord.__slots__})


def _materialization(row: Row[Any]) -> Materialization:
    found = {name: row._mapping[name] for name in Materialization.__slots__}
    if found["schema"] is not None:
        found["schema"] = tuple((name, kind) for name, kind in found["schema"])
    return Materialization(**found)
