"""Calling an asset's function with relations that have columns and no rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.analysis import AnalyzerRequest, KnownTables
from vibepiper.database import DatabaseTable
from vibepiper.errors import DataError, DefinitionError
from vibepiper.movement import PlacementRequest

from vibepiper_transform.backend import RelationBackend
from vibepiper_transform.constructors import from_source
from vibepiper_transform.relation import Relation
from vibepiper_transform.sources import ArrowSource, DatabaseSource, Source
from vibepiper_transform.sql.rendering import HasTables
from vibepiper_transform.uses import keeping_places

__all__ = [
    "NoTable",
    "ReadsData",
    "Trace",
    "own_parameters",
    "trace",
    "trace_placed",
    "unread_databases",
]


class ReadsData(DataError):
    """A function asked a relation for rows while it was traced."""


class NoTable(DefinitionError):
    """A database has no table of the name now; it may have one when the asset runs."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What the function returned, and which asset, or table of a database that is none, each traced
    source stands for, by its name."""

    result: object
    assets: Mapping[str, str]


def trace(request: AnalyzerRequest, published: pa.Schema | None = None) -> Trace:
    """Calls the asset's function with relations of its upstreams' columns, and of those that are
    ``published`` of itself, if something is. Whatever the function raises is raised, and
    `ReadsData` when it reads one of them, or asks for columns that are not known."""
    assets: dict[str, str] = {}
    arguments: dict[str, object] = {**request.arguments, **unread_databases(request, assets)}
    schemas = {name: (above.key, above.schema) for name, above in request.upstreams.items()}
    if published is not None:
        own = request.asset.key
        schemas |= dict.fromkeys(own_parameters(request), (own, published))
    for parameter, (key, schema) in schemas.items():
        known = pa.schema([]) if schema is None else schema
        source = ArrowSource(known, _refusal(request.asset.key, key))
        assets[source.name] = key
        relation = from_source(source)
        arguments[parameter] = relation if schema is not None else _Unknown.of(relation)
    with keeping_places():
        return Trace(request.asset.function(**arguments), assets)


def unread_databases(request: AnalyzerRequest, names: dict[str, str]) -> dict[str, object]:
    """By the parameters that take a database what stands for it: its tables have columns and no
    rows. ``names`` gets the tables that are taken, by the names of their sources."""

    def stand_in(tables: KnownTables, table: DatabaseTable) -> Relation:
        known = tables.schema(table)
        refuse = _refusal(request.asset.key, table.of(tables.resource))
        relation = from_source(ArrowSource(pa.schema([]) if known is None else known, refuse))
        return relation if known is not None else _Unknown.of(relation)

    return {
        parameter: _Database(tables, partial(stand_in, tables), names)
        for parameter, tables in request.tables.items()
    }


@dataclass(frozen=True, slots=True)
class _Database:
    """A connector as templates know one."""

    tables: KnownTables
    stand_in: Callable[[DatabaseTable], Relation]
    names: dict[str, str]

    def relation(self, name: str, *, schema: str | None = None) -> Relation:
        table = DatabaseTable(name, schema)
        if self.tables.lacks(table):
            raise NoTable(
                f"'{self.tables.resource}' has no table '{name}' that can be read",
                hint="It has to be there when the asset runs.",
            )
        made = self.stand_in(table)
        self.names.update(dict.fromkeys(made.sources, table.of(self.tables.resource)))
        return made


class _Unknown(Relation):
    """A relation whose columns are not known."""

    @classmethod
    def of(cls, relation: Relation) -> _Unknown:
        return cls(relation.tree, relation.sources)

    if not TYPE_CHECKING:

        @property
        def kinds(self) -> object:
            raise ReadsData("the columns are not known")

        columns = schema = kinds


def own_parameters(request: AnalyzerRequest) -> list[str]:
    """The parameters that take what is published of the asset itself."""
    asset = request.asset
    return [each.name for each in asset.parameters if each.upstream == asset.key]


def trace_placed(request: PlacementRequest) -> Trace:
    """What the function returns when what it is made of lies where it will: upstreams as tables
    that are named by their keys. Raises as `trace` does."""
    asked = request.asked
    assets: dict[str, str] = {}
    arguments: dict[str, object] = {**asked.arguments, **_placed_databases(request, assets)}
    for parameter, upstream in asked.upstreams.items():
        if parameter in request.views:
            view = trace_placed(request.views[parameter])
            assets.update(view.assets)
            arguments[parameter] = view.result
            continue
        assert upstream.schema is not None
        source: Source
        if (engine := request.engines.get(parameter)) is not None:
            table = exp.table_(upstream.key, quoted=True)
            backend = cast("RelationBackend", engine)
            source = DatabaseSource(backend, table, known=upstream.schema)
        else:
            source = ArrowSource(upstream.schema, _refusal(asked.asset.key, upstream.key))
        assets[source.name] = upstream.key
        arguments[parameter] = from_source(source)
    return Trace(asked.asset.function(**arguments), assets)


def _placed_databases(request: PlacementRequest, names: dict[str, str]) -> dict[str, object]:
    """The databases themselves, which are not asked again for columns that are known, nor where
    they gave no answer."""

    def stand_in(connector: HasTables, tables: KnownTables, table: DatabaseTable) -> Relation:
        if (known := tables.schema(table)) is None:
            raise ReadsData(f"the columns of '{table.of(tables.resource)}' are not known")
        relation = connector.relation(table.name, schema=table.schema)
        (source,) = relation.sources.values()
        assert isinstance(source, DatabaseSource)
        return from_source(replace(source, known=known))

    return {
        parameter: _Database(
            tables,
            partial(stand_in, cast("HasTables", request.resources[parameter]()), tables),
            names,
        )
        for parameter, tables in request.asked.tables.items()
    }


def _refusal(asset: str, upstream: str) -> Callable[[], pa.Table]:
    def refuse() -> pa.Table:
        raise ReadsData(f"asset '{asset}' reads the rows of '{upstream}' when it is called")

    return refuse
