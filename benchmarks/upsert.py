"""Changed rows into a large table of PostgreSQL, against COPY and ON CONFLICT by hand."""

from __future__ import annotations

import random
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from pydantic import SecretStr
from vibepiper import AssetRef, Change, ComponentContext
from vibepiper_postgres import PostgresIOManager, PostgresSettings
from vibepiper_testing import start_postgres

from benchmarks.measure import Measure, compare

ROWS = 2_000_000
CHANGED = 100_000
REPEATS = 5
UPSERT = Change(mode="upsert", key=("id",))
DEFINITIONS = "id bigint, name text, amount double precision, active boolean, version bigint"


def measure() -> list[Measure]:
    with start_postgres() as server:
        context = ComponentContext("default", Path.cwd())
        store = PostgresIOManager(PostgresSettings(url=SecretStr(server.url)), context)
        _by_hand_table(server.url)
        first = AssetRef("ours", load_id="0")
        store.apply(first, store.stage(first, _customers(range(ROWS), 0)), UPSERT)
        changes = enumerate([_changes(number) for number in range(3 * (REPEATS + 1))])

        def by_hand() -> None:
            _upsert_by_hand(server.url, next(changes)[1], "")

        def in_order() -> None:
            _upsert_by_hand(server.url, next(changes)[1], "ORDER BY id")

        def ours() -> None:
            number, rows = next(changes)
            ref = AssetRef("ours", load_id=f"{number + 1:x}")
            store.apply(ref, store.stage(ref, rows), UPSERT)

        found = compare(
            f"{CHANGED:,} changed rows into {ROWS:,} in PostgreSQL",
            {
                "COPY and ON CONFLICT by hand": by_hand,
                "by hand, in the order of the key": in_order,
                "the IO manager": ours,
            },
            budget="within 1.3 of it",
            repeats=REPEATS,
        )
        store.close()
    return [found]


def _customers(ids: range | list[int], version: int) -> pa.Table:
    return pa.table(
        {
            "id": ids if isinstance(ids, list) else list(ids),
            "name": [f"customer {number}" for number in ids],
            "amount": [float(number % 1000) + version for number in ids],
            "active": [number % 2 == 0 for number in ids],
            "version": [version] * len(ids),
        }
    )


def _changes(number: int) -> pa.Table:
    """Rows all over the table, and one in twenty that is new, in no order."""
    known = random.Random(number).sample(range(ROWS), CHANGED - CHANGED // 20)
    begin = ROWS + number * CHANGED
    return _customers([*known, *range(begin, begin + CHANGED // 20)], number)


def _by_hand_table(url: str) -> None:
    with adbc.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE by_hand ({DEFINITIONS})")
        cursor.adbc_ingest("by_hand", _customers(range(ROWS), 0).to_reader(), mode="append")
        cursor.execute("CREATE UNIQUE INDEX by_hand_key ON by_hand (id)")
        cursor.execute("ANALYZE by_hand")


def _upsert_by_hand(url: str, rows: pa.Table, order: str) -> None:
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE staged ({DEFINITIONS}) ON COMMIT DROP")
        cursor.adbc_ingest("staged", rows.to_reader(), mode="append", temporary=True)
        cursor.execute(_STATEMENT.format(order=order))
        connection.commit()


_STATEMENT = """
INSERT INTO by_hand SELECT id, name, amount, active, version FROM staged {order}
ON CONFLICT (id) DO UPDATE SET name = excluded.name, amount = excluded.amount,
  active = excluded.active, version = excluded.version
"""
