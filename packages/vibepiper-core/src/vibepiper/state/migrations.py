"""Brings a state database to this release's tables."""

from __future__ import annotations

from sqlalchemy import Connection, text

from vibepiper.errors import StateError
from vibepiper.state.tables import VERSION, metadata

__all__ = ["migrate"]


def migrate(connection: Connection, name: str) -> None:
    """Creates the tables of an empty database. Raises `StateError` for a newer one.

    The version is SQLite's ``user_version``. Version 1 is the first; a later one adds a step
    here for each version it comes from.
    """
    if _version(connection) == VERSION:
        return
    # Another process may be creating the tables: the write lock comes before the second look.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    found = _version(connection)
    if found > VERSION:
        raise StateError(
            f"the state database {name} has version {found}; this release knows {VERSION}",
            hint="pip install --upgrade vibepiper-core",
        )
    if found < VERSION:
        metadata.create_all(connection)
        connection.execute(text("PRAGMA user_version = 1"))


def _version(connection: Connection) -> int:
    return int(connection.execute(text("PRAGMA user_version")).scalar_one())
