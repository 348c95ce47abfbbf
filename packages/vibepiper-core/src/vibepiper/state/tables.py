"""The tables of the state database, and its version."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from vibepiper.state.columns import FreeText, RowId, UTCDateTime

__all__ = [
    "VERSION",
    "attempts",
    "check_results",
    "claims",
    "code_versions",
    "dynamic_partitions",
    "events",
    "fencing",
    "materializations",
    "metadata",
    "of_checks",
    "of_ranges",
    "partitions",
    "ranges",
    "runs",
    "steps",
]

VERSION = 5
"""Raised by every change of these tables; see `vibepiper.state.migrations`."""

metadata = MetaData()
of_ranges = text("span_begin IS NOT NULL")
"""Which rows the index `ranges` has. A dialect is imported when an index names it, so that
PostgreSQL's is told where PostgreSQL is."""
ranges = Index(
    "materializations_ranges",
    "environment",
    "asset",
    "span_begin",
    sqlite_where=of_ranges,
)

of_checks = Index("check_results_asset", "asset", "partition", "id")
"""What history is read by."""

# No foreign keys: a materialization outlives its run, and the rest is deleted run by run.

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
    Column("request", JSON(none_as_null=True)),
    Column("code", FreeText),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    # A run of version 1 has token 0 and no lease.
    Column("token", BigInteger, nullable=False),
    # Microseconds since 1970 on the database's clock, which alone is compared with them.
    Column("lease_until", BigInteger),
    Index("runs_status", "status"),
    Index("runs_environment", "environment", "id"),
)

steps = Table(
    "steps",
    metadata,
    Column("run_id", String(36), primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("partition", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("started_at", UTCDateTime),
    Column("ended_at", UTCDateTime),
    Column("rows", BigInteger),
    Column("reason", FreeText),
    Column("load_id", Text),
    Column("profile", JSON(none_as_null=True)),
    Column("span_label", Text),
    Column("span_begin", BigInteger),
    Column("span_end", BigInteger),
    sqlite_with_rowid=False,
)

# Those that another followed: the last one of a step is in its row of `steps`.
attempts = Table(
    "attempts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("run_id", String(36), nullable=False),
    Column("asset", Text, nullable=False),
    Column("partition", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime, nullable=False),
    Column("status", String(16), nullable=False),
    Column("error", FreeText),
    Index("attempts_run", "run_id"),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("run_id", String(36), nullable=False),
    Column("asset", Text),
    Column("partition", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("data", JSON, nullable=False),
    Index("events_run", "run_id"),
)

code_versions = Table(
    "code_versions",
    metadata,
    Column("code_version", Text, primary_key=True),
    Column("parts", JSON, nullable=False),
    sqlite_with_rowid=False,
)

materializations = Table(
    "materializations",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("load_id", Text, nullable=False, unique=True),
    Column("run_id", String(36), nullable=False),
    Column("asset", Text, nullable=False),
    Column("partition", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("store", Text, nullable=False),
    Column("uri", FreeText, nullable=False),
    Column("rows", BigInteger),
    Column("total_rows", BigInteger),
    Column("bytes", BigInteger),
    Column("checksum", Text),
    Column("schema", JSON(none_as_null=True)),
    Column("code_version", Text),
    Column("data_version", Text),
    Column("upstream", JSON(none_as_null=True)),
    Column("settings", JSON(none_as_null=True)),
    Column("cursor", Text),
    Column("notes", JSON(none_as_null=True)),
    Column("restored_from", Text),
    Column("created_at", UTCDateTime, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    # Of a load of several partitions that follow each other.
    Column("span_label", Text),
    Column("span_begin", BigInteger),
    Column("span_end", BigInteger),
    Index("materializations_latest", "environment", "asset", "id"),
    Index("materializations_partition", "environment", "asset", "partition", "id"),
    ranges,
)

check_results = Table(
    "check_results",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("run_id", String(36), nullable=False),
    Column("asset", Text, nullable=False),
    Column("partition", Text, nullable=False),
    Column("check", FreeText, nullable=False),
    Column("status", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("column", FreeText),
    Column("rows", BigInteger),
    Column("failed_rows", BigInteger),
    Column("expected", FreeText),
    Column("observed", FreeText),
    Column("examples", JSON, nullable=False),
    Column("value", Float),
    Column("seconds", Float),
    Index("check_results_run", "run_id"),
    of_checks,
)

# Which partitions there are: spans of those that follow each other, disjoint within a label.
partitions = Table(
    "partitions",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("layer", String(16), primary_key=True),
    Column("label", Text, primary_key=True),
    Column("begin", BigInteger, primary_key=True),
    Column("end", BigInteger, nullable=False),
    Column("code_version", Text),
    sqlite_with_rowid=False,
)

# What live runs make. Without a label: all of the asset.
claims = Table(
    "claims",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("label", Text),
    Column("begin", BigInteger),
    Column("end", BigInteger),
    Column("run_id", String(36), nullable=False),
    Index("claims_asset", "environment", "asset"),
    Index("claims_run", "run_id"),
)

dynamic_partitions = Table(
    "dynamic_partitions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Index("dynamic_partitions_key", "name", "key", unique=True),
)

# One row: the last fencing token that was given out.
fencing = Table("fencing", metadata, Column("token", BigInteger, nullable=False))
