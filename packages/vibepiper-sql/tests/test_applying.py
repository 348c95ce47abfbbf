"""What is the same in every SQL store, in the least one that there can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp
from vibepiper import AssetRef
from vibepiper.errors import DataError, Fenced, NotMaterialized, StoreError
from vibepiper.io_manager import Change, Slice
from vibepiper_sql import (
    DUCKDB,
    POSTGRES,
    Applying,
    AssetTable,
    FoundTable,
    Mark,
    Recorded,
    SqlDialect,
    SqlStore,
    TableName,
    comment_on,
    record_tables,
    side_prefix,
    side_table,
    uri_table,
)

ORDERS = TableName("main", "orders")
UPSERT = Change(mode="upsert", key=("id",))


_TABLE = "SELECT comment FROM duckdb_tables() WHERE table_name = ?"
_VIEW = "SELECT comment FROM duckdb_views() WHERE view_name = ?"


@dataclass
class MemoryStore:
    """The least that a store must tell and do: tables of a DuckDB in memory."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    hanging: list[str] = field(default_factory=list)
    place: str = "memory"
    dialect: SqlDialect = DUCKDB

    def execute(self, statement: exp.Expr) -> int:
        answer = self.connection.execute(statement.sql("duckdb")).fetchall()
        return int(answer[0][0]) if answer and isinstance(answer[0][0], int) else -1

    def rows(self, query: exp.Expr) -> list[tuple[object, ...]]:
        return self.connection.execute(query.sql("duckdb")).fetchall()

    def find(self, *names: TableName) -> list[FoundTable | None]:
        return [self._found(name) for name in names]

    def _found(self, name: TableName) -> FoundTable | None:
        for query, other in ((_TABLE, None), (_VIEW, "a view")):
            if found := self.connection.execute(query, [name.name]).fetchall():
                return FoundTable(found[0][0], other)
        return None

    def schema(self, name: TableName) -> pa.Schema:
        return self.connection.sql(f"FROM {name.tree().sql('duckdb')}").to_arrow_table().schema

    def column_types(self, name: TableName) -> dict[str, str]:
        found = self.connection.sql(f"FROM {name.tree().sql('duckdb')}")
        return dict(zip(found.columns, map(str, found.types), strict=True))

    def untyped(self, name: TableName) -> tuple[str, ...]:
        return ()

    def kind(self, field: pa.Field) -> exp.DataType:
        kind = self.connection.from_arrow(pa.schema([field]).empty_table()).types[0]
        return exp.DataType.build(str(kind), dialect="duckdb")

    def attached(self, name: TableName) -> list[str]:
        return self.hanging

    def ensure_unique(self, name: TableName, key: Sequence[str]) -> bool:
        return False

    def drop_unique(self, name: TableName, table: FoundTable) -> None: ...

    def apply(self, ref: AssetRef, data: pa.Table, change: Change) -> Recorded:
        """Stages the data and carries out the change."""
        name = TableName("main", ref.key)
        for made in record_tables("main").values():
            self.execute(made)
        side = side_table(name, ref.load_id or "", DUCKDB)
        self.connection.register("given", data)
        self.connection.execute(f'CREATE TABLE "{side.name}" AS FROM given')
        self.execute(comment_on(side, Mark(ref.key, ref.load_id or "", data.num_rows).written()))
        return Applying(self, ref, name, change).run()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def apply(store: MemoryStore, number: int, change: Change, /, **columns: Any) -> Recorded:
    return store.apply(AssetRef("orders", load_id=f"{number:x}"), pa.table(columns), change)


def asset(store: SqlStore, *partition: Slice, load: str | None = None) -> AssetTable:
    return AssetTable(store, AssetRef("orders", load_id=load, partition=partition), ORDERS)


def held(store: MemoryStore, *partition: Slice) -> list[tuple[object, ...]]:
    return sorted(store.rows(asset(store, *partition).query()), key=repr)


def test_a_load_is_applied_once(store: MemoryStore) -> None:
    apply(store, 1, UPSERT, id=[1, 2], v=["a", "b"])
    once = apply(store, 2, UPSERT, id=[2, 3], v=["c", "d"])
    apply(store, 3, UPSERT, id=[2], v=["e"])
    assert apply(store, 2, UPSERT, id=[2, 3], v=["c", "d"]) == once == Recorded(2, 3)
    assert held(store) == [(1, "a"), (2, "e"), (3, "d")]
    assert asset(store, load="2").is_committed()
    assert not asset(store, load="2").exists()


def test_a_load_that_is_not_staged_is_told(store: MemoryStore) -> None:
    apply(store, 1, Change(), id=[1])
    with pytest.raises(StoreError, match="load 7 is not staged"):
        Applying(store, AssetRef("orders", load_id="7"), ORDERS, Change()).run()


