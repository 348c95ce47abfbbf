"""Calling an asset's function with relations that have columns and no rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
from vibepiper.analysis import AnalyzerRequest
from vibepiper.errors import DataError

from vibepiper_transform.constructors import from_source
from vibepiper_transform.sources import ArrowSource
from vibepiper_transform.uses import keeping_places

__all__ = ["ReadsData", "Trace", "own_parameters", "trace"]


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
    `ReadsData` when it reads one of them."""
    arguments: dict[str, object] = {**request.arguments}
    assets: dict[str, str] = {}
    schemas = {name: (above.key, above.schema) for name, above in request.upstreams.items()}
    if published is not None:
        own = request.asset.key
        schemas |= dict.fromkeys(own_parameters(request), (own, published))
    for parameter, (key, schema) in schemas.items():
        assert schema is not None
        source = ArrowSource(schema, _refusal(request.asset.key, key))
        assets[source.name] = key
        arguments[parameter] = from_source(source)
    with keeping_places():
        return Trace(request.asset.function(**arguments), assets)


def own_parameters(request: AnalyzerRequest) -> list[str]:
    """The parameters that take what is published of the asset itself."""
    asset = request.asset
    return [each.name for each in asset.parameters if each.upstream == asset.key]


def _refusal(asset: str, upstream: str) -> Callable[[], pa.Table]:
    def refuse() -> pa.Table:
        raise ReadsData(f"asset '{asset}' reads the rows of '{upstream}' when it is called")

    return refuse
