"""Brings a state database to this release's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, column, insert, literal, select, table, text, update

from vibepiper.errors import StateError
from vibepiper.state.channel import Channel
from vibepiper.state.database import Database
from vibepiper.state.tables import (
    VERSION,
    check_results,
    code_versions,
    events,
    fencing,
    materializations,
    metadata,
    of_checks,
    runs,
    steps,
)

__all__ = ["migrate"]

Migration = Callable[[Connection], None]


def migrate(database: Database, channel: Channel) -> None:
    """Creates the tables of an empty database, and brings those of an older release on, one
    version a transaction. Raises `StateError` for a newer one."""
    with channel.named():
        found = database.version(channel.connection)
    while found != VERSION:
        if found > VERSION:
            raise StateError(
                f"the state database {database.name} has version {found}; "
                f"this release knows {VERSION}",
                hint="pip install --upgrade vibepiper-core",
            )
        with channel.transaction():
            found = _advance(database, channel.connection)


def _advance(database: Database, connection: Connection) -> int:
    """One step. Another process may have done it while this one waited for the lock."""
    database.lock_for_migration(connection)
    found = database.version(connection)
    if found >= VERSION:
        return found
    migration, reached = _MIGRATIONS[found]
    migration(connection)
    database.set_version(connection, reached)
    return reached


def _create(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(insert(fencing), {"token": 0})


def _from_1(connection: Connection) -> None:
    """Version 1 was only ever in SQLite. Its tables are written anew, for their keys changed."""
    for index in ("ix_events_run_id", "materializations_latest", "ix_check_results_run_id"):
        connection.execute(text(f"DROP INDEX {index}"))
    for old in _NEW_SINCE_1:
        connection.execute(text(f"ALTER TABLE {old.name} RENAME TO v1_{old.name}"))
    _create(connection)
    for into, values in _NEW_SINCE_1.items():
        _copy(connection, into, values)
        connection.execute(text(f"DROP TABLE v1_{into.name}"))


def _from_2(connection: Connection) -> None:
    name = connection.dialect.identifier_preparer.format_table(materializations)
    for each in (c for c in materializations.c if c.name.startswith("span_")):
        kind = each.type.compile(connection.dialect)
        connection.execute(text(f"ALTER TABLE {name} ADD COLUMN {each.name} {kind}"))
    for index in materializations.indexes:
        if index.name == "materializations_ranges":
            index.create(connection)
    made, step = materializations.c, steps.c
    same = (step.run_id == made.run_id, step.asset == made.asset, step.partition == made.partition)
    spans = {
        name: select(steps.c[name]).where(*same).scalar_subquery()
        for name in ("span_label", "span_begin", "span_end")
    }
    several = made.partition.contains("..", autoescape=True)
    connection.execute(update(materializations).where(several).values(spans))


def _from_3(connection: Connection) -> None:
    name = connection.dialect.identifier_preparer.format_table(check_results)
    for each in (check_results.c.value, check_results.c.seconds):
        kind = each.type.compile(connection.dialect)
        connection.execute(text(f"ALTER TABLE {name} ADD COLUMN {each.name} {kind}"))
    of_checks.create(connection)


def _from_4(connection: Connection) -> None:
    """An index that no query used, and SQLite's second tree of a table that has a key: each cost
    every step a page."""
    connection.execute(text("DROP INDEX materializations_run"))
    if connection.dialect.name == "sqlite":
        connection.execute(text("ALTER TABLE code_versions RENAME TO v4_code_versions"))
        code_versions.create(connection)
        old = table("v4_code_versions", *(column(each.name) for each in code_versions.c))
        connection.execute(insert(code_versions).from_select([*old.c.keys()], select(old)))
        connection.execute(text("DROP TABLE v4_code_versions"))


def _copy(connection: Connection, into: Table, values: Mapping[str, object]) -> None:
    """Every row, with the values of the columns that are new; ``updated_at`` is ``created_at``."""
    old = [row[1] for row in connection.execute(text(f"PRAGMA table_info(v1_{into.name})"))]
    source = table(f"v1_{into.name}", *(column(name) for name in old))
    added: dict[str, Any] = {name: literal(value) for name, value in values.items()}
    if into is materializations:
        added["updated_at"] = source.c.created_at
    chosen = select(*source.c, *added.values())
    connection.execute(insert(into).from_select([*old, *added], chosen))


_NEW_SINCE_1: Mapping[Table, Mapping[str, object]] = {
    check_results: {"partition": ""},
    events: {"partition": ""},
    materializations: {"partition": ""},
    steps: {"partition": "", "attempt": 0},
    runs: {"host": "", "pid": 0, "token": 0},
}

_MIGRATIONS: Mapping[int, tuple[Migration, int]] = {
    0: (_create, VERSION),
    1: (_from_1, VERSION),
    2: (_from_2, 3),
    3: (_from_3, 4),
    4: (_from_4, 5),
}
"""By version: what brings a database on, and to which."""
