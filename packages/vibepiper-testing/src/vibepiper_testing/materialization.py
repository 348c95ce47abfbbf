"""Assets made in a test: by the real engine, in memory, with what they need given to them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

import pyarrow as pa
from pydantic import JsonValue
from vibepiper import (
    Asset,
    AssetGraph,
    AssetRef,
    CheckResult,
    ComponentSpec,
    IOManager,
    PluginHost,
    Project,
    RunResult,
    Session,
    StateStore,
    make_asset,
    make_plan,
    run_plan,
)
from vibepiper.component import Kind
from vibepiper.config import EnvironmentConfig
from vibepiper.data import as_data, as_reader, is_table
from vibepiper.errors import DefinitionError, suggest
from vibepiper.events import Event
from vibepiper.places import Places
from vibepiper.session import KINDS, Section

from vibepiper_testing.memory import memory_io_manager
from vibepiper_testing.recording import EventRecorder

__all__ = ["MaterializationFailed", "Materialized", "declared", "materialize"]

_EXECUTOR = "given"


class MaterializationFailed(AssertionError):
    """Assets failed; the message has each one's, and the traceback of the user's code."""

    def __init__(self, result: Materialized) -> None:
        self.result = result
        told = [
            f"{step.failure.message}\n{step.failure.traceback}".rstrip()
            for step in result.run.steps
            if step.failure is not None
        ]
        super().__init__("\n\n".join(told) or f"the run was {result.run.status}")


@dataclass(frozen=True)
class Materialized:
    """What became of `materialize`."""

    run: RunResult
    events: Sequence[Event]
    graph: AssetGraph
    stores: Mapping[str, IOManager]

    @property
    def succeeded(self) -> bool:
        return self.run.status == "succeeded"

    def data(self, asset: str | Asset) -> object:
        """The asset's published data: a ``pyarrow.Table``, or the object that it returned.
        Raises `NotMaterialized`."""
        made = self._asset(asset)
        loaded = self.stores[made.key].load(AssetRef(made.key, made.uri))
        return as_reader(loaded).read_all() if is_table(loaded) else loaded

    def table(self, asset: str | Asset) -> pa.Table:
        """The asset's published table. Raises `TypeError` for an object that is none."""
        found = self.data(asset)
        if not isinstance(found, pa.Table):
            raise TypeError(f"asset '{self._asset(asset).key}' is no table but {found!r}")
        return found

    def rows(self, asset: str | Asset) -> list[dict[str, object]]:
        """The asset's published rows."""
        return cast("list[dict[str, object]]", self.table(asset).to_pylist())

    def checks(self, asset: str | Asset) -> tuple[CheckResult, ...]:
        """The results of the asset's checks, in the order of their declaration."""
        key = self._asset(asset).key
        return next((step.checks for step in self.run.steps if step.asset == key), ())

    def _asset(self, asset: str | Asset) -> Asset:
        return self.graph[asset if isinstance(asset, str) else asset.key]


def materialize(
    *assets: Asset,
    inputs: Mapping[str, object] | None = None,
    resources: Mapping[str, object] | None = None,
    io_managers: Mapping[str, object] | None = None,
    validators: Mapping[str, object] | None = None,
    executor: object | None = None,
    params: Mapping[str, JsonValue] | None = None,
    root: Path | None = None,
    jobs: int = 1,
    raise_on_error: bool = True,
) -> Materialized:
    """Makes the assets with the real engine, checks and all, and stores them in memory.

    ``inputs`` is the data of upstreams that are not made, by key: a table, a list of dicts, or
    whatever an asset may return. ``resources``, ``io_managers`` and ``validators`` are objects
    that take the place of configured ones, by name; an IO manager that is not given is a memory
    one, and a validator the installed one. ``executor`` is an object that carries the steps out
    instead of threads. ``params`` are run parameters. ``root`` is the
    project's folder, a temporary one unless given.

    Raises `MaterializationFailed` when an asset fails, unless ``raise_on_error`` is False, and
    what planning raises: `UnknownUpstream` for an upstream that is neither made nor given, and
    `DefinitionError` for what is given and nothing takes.
    """
    _refuse_others(assets)
    supplied = {key: as_data(value) for key, value in (inputs or {}).items()}
    keys = [asset.key for asset in assets if asset.key not in supplied]
    if not keys:
        raise DefinitionError("there is no asset to materialize")
    params, resources = dict(params or {}), dict(resources or {})
    graph = AssetGraph(_all(assets, supplied), resources=resources, params=params)
    _refuse_unused(supplied, assets, graph)
    _refuse_untaken(graph, io_managers or {}, resources, validators or {})
    stores = _stores(graph, dict(io_managers or {}))
    given = {
        **_given("io_managers", stores),
        **_given("resources", resources),
        **_given("validators", dict(validators or {})),
        **_given("executors", {} if executor is None else {_EXECUTOR: executor}),
    }
    for key, data in supplied.items():
        store = stores[graph[key].io_manager or "default"]
        store.save(AssetRef(key, graph[key].uri), data)
    recorder = EventRecorder()
    with tempfile.TemporaryDirectory(prefix="vibepiper-test-") as scratch:
        folder = root or Path(scratch)
        project = _project(graph, folder, Path(scratch))
        with (
            Session(project, PluginHost(), given=given) as session,
            StateStore(project.state) as state,
        ):
            plan = make_plan(session, selectors=keys, params=params)
            chosen = "threads" if executor is None else _EXECUTOR
            run = run_plan(plan, session, state, jobs=jobs, executor=chosen, observers=[recorder])
    by_asset = {asset.key: stores[asset.io_manager or "default"] for asset in graph}
    result = Materialized(run, recorder.events, graph, by_asset)
    if raise_on_error and not result.succeeded:
        raise MaterializationFailed(result)
    return result


