"""State in a PostgreSQL database, in a schema of its own."""

from __future__ import annotations

import contextlib
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    func,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema

from vibepiper.errors import StateError
from vibepiper.state.channel import Channel
from vibepiper.state.columns import dump_json
from vibepiper.state.database import Database, Running
from vibepiper.state.place import passwords
from vibepiper.state.tables import metadata, of_ranges, ranges

__all__ = ["SCHEMA", "Postgres"]

SCHEMA = "vibepiper"

# Keys of advisory locks; those of runs are their tokens, which are far greater.
_MIGRATION, _SPANS = 1_836_017_711, 1_836_017_712

ranges.kwargs["postgresql_where"] = of_ranges
_meta = Table(
    "meta",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


class Postgres(Database):
    begin = "BEGIN"
    begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    clock = literal_column(
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)", BigInteger
    )

    def __init__(self, place: str, wait_seconds: float) -> None:
        self._secrets = passwords(place)
        url = _url(place)
        self.name = _shown(url)
        try:
            engine = create_engine(
                url.set(drivername="postgresql+psycopg"),
                poolclass=NullPool,
                isolation_level="AUTOCOMMIT",
                json_serializer=dump_json,
                connect_args={} if "connect_timeout" in url.query else {"connect_timeout": 10},
            )
        except ImportError as error:  # psycopg is there, and the library that it needs is not
            raise StateError(
                f"psycopg cannot be used: {error}", hint="pip install 'vibepiper-core[postgres]'"
            ) from error
        event.listen(engine, "connect", _Settings(wait_seconds))
        super().__init__(engine)

    def insert(self, table: Table) -> Any:
        return postgresql.insert(table)

    def version(self, connection: Connection) -> int:
        if connection.execute(select(func.to_regclass(f"{SCHEMA}.meta"))).scalar_one() is None:
            return 0
        query = select(_meta.c.value).where(_meta.c.name == "version")
        return int(connection.execute(query).scalar_one())

    def set_version(self, connection: Connection, version: int) -> None:
        _meta.create(connection, checkfirst=True)
        row = {"name": "version", "value": str(version)}
        connection.execute(
            postgresql.insert(_meta).on_conflict_do_update(index_elements=["name"], set_=row), row
        )

    def lock_for_migration(self, connection: Connection) -> None:
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION)))
        connection.execute(CreateSchema(SCHEMA, if_not_exists=True))

    def hold(self, channel: Channel, run_id: str, token: int) -> _SessionLock:
        return _SessionLock(channel, token)

    def is_alive(self, channel: Channel, run: Running) -> bool | None:
        return bool(channel.fetch(_LOCKED, {"high": run.token >> 32, "low": run.token & _LOW}))

    def lock_spans(self, channel: Channel) -> None:
        channel.execute(select(func.pg_advisory_xact_lock(_SPANS)))

    def size(self, channel: Channel) -> int:
        return int(channel.rows(_SIZE, {"schema": SCHEMA})[0][0])

    def vacuum(self, channel: Channel) -> None:
        names = channel.connection.dialect.identifier_preparer
        with channel.named():
            for table in metadata.sorted_tables:
                channel.connection.exec_driver_sql(f"VACUUM (ANALYZE) {names.format_table(table)}")

    def hint(self, cause: str) -> str:
        if "lock timeout" in cause:
            return "Another session holds a lock on its tables; pg_stat_activity shows which."
        return "Check the server and the URL; the data of assets is not affected."

    def message(self, cause: object) -> str:
        """Without the statement, which the server's messages quote."""
        primary: str | None = getattr(getattr(cause, "diag", None), "message_primary", None)
        return primary or super().message(cause)

    def masked(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "****")
        return text


class _SessionLock:
    """A lock that the server lets go of when the session ends, as it does with its process."""

    def __init__(self, channel: Channel, token: int) -> None:
        self._channel = channel
        self._token: int | None = token
        channel.execute(select(func.pg_advisory_lock(token)))

    def release(self) -> None:
        if self._token is not None:
            token, self._token = self._token, None
            # A session that is gone holds nothing any more.
            with contextlib.suppress(StateError), self._channel.named():
                self._channel.execute(select(func.pg_advisory_unlock(token)))


class _Settings:
    """What every session begins with. A client that stops in the middle of a transaction, as a
    frozen process does, is cut off, or its locks would stand in everyone's way. Who has waited
    for a lock sees what its last holder wrote, whatever isolation is usual in the database."""

    def __init__(self, wait_seconds: float) -> None:
        milliseconds = str(int(wait_seconds * 1000))
        self._values = {
            "search_path": SCHEMA,
            "default_transaction_isolation": "read committed",
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": str(int(wait_seconds * 600)),
        }

    def __call__(self, connection: Any, record: object) -> None:
        connection.autocommit = True
        for name, value in self._values.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))


_LOW = 0xFFFF_FFFF

_LOCKED = text(
    "SELECT 1 FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND classid = CAST(:high AS BIGINT) AND objid = CAST(:low AS BIGINT) AND database ="
    " (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
)

_SIZE = text(
    "SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0) FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = :schema AND c.relkind = 'r'"
)


def _url(place: str) -> URL:
    try:
        return make_url(place)
    except (ArgumentError, ValueError):
        # The cause holds parts of the URL, and so perhaps of the password.
        raise StateError(
            "the URL of the state database is malformed",
            hint="It looks like postgresql://user:password@host:5432/name, with what is special "
            "in the password percent-encoded.",
        ) from None


def _shown(url: URL) -> str:
    query = {key: value for key, value in url.query.items() if key != "password"}
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string()
