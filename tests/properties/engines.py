"""The engines that relations run in, each with the same tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import sqlglot
from sqlglot import exp
from vibepiper import AssetRef, ComponentContext
from vibepiper.errors import VibePiperError
from vibepiper_mysql import MySQLIOManager, MySQLSettings
from vibepiper_postgres import PostgresIOManager, PostgresSettings
from vibepiper_sqlite import SQLiteIOManager, SQLiteSettings
from vibepiper_transform import (
    ArrowSource,
    DatabaseSource,
    Relation,
    ScanSource,
    from_source,
    sql_asset,
)

NAMES = ("postgresql", "mysql", "sqlite")


class Store(Protocol):
    def save(self, ref: AssetRef, data: object) -> object: ...
    def relation(self, ref: AssetRef) -> Relation: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Engine:
    """A store, or DuckDB where there is none."""

    name: str
    store: Store | None = None

    def keep(self, tables: Mapping[str, pa.Table]) -> dict[str, Relation]:
        """The tables, each as a relation in the engine whose source has the table's name."""
        if self.store is None:
            sources = {n: ArrowSource(t.schema, lambda t=t: t, name=n) for n, t in tables.items()}
            return {name: from_source(source) for name, source in sources.items()}
        for name, table in tables.items():
            self.store.save(AssetRef(name), table)
        return {name: self.store.relation(AssetRef(name)) for name in tables}


def make_store(name: str, url: str, folder: Path) -> Store:
    context = ComponentContext(name, folder)
    if name == "postgresql":
        return PostgresIOManager(PostgresSettings(url=url), context)
    if name == "mysql":
        return MySQLIOManager(MySQLSettings(url=url), context)
    return SQLiteIOManager(SQLiteSettings(), context)


def asked(sql: str, tables: Mapping[str, Relation]) -> Relation:
    """DuckDB's SQL over the tables, where they are."""
    sources: dict[str, ArrowSource | DatabaseSource | ScanSource] = {}
    names: dict[str, str] = {}
    for name, relation in tables.items():
        ((known, source),) = relation.sources.items()
        sources[known], names[name] = source, known

    def place(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Table) or node.name not in names:
            return node
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name))
        return exp.Table(this=exp.to_identifier(names[node.name], quoted=True), alias=alias.copy())

    tree = sqlglot.parse_one(sql, dialect="duckdb").transform(place)
    assert isinstance(tree, exp.Query)
    return Relation(tree, sources)


def written(sql: str, tables: Mapping[str, Relation]) -> Relation:
    """A SQL asset of DuckDB's SQL over those of the tables that its template names."""

    def made():
        return sql

    used = {name: table for name, table in tables.items() if f"{{{{ {name} }}}}" in sql}
    result = sql_asset(dialect="duckdb")(made)(**used)
    assert isinstance(result, Relation)
    return result


def answer(relation: Relation) -> list[tuple[object, ...]] | str:
    """The rows in an order of their own, or that it failed: DuckDB's error is an answer too."""
    try:
        table = relation.to_table()
    except VibePiperError as error:
        from vibepiper_transform import UnsupportedSql

        if isinstance(error, UnsupportedSql):
            raise
        return "an error"
    return sorted(zip(*(map(plain, c.to_pylist()) for c in table.columns), strict=True), key=repr)


def plain(value: object) -> object:
    """Doubles to 12 digits, for sums depend on the order of rows; decimals by value."""
    if isinstance(value, Decimal):
        return plain(float(value)) if value != value.to_integral_value() else int(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return float(f"{value:.12g}") + 0.0
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC)
    return value