def declared(kind: Kind, name: str, component: object) -> ComponentSpec:
    """The declaration of an object: an installed plugin's of its class, else one in this
    process, whose capabilities are those whose methods it has."""
    target = f"{type(component).__module__}:{type(component).__qualname__}"
    for spec in PluginHost().specs(kind):
        if spec.target == target:
            return replace(spec, name=name)
    capabilities: dict[str, Literal["full"]] = {"objects": "full", "same_process": "full"}
    if all(hasattr(component, method) for method in ("stage", "publish", "discard")):
        capabilities["staging"] = "full"
    if hasattr(component, "relation"):
        capabilities["query"] = "full"
    return ComponentSpec(kind, name, target, "Given in a test.", capabilities)


def _all(assets: Iterable[Asset], supplied: Mapping[str, object]) -> list[Asset]:
    made = {asset.key: asset for asset in assets}
    others = [make_asset(_nothing, {"name": key}) for key in supplied if key not in made]
    return [*made.values(), *others]


def _nothing() -> None:
    """Stands for an upstream that is given, not made."""


def _refuse_unused(
    supplied: Mapping[str, object], assets: Sequence[Asset], graph: AssetGraph
) -> None:
    made = {asset.key for asset in assets}
    used = {key for asset in made for key in graph.upstream(asset)} | made
    for key in supplied:
        if key not in used:
            wanted = {p.name for asset in assets for p in asset.parameters}
            raise DefinitionError(
                f"inputs: no asset has an upstream '{key}'", hint=suggest(key, wanted)
            )


def _refuse_others(assets: Sequence[object]) -> None:
    for asset in assets:
        if not isinstance(asset, Asset):
            raise DefinitionError(f"expected an asset, found {asset!r}: is it under @asset?")


def _refuse_untaken(
    graph: AssetGraph,
    io_managers: Mapping[str, object],
    resources: Mapping[str, object],
    validators: Mapping[str, object],
) -> None:
    """A stand-in that nothing asks for is misspelt, and the test would be of something else."""
    bindings = [binding for asset in graph for binding in graph.bindings(asset.key)]
    taken = {
        "io_managers": (io_managers, {asset.io_manager or "default" for asset in graph}),
        "resources": (resources, {b.name for b in bindings if b.source == "resource"}),
        "validators": (validators, {c.validator for asset in graph for c in asset.checks}),
    }
    for section, (given, names) in taken.items():
        for name in given:
            if name not in names:
                raise DefinitionError(
                    f"{section}: no asset takes '{name}'", hint=suggest(name, names)
                )


def _stores(graph: AssetGraph, given: dict[str, object]) -> dict[str, IOManager]:
    shared = memory_io_manager()
    names = {asset.io_manager or "default" for asset in graph}
    return {name: cast("IOManager", given.get(name, shared)) for name in {*names, *given}}


def _given(
    section: Section, components: Mapping[str, object]
) -> dict[tuple[Section, str], tuple[ComponentSpec, object]]:
    kind = cast("Kind", KINDS[section])
    return {(section, name): (declared(kind, name, c), c) for name, c in components.items()}


def _project(graph: AssetGraph, root: Path, scratch: Path) -> Project:
    return Project(
        name="test",
        root=root,
        state=scratch / "state.db",
        environment="test",
        config=EnvironmentConfig(),
        places=Places("vibepiper.toml", {}),
        graph=graph,
    )
