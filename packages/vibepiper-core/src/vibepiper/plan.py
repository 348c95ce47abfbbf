"""Plans: what a run would do, and the refusals that need nothing run to be found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import JsonValue, PydanticUserError, TypeAdapter, ValidationError

from vibepiper.assets import Asset
from vibepiper.component import ComponentSpec
from vibepiper.errors import MissingCapability, MissingUpstreamData, ParameterError, suggest
from vibepiper.graph import AssetGraph, Binding
from vibepiper.inputs import annotation_of, find_input
from vibepiper.io_manager import AssetRef
from vibepiper.selection import select
from vibepiper.session import Session, Store

__all__ = ["Plan", "PlannedInput", "PlannedStep", "make_plan"]


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An upstream asset that a parameter takes, where it lies, and how it arrives."""

    parameter: str
    upstream: Asset
    store: Store
    adapter: ComponentSpec | None

    @property
    def ref(self) -> AssetRef:
        return AssetRef(self.upstream.key, self.upstream.uri)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One asset to make. ``upstream`` are the steps of this plan that come first; ``reason``
    says why it is in the plan."""

    asset: Asset
    store: Store
    inputs: tuple[PlannedInput, ...]
    resources: tuple[Binding, ...]
    arguments: Mapping[str, object]
    wants_context: bool
    upstream: tuple[str, ...]
    reason: str

    def ref(self, run_id: str) -> AssetRef:
        """The staged data of this step in a run: its load id is the same at every attempt."""
        digest = hashlib.blake2b(f"{run_id}/{self.asset.key}".encode(), digest_size=8)
        return AssetRef(self.asset.key, self.asset.uri, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a run, in the order of execution."""

    steps: tuple[PlannedStep, ...]
    params: Mapping[str, JsonValue]

    def __len__(self) -> int:
        return len(self.steps)


def make_plan(
    session: Session,
    *,
    selectors: Iterable[str] = (),
    exclude: Iterable[str] = (),
    params: Mapping[str, JsonValue] | None = None,
) -> Plan:
    """What a run of the selected assets would do.

    Everything that can be refused is refused here, before anything runs: an unknown store or
    parameter, settings that are wrong, a capability a store lacks, an upstream outside the
    selection that has no published data. ``params`` override the project file's.
    """
    graph = session.project.graph
    given = params or {}
    _check_params(graph, given)
    _check_configured(session)
    merged = {**session.project.params, **given}
    keys = select(graph, selectors, exclude)
    chosen = frozenset(keys)
    selected = "selected" if chosen != frozenset(graph.keys) else "all assets"
    steps = tuple(_plan_step(session, graph[key], chosen, merged, selected) for key in keys)
    return Plan(steps, merged)


def _plan_step(
    session: Session,
    asset: Asset,
    chosen: frozenset[str],
    params: Mapping[str, JsonValue],
    reason: str,
) -> PlannedStep:
    graph = session.project.graph
    bindings = graph.bindings(asset.key)
    store = session.store(asset)
    _check_store(session, asset, store)
    resources = tuple(b for b in bindings if b.source == "resource")
    for binding in resources:
        session.resource(binding.name)
    return PlannedStep(
        asset=asset,
        store=store,
        inputs=tuple(
            _plan_input(session, asset, b, chosen) for b in bindings if b.source == "asset"
        ),
        resources=resources,
        arguments={
            b.parameter.name: _argument(asset, b, params[b.name])
            for b in bindings
            if b.source == "param"
        },
        wants_context=any(b.source == "context" for b in bindings),
        upstream=tuple(key for key in graph.upstream(asset.key) if key in chosen),
        reason=reason,
    )


def _plan_input(
    session: Session, asset: Asset, binding: Binding, chosen: frozenset[str]
) -> PlannedInput:
    upstream = session.project.graph[binding.name]
    store = session.store(upstream)
    adapter = find_input(session.host, asset, binding.parameter)
    planned = PlannedInput(binding.parameter.name, upstream, store, adapter)
    if upstream.key not in chosen and not store.manager.exists(planned.ref):
        raise MissingUpstreamData(
            f"asset '{asset.key}' needs '{upstream.key}', which is not part of this run and has "
            f"no published data in the store '{store.name}'",
            at=asset.location,
            hint=f"Run it too: --select '+{asset.key}'.",
        )
    return planned


def _check_store(session: Session, asset: Asset, store: Store) -> None:
    if asset.checks and not store.supports("staging"):
        raise MissingCapability(
            f"asset '{asset.key}' has checks, which need a store that can stage data; "
            f"'{store.name}' ({store.spec.name}) does not declare 'staging'",
            at=asset.location,
            hint="Give the asset another io_manager.",
        )
    for name in dict.fromkeys(check.validator for check in asset.checks):
        session.validator(name)


def _check_params(graph: AssetGraph, params: Mapping[str, JsonValue]) -> None:
    taken = {b.name for key in graph.keys for b in graph.bindings(key) if b.source == "param"}
    for name in params:
        if name not in taken:
            raise ParameterError(
                f"no asset takes the parameter '{name}'",
                hint=suggest(name, taken | _free_names(graph)),
            )


def _check_configured(session: Session) -> None:
    """Refuses a parameter of the project file that nothing takes, unless an asset takes the
    context, through which it may read any."""
    graph = session.project.graph
    bindings = [b for key in graph.keys for b in graph.bindings(key)]
    if any(b.source == "context" for b in bindings):
        return
    taken = {b.name for b in bindings if b.source == "param"}
    for name in session.project.params:
        if name not in taken:
            raise ParameterError(
                f"no asset takes the parameter '{name}'",
                at=session.project.param_place(name),
                hint=suggest(name, taken | _free_names(graph)),
            )


def _free_names(graph: AssetGraph) -> set[str]:
    """Parameters that now take their default, and could be given."""
    bound = {key: {b.parameter.name for b in graph.bindings(key)} for key in graph.keys}
    return {p.name for asset in graph for p in asset.parameters} - set().union(*bound.values())


def _argument(asset: Asset, binding: Binding, value: JsonValue) -> object:
    annotation = annotation_of(asset, binding.parameter)
    if annotation is None:
        return value
    try:
        adapter: TypeAdapter[object] = TypeAdapter(cast("Any", annotation))
        return adapter.validate_python(value)
    except PydanticUserError as error:
        raise ParameterError(
            f"asset '{asset.key}': parameter '{binding.name}' is annotated {annotation}, "
            "to which no text can be converted",
            at=asset.location,
        ) from error
    except ValidationError as error:
        raise ParameterError(
            f"asset '{asset.key}': parameter '{binding.name}' takes {annotation}, "
            f"found {value!r}: {error.errors()[0]['msg']}",
            at=asset.location,
        ) from error
