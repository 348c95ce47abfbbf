"""Calling an asset's function with relations that have columns and no rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.analysis import AnalyzerRequest
from vibepiper.errors import DataError
from vibepiper.movement import PlacementRequest

from vibepiper_transform.backend import RelationBackend
from vibepiper_transform.constructors import from_source
from vibepiper_transform.relation import Relation
from vibepiper_transform.sources import ArrowSource, DatabaseSource
from vibepiper_transform.sql.sql_function import SqlFunction
from vibepiper_transform.uses import keeping_places

__all__ = ["ReadsData", "Trace", "own_parameters", "trace", "trace_placed"]


class ReadsData(DataError):
    """A function asked a relation for rows while it was traced."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What the function returned, and which asset each traced source stands for, by its name."""

    result: object
    assets: Mapping[str, str]


def trace(request: AnalyzerRequest, published: pa.Schema | None = None) -> Trace:
    """Calls the asset's function with relations of its upstreams' columns, and of those that are
    ``published`` of itself, if something is. Whatever the function raises is raised, and
    `ReadsData` when it reads one of them, or asks for columns that are not known."""
    arguments: dict[str, object] = {**request.arguments}
    assets: dict[str, str] = {}
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


def trace_placed(request: PlacementRequest) -> object:
    """What the function returns when its upstreams lie where they will: tables named by the keys
    of their assets. Raises as `trace` does."""
    asked = request.asked
    arguments: dict[str, object] = {**asked.arguments, **_connectors(request)}
    for parameter, upstream in asked.upstreams.items():
        if parameter in request.views:
            arguments[parameter] = trace_placed(request.views[parameter])
            continue
        assert upstream.schema is not None
        refuse = _refusal(asked.asset.key, upstream.key)
        if (engine := request.engines.get(parameter)) is not None:
            table = exp.table_(upstream.key, quoted=True)
            backend = cast("RelationBackend", engine)
            source = DatabaseSource(backend, table, known=upstream.schema)
            arguments[parameter] = from_source(source)
        else:
            arguments[parameter] = from_source(ArrowSource(upstream.schema, refuse))
    return asked.asset.function(**arguments)


def _connectors(request: PlacementRequest) -> dict[str, object]:
    """The resources whose tables a template reads. A function might do anything with one."""
    function = request.asked.asset.function
    known = function.connectors if isinstance(function, SqlFunction) else frozenset[str]()
    if unknown := request.resources.keys() - known:
        key = request.asked.asset.key
        raise ReadsData(f"asset '{key}' may read anything of the resource '{min(unknown)}'")
    return {name: open_resource() for name, open_resource in request.resources.items()}


def _refusal(asset: str, upstream: str) -> Callable[[], pa.Table]:
    def refuse() -> pa.Table:
        raise ReadsData(f"asset '{asset}' reads the rows of '{upstream}' when it is called")

    return refuse