def test_an_older_token_is_fenced(store: MemoryStore) -> None:
    apply(store, 1, Change(mode="append", token=5), id=[1])
    with pytest.raises(Fenced, match="the token 4"):
        apply(store, 2, Change(mode="append", token=4), id=[2])
    assert held(store) == [(1,)]


def test_data_that_follows_another_load_than_the_last_is_refused(store: MemoryStore) -> None:
    """Two runs fetched the same rows; only the first to publish may add them."""
    with pytest.raises(Fenced, match=r"to follow the load 9, and the last .* is no load"):
        apply(store, 8, Change(mode="append", base="9"), id=[1])
    apply(store, 1, Change(mode="append", base=""), id=[1])
    apply(store, 2, Change(mode="append", base="1"), id=[2])
    for load, base, told in ((3, "", "no load"), (4, "1", "the load 1")):
        with pytest.raises(Fenced, match=rf"to follow {told}, and the last .* is the load 2"):
            apply(store, load, Change(mode="append", base=base), id=[2])
    apply(store, 2, Change(mode="append", base="1"), id=[2])
    assert held(store) == [(1,), (2,)]


def test_a_table_on_which_something_hangs_keeps_its_identity(store: MemoryStore) -> None:
    apply(store, 1, Change(), id=[1])
    store.hanging.append("view seen")
    apply(store, 3, Change(), id=[3])
    assert held(store) == [(3,)]
    with pytest.raises(StoreError, match=r"from \(id BIGINT\) to .*would break view seen"):
        apply(store, 4, Change(), id=["x"])


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("CREATE VIEW orders AS SELECT 1 AS id", "which is a view"),
        ("CREATE TABLE orders (id INT)", "was not written by VibePiper"),
    ],
)
def test_what_others_made_is_not_changed(store: MemoryStore, made: str, told: str) -> None:
    store.connection.execute(made)
    with pytest.raises(StoreError, match=told):
        apply(store, 1, Change(), id=[1])


def test_a_partition_is_there_once_it_was_loaded(store: MemoryStore) -> None:
    eu, us = (Slice("region", (key,), "r") for key in ("eu", "us"))
    ref = AssetRef("orders", load_id="1", partition=(eu,))
    store.apply(ref, pa.table({"r": ["eu"], "n": [1]}), Change())
    assert asset(store, eu).exists()
    assert held(store, eu) == [("eu", 1)]
    with pytest.raises(NotMaterialized, match="has not all of the partitions us"):
        asset(store, us).query()
    with pytest.raises(DataError, match="1 of the staged rows are not of the partition"):
        store.apply(
            AssetRef("orders", load_id="2", partition=(us,)),
            pa.table({"r": ["eu"], "n": [1]}),
            Change(),
        )


def test_the_greatest_value_is_asked_for(store: MemoryStore) -> None:
    assert asset(store).greatest("id") is None
    apply(store, 1, Change(), id=[1, 7, None])
    query = asset(store).greatest("id")
    assert query is not None
    assert store.rows(query) == [(7,)]


@pytest.mark.parametrize("comment", [None, "", "for people", "for\npeople"])
def test_a_mark_keeps_what_people_wrote(comment: str | None) -> None:
    first, second = Mark('o"rders', "a1", 3), Mark("orders", "b2", 4)
    twice = second.written(first.written(comment))
    assert Mark.read(twice) == second
    assert twice.rpartition("\n")[0] == (comment or "")


@pytest.mark.parametrize("comment", [None, "x", "vibepiper ", "vibepiper {}", "vibepiper [1]"])
def test_what_people_wrote_is_no_mark(comment: str | None) -> None:
    assert Mark.read(comment) is None


@pytest.mark.parametrize("dialect", [DUCKDB, POSTGRES])
def test_a_uri_names_a_table(dialect: Any) -> None:
    assert uri_table("t", "s", dialect) == TableName("s", "t")
    assert uri_table('"a.b"."c d"', "s", dialect) == TableName("a.b", "c d")
    for uri in ("", "a.b.c", "../../t", "t; DROP TABLE x", "f(1)", "t AS u", "'t", "{date}"):
        with pytest.raises(StoreError, match=f"names no {dialect.title} table"):
            uri_table(uri, "s", dialect)


def test_loads_of_one_table_have_one_prefix() -> None:
    upper = TableName("main", "Orders")
    assert side_prefix(upper, DUCKDB) == side_prefix(ORDERS, DUCKDB)
    assert side_prefix(upper, POSTGRES) != side_prefix(ORDERS, POSTGRES)
    assert side_table(ORDERS, "a" * 200, POSTGRES).name.startswith(side_prefix(ORDERS, POSTGRES))
    assert len(side_table(ORDERS, "a" * 200, POSTGRES).name) < 63
