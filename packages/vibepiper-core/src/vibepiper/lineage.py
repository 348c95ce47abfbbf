"""Where data comes from and goes to: of assets, and of the versions that they were made of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from pydantic import JsonValue

from vibepiper.assets import Asset
from vibepiper.data_versions import of_one
from vibepiper.errors import SelectionError, StateError
from vibepiper.graph import AssetGraph

if TYPE_CHECKING:
    from vibepiper.state.records import Materialization

__all__ = [
    "FindVersions",
    "Lineage",
    "LineageAsset",
    "LineageEdge",
    "LineageMap",
    "MadeVersion",
    "VersionEdge",
    "VersionMap",
]

FindVersions: TypeAlias = "Callable[[str, str], Sequence[Materialization]]"
"""What state keeps of an asset's data version: of one that stands for all partitions, each of
them; nothing when it keeps nothing of it."""


@dataclass(frozen=True, slots=True)
class LineageAsset:
    key: str
    group: str
    kind: str
    owner: str | None
    description: str | None
    io_manager: str | None


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """``target`` is made from ``source``, whose data arrives as ``parameters``; without any,
    ``target`` only comes after it."""

    source: str
    target: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineageMap:
    """Assets in the order of execution, and the edges between them."""

    assets: tuple[LineageAsset, ...]
    edges: tuple[LineageEdge, ...]

    def to_json(self) -> dict[str, JsonValue]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class MadeVersion:
    """A version of an asset's data, and how it was made. ``recorded``: whether state knows;
    where it does not, nothing is known but the version."""

    asset: str
    data_version: str
    recorded: bool
    partition: str = ""
    run_id: str | None = None
    load_id: str | None = None
    code_version: str | None = None
    created_at: str | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class VersionEdge:
    """The data of ``source`` went into ``target``; each is an asset and a data version."""

    source: tuple[str, str]
    target: tuple[str, str]


@dataclass(frozen=True, slots=True)
class VersionMap:
    """What went into a version: it comes first, then what it was made of, nearest first."""

    versions: tuple[MadeVersion, ...]
    edges: tuple[VersionEdge, ...]

    def to_json(self) -> dict[str, JsonValue]:
        return asdict(self)


class Lineage:
    """The lineage of a graph's assets, and with ``find`` of their recorded versions."""

    def __init__(self, graph: AssetGraph, find: FindVersions | None = None) -> None:
        self._graph = graph
        self._find = find

    @property
    def edges(self) -> tuple[LineageEdge, ...]:
        """Every edge of the graph, by target in the order of execution."""
        return tuple(self._edges(self._graph.keys))

    def upstream(self, key: str, depth: int | None = None) -> tuple[str, ...]:
        """What the asset is made from, in the order of execution: within ``depth`` edges (1:
        directly), or however far. Raises `UnknownUpstream` for an asset that does not exist."""
        return self._within(key, depth, self._graph.upstream)

    def downstream(self, key: str, depth: int | None = None) -> tuple[str, ...]:
        """What is made from the asset; otherwise as `upstream`."""
        return self._within(key, depth, self._graph.downstream)

    def map(self, keys: Iterable[str] | None = None) -> LineageMap:
        """The assets of these keys, or all, and the edges between them."""
        wanted = set(self._graph.keys if keys is None else keys)
        assets = [_asset(self._graph[key]) for key in sorted(wanted)]
        place = {key: number for number, key in enumerate(self._graph.keys)}
        assets.sort(key=lambda asset: place[asset.key])
        edges = self._edges([asset.key for asset in assets])
        return LineageMap(tuple(assets), tuple(e for e in edges if e.source in wanted))

    def at(self, asset: str, data_version: str, depth: int | None = None) -> VersionMap:
        """The versions that went into one, and into those in turn: within ``depth`` steps, or
        however far records go. Raises `StateError` without any record of the version itself."""
        _check_depth(depth)
        records = self._records(asset, data_version)
        if not records:
            raise StateError(
                f"asset '{asset}': nothing is recorded of its data version '{data_version}'",
                hint="`vibepiper state` says how long records are kept.",
            )
        found = {(asset, data_version): _version(asset, data_version, records[0])}
        edges: dict[VersionEdge, None] = {}
        waiting = deque([((asset, data_version), records[0], 0)])
        while waiting:
            target, record, far = waiting.popleft()
            if far == depth:
                continue
            for source, made in self._sources(record.upstream or {}):
                edges[VersionEdge(source, target)] = None
                if source in found:
                    continue
                found[source] = _version(*source, made)
                if made is not None:
                    waiting.append((source, made, far + 1))
        return VersionMap(tuple(found.values()), tuple(edges))

    def _records(self, asset: str, data_version: str) -> Sequence[Materialization]:
        return () if self._find is None else self._find(asset, data_version)

    def _sources(
        self, upstream: Mapping[str, JsonValue]
    ) -> Iterator[tuple[tuple[str, str], Materialization | None]]:
        """Each asset with each of its versions, of partitions there may be many, and what is on
        record of it."""
        for asset, versions in upstream.items():
            for version in versions if isinstance(versions, list) else [versions]:
                if version is None:
                    continue
                records = self._records(asset, cast("str", version))
                if not records:
                    yield (asset, cast("str", version)), None
                for made in records:
                    yield (asset, of_one(made)), made

    def _edges(self, keys: Iterable[str]) -> Iterable[LineageEdge]:
        for key in keys:
            bindings = [b for b in self._graph.bindings(key) if b.source == "asset"]
            for source in self._graph.upstream(key):
                names = tuple(b.parameter.name for b in bindings if b.name == source)
                yield LineageEdge(source, key, names)

    def _within(
        self, key: str, depth: int | None, edges: Callable[[str], tuple[str, ...]]
    ) -> tuple[str, ...]:
        _check_depth(depth)
        found = {self._graph[key].key}
        edge, far = found, 0
        while edge and far != depth:
            edge = {other for here in edge for other in edges(here)} - found
            found = found | edge
            far += 1
        return tuple(each for each in self._graph.keys if each in found and each != key)


def _check_depth(depth: int | None) -> None:
    if depth is not None and depth < 0:
        raise SelectionError(
            f"depth is {depth}, expected how many edges to follow", hint="Leave it out for all."
        )


def _asset(asset: Asset) -> LineageAsset:
    return LineageAsset(
        asset.key, asset.group, asset.kind, asset.owner, asset.description, asset.io_manager
    )


def _version(asset: str, data_version: str, made: Materialization | None) -> MadeVersion:
    if made is None:
        return MadeVersion(asset, data_version, recorded=False)
    return MadeVersion(
        asset=asset,
        data_version=data_version,
        recorded=True,
        partition=made.partition,
        run_id=made.run_id,
        load_id=made.load_id,
        code_version=made.code_version,
        created_at=made.created_at.isoformat(),
        rows=made.rows,
    )
