"""The asset graph: every asset of a project and what each of their parameters means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from vibepiper.assets import Asset, Parameter
from vibepiper.checks import ReferringCheck
from vibepiper.errors import CyclicGraph, DuplicateAsset, UnknownUpstream, suggest

__all__ = ["AssetGraph", "Binding", "Source"]

Source = Literal["asset", "published", "resource", "param", "partition", "cursor", "context"]


@dataclass(frozen=True, slots=True)
class Binding:
    """What fills a parameter: the asset, resource, run parameter or dimension of the asset's
    partitions called ``name``, what is published of the asset itself, its cursor, or the
    context."""

    parameter: Parameter
    source: Source
    name: str


class AssetGraph:
    """Assets and their upstream edges. Iterates in the order of execution.

    A parameter means a dimension of the asset's own partitions, else the asset of that key, else
    the only asset whose key ends in that name, else a resource, else a run parameter, else its
    own default. ``context`` is the context, and ``cursor`` the cursor of an asset that declares
    one. Raises `DuplicateAsset`,
    `UnknownUpstream` or `CyclicGraph`, each with file and line.
    """

    def __init__(
        self,
        assets: Iterable[Asset],
        *,
        resources: Collection[str] = (),
        params: Collection[str] = (),
    ) -> None:
        self._assets = _by_key(assets)
        self._short = _by_name(self._assets)
        self._resources = frozenset(resources)
        self._params = frozenset(params)
        self._bindings = {key: self._bind_all(asset) for key, asset in self._assets.items()}
        self._upstream = {key: self._edges(asset) for key, asset in self._assets.items()}
        self._downstream = _reverse(self._upstream)
        self._order = self._sort()

    def __iter__(self) -> Iterator[Asset]:
        return (self._assets[key] for key in self._order)

    def __len__(self) -> int:
        return len(self._assets)

    def __contains__(self, key: object) -> bool:
        return key in self._assets

    def __getitem__(self, key: str) -> Asset:
        """The asset of that key. Raises `UnknownUpstream` with the nearest."""
        if (asset := self._assets.get(key)) is None:
            raise UnknownUpstream(f"there is no asset '{key}'", hint=suggest(key, self._assets))
        return asset

    @property
    def keys(self) -> tuple[str, ...]:
        return self._order

    def bindings(self, key: str) -> tuple[Binding, ...]:
        return self._bindings[key]

    def upstream(self, key: str) -> tuple[str, ...]:
        """The assets that this one needs directly."""
        return self._upstream[key]

    def upstream_named(self, key: str, name: str) -> str | None:
        """The direct upstream of that key, or the one whose key ends in the name; else None."""
        above = self._upstream[key]
        if name in above:
            return name
        short = [each for each in above if self._assets[each].name == name]
        return short[0] if len(short) == 1 else None

    def downstream(self, key: str) -> tuple[str, ...]:
        """The assets that need this one directly."""
        return self._downstream[key]

    def referred(self, key: str) -> dict[str, str]:
        """The assets that the checks of this one compare with, by the names that they give."""
        asset = self._assets[key]
        return {name: self._refer(asset, check, name) for check, name in _references(asset)}

    def ancestors(self, key: str) -> set[str]:
        return _reachable(key, self.upstream)

    def descendants(self, key: str) -> set[str]:
        return _reachable(key, self.downstream)

    def _bind_all(self, asset: Asset) -> tuple[Binding, ...]:
        bound = (self._bind(asset, parameter) for parameter in asset.parameters)
        return tuple(binding for binding in bound if binding is not None)

    def _bind(self, asset: Asset, parameter: Parameter) -> Binding | None:
        name = parameter.name
        if parameter.upstream is not None:
            return self._upstream_binding(asset, parameter, parameter.upstream)
        if name == "context":
            return Binding(parameter, "context", name)
        if name == "cursor" and asset.incremental is not None and asset.incremental.cursor:
            return Binding(parameter, "cursor", name)
        if asset.partitions is not None and name in asset.partitions.dimensions:
            return Binding(parameter, "partition", name)
        if (key := self._resolve(name, asset)) is not None:
            return Binding(parameter, "asset", key)
        if name in self._resources:
            return Binding(parameter, "resource", name)
        if name in self._params:
            return Binding(parameter, "param", name)
        if parameter.required:
            raise self._unknown(asset, name)
        return None

    def _upstream_binding(self, asset: Asset, parameter: Parameter, name: str) -> Binding:
        if name == asset.key:
            return Binding(parameter, "published", name)
        if (key := self._resolve(name, asset)) is None:
            raise UnknownUpstream(
                f"asset '{asset.key}' refers to '{name}', which is no asset",
                at=asset.place_of(parameter.name),
                hint=suggest(name, {*self._assets} - {asset.key}),
            )
        return Binding(parameter, "asset", key)

    def _unknown(self, asset: Asset, name: str) -> UnknownUpstream:
        known = {*self._assets, *self._short, *self._resources, *self._params} - {asset.key}
        what = "no asset, resource or run parameter"
        if asset.partitions is not None:
            known |= set(asset.partitions.dimensions)
            own = " and ".join(f"'{each}'" for each in asset.partitions.dimensions)
            what = f"{what}, and its partitions are by {own}"
        if name == "cursor" and asset.incremental is not None:
            hint = 'A cursor is declared by its column: incremental(cursor="updated_at").'
        else:
            hint = f"{suggest(name, known)} A run parameter is given by [params] or --param."
        return UnknownUpstream(
            f"asset '{asset.key}': parameter '{name}' is {what}",
            at=asset.place_of(name),
            hint=hint,
        )

    def _resolve(self, name: str, asset: Asset) -> str | None:
        if name in self._assets:
            return name
        keys = self._short.get(name, ())
        if len(keys) > 1:
            raise UnknownUpstream(
                f"asset '{asset.key}': '{name}' could be {' or '.join(map(repr, keys))}",
                at=asset.location,
                hint="Rename one of them, so that the last part of its key is its own.",
            )
        return keys[0] if keys else None

    def _edges(self, asset: Asset) -> tuple[str, ...]:
        edges = [b.name for b in self._bindings[asset.key] if b.source == "asset"]
        for name in asset.depends_on:
            if (key := self._resolve(name, asset)) is None:
                raise UnknownUpstream(
                    f"asset '{asset.key}': depends_on names '{name}', which is no asset",
                    at=asset.location,
                    hint=suggest(name, {*self._assets} - {asset.key}),
                )
            edges.append(key)
        edges += [self._refer(asset, check, name) for check, name in _references(asset)]
        self._check_mappings(asset, edges)
        return tuple(dict.fromkeys(edges))

    def _check_mappings(self, asset: Asset, edges: Collection[str]) -> None:
        """One that is misspelled would leave its upstream to the default."""
        for name in asset.mappings:
            if self._resolve(name, asset) not in edges:
                raise UnknownUpstream(
                    f"asset '{asset.key}': mappings names '{name}', which is none of its upstreams",
                    at=asset.location,
                    hint=suggest(name, edges),
                )

    def _refer(self, asset: Asset, check: ReferringCheck, name: str) -> str:
        if (key := self._resolve(name, asset)) is None:
            raise UnknownUpstream(
                f"asset '{asset.key}': {check.label} names '{name}', which is no asset",
                at=asset.location,
                hint=suggest(name, {*self._assets} - {asset.key}),
            )
        return key

    def _sort(self) -> tuple[str, ...]:
        try:
            return tuple(TopologicalSorter(self._upstream).static_order())
        except CycleError as error:
            cycle = list(reversed(error.args[1]))
            places = [f"{key} at {self._assets[key].location}" for key in cycle[1:]]
            raise CyclicGraph(
                f"assets are upstream of themselves: {' -> '.join(cycle)}",
                at=self._assets[cycle[0]].location,
                hint="\n  ".join(places),
            ) from error


def _references(asset: Asset) -> Iterator[tuple[ReferringCheck, str]]:
    for check in asset.checks:
        if isinstance(check, ReferringCheck):
            yield from ((check, name) for name in check.assets)


def _by_key(assets: Iterable[Asset]) -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    folded: dict[str, Asset] = {}
    for asset in assets:
        if (other := folded.get(asset.key.casefold())) is not None:
            as_what = "" if other.key == asset.key else f" as '{other.key}'"
            raise DuplicateAsset(
                f"asset '{asset.key}' is already declared{as_what} at {other.location}",
                at=asset.location,
                hint="Rename one of them, or give it another key: @asset(name=...)."
                + (" Stores may not tell upper from lower case." if as_what else ""),
            )
        found[asset.key] = folded[asset.key.casefold()] = asset
    return found


def _by_name(assets: Mapping[str, Asset]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, asset in assets.items():
        found[asset.name].append(key)
    return {name: tuple(keys) for name, keys in found.items()}


def _reverse(edges: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {key: [] for key in edges}
    for key, upstream in edges.items():
        for other in upstream:
            found[other].append(key)
    return {key: tuple(keys) for key, keys in found.items()}


def _reachable(key: str, edges: Callable[[str], tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = list(edges(key))
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting.extend(edges(here))
    return found
