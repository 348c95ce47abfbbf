"""The tables of the state database, and its version."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

__all__ = ["VERSION", "check_results", "events", "materializations", "metadata", "runs", "steps"]

VERSION = 1
"""Raised by every change of these tables; see `vibepiper.state.migrations`."""

metadata = MetaData()


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC without a zone where the database has no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


runs = Table(
    "runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime),
    Column("params", JSON, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", UTCDateTime),
    Column("ended_at", UTCDateTime),
    Column("rows", BigInteger),
    Column("reason", Text),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("asset", Text),
    Column("kind", String(32), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("data", JSON, nullable=False),
)

materializations = Table(
    "materializations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("load_id", String(32), nullable=False, unique=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("asset", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("store", Text, nullable=False),
    Column("uri", Text, nullable=False),
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    Column("checksum", Text),
    Column("schema", JSON),
    Column("created_at", UTCDateTime, nullable=False),
    Index("materializations_latest", "environment", "asset", "id"),
)

check_results = Table(
    "check_results",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("asset", Text, nullable=False),
    Column("check", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("column", Text),
    Column("rows", BigInteger),
    Column("failed_rows", BigInteger),
    Column("expected", Text),
    Column("observed", Text),
    Column("examples", JSON, nullable=False),
)
