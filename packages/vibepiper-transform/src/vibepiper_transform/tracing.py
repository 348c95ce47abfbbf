"""Calling an asset's function with relations that have columns and no rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
from vibepiper.analysis import AnalyzerRequest
from vibepiper.errors import DataError

from vibepiper_transform.constructors import from_source
from vibepiper_transform.relation import Relation
from vibepiper_transform.sources import ArrowSource
from vibepiper_transform.uses import keeping_places

__all__ = ["ReadsData", "Trace", "trace"]


class ReadsData(DataError):
    """A function asked a relation for rows while it was traced."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What the function returned, and which asset each traced source stands for, by its name."""

    result: object
    assets: Mapping[str, str]


def trace(request: AnalyzerRequest) -> Trace:
    """Calls the asset's function with relations of its upstreams' columns. Whatever the function
    raises is raised, and `ReadsData` when it reads one of them."""
    arguments: dict[str, object] = {**request.arguments}
    assets: dict[str, str] = {}
    for parameter, upstream in request.upstreams.items():
        assert upstream.schema is not None
        source = ArrowSource(upstream.schema, _refusal(request.asset.key, upstream.key))
        assets[source.name] = upstream.key
        arguments[parameter] = from_source(source)
        assert isinstance(arguments[parameter], Relation)
    with keeping_places():
        return Trace(request.asset.function(**arguments), assets)


def _refusal(asset: str, upstream: str) -> Callable[[], pa.Table]:
    def refuse() -> pa.Table:
        raise ReadsData(f"asset '{asset}' reads the rows of '{upstream}' when it is called")

    return refuse
