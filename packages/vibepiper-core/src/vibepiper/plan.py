"""Making plans: what a run would do and why, and the refusals that need nothing run to be found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from pydantic import JsonValue

from vibepiper.analysis_arguments import Sampler
from vibepiper.assets import Asset
from vibepiper.code_version import CodeVersions
from vibepiper.component import ComponentSpec
from vibepiper.errors import DefinitionError, DuplicateAsset, PlanError
from vibepiper.events import now
from vibepiper.freshness import Freshness
from vibepiper.graph import Binding
from vibepiper.inputs import find_input
from vibepiper.io_manager import Change
from vibepiper.parameters import argument, check_params
from vibepiper.partition_choice import PartitionChoice, choose
from vibepiper.partitions.key_text import DynamicKeys, no_dynamic_keys
from vibepiper.plan_inputs import check_inputs
from vibepiper.planned import Plan, PlannedAsset, PlannedGroup, PlannedInput, UpstreamPartitions
from vibepiper.problems import column_problems, refuse_problems
from vibepiper.project_analysis import ProjectAnalysis
from vibepiper.run_request import RunRequest
from vibepiper.selection import select
from vibepiper.session import Session, Store
from vibepiper.state.records import Materialization
from vibepiper.storage_support import check_support, find_place
from vibepiper.uris import fill_run_uri

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionMapping, PartitionSet
    from vibepiper.state import StateStore

__all__ = ["Plan", "Planner", "make_plan", "plan_asset"]


def make_plan(
    session: Session,
    state: StateStore | None = None,
    *,
    selectors: Iterable[str] = (),
    exclude: Iterable[str] = (),
    params: Mapping[str, JsonValue] | None = None,
    partitions: PartitionChoice | None = None,
    force: bool = False,
    full_refresh: bool = False,
    at: datetime | None = None,
) -> Plan:
    """What a run of the selected assets would do.

    With ``state`` a step is left out whose code, inputs and parameters are those of what is
    published, unless ``force``; without, nothing was ever made. ``partitions`` says
    which of those that have any, else the latest whole one of time, and every other.
    ``full_refresh`` makes incremental assets from nothing and replaces what they hold. ``params``
    override the project file's; ``at`` is the moment it is made for, now unless told.

    Everything that can be refused is refused here, before anything runs: an unknown store or
    parameter, settings that are wrong, a capability a store lacks, an upstream outside the
    selection that has no published data, a column that is not there or of the wrong type.
    """
    selectors, exclude = list(selectors), list(exclude)
    graph = session.project.graph
    given = params or {}
    check_params(session, given)
    at = at or now()
    keys = select(graph, selectors, exclude)
    fresh = Freshness(session, state, force=force or full_refresh)
    all_params = {**session.project.params, **given}
    planner = Planner(session, all_params, at, full_refresh, fresh.dynamic)
    choice = partitions or PartitionChoice()
    groups = tuple(planner.groups(keys, fresh, choice))
    check_inputs(groups, keys, fresh)
    made = {group.of.key for group in groups if group.is_made}
    # What was recorded of the columns of those that are made may be otherwise by then.
    analysis = planner.analysis(fresh.latest, lambda of: of.key in made)
    problems = column_problems(analysis, made)
    refuse_problems(problems)
    request = RunRequest(
        at, tuple(selectors), tuple(exclude), {**given}, choice, force, full_refresh
    )
    return Plan(groups, planner.params, request, tuple(problems), analysis)


def plan_asset(
    session: Session,
    key: str,
    params: Mapping[str, JsonValue],
    at: datetime,
    *,
    full_refresh: bool = False,
) -> PlannedAsset:
    """One asset as the steps of a plan share it; ``params`` are all of the run's."""
    return Planner(session, params, at, full_refresh).asset(key)


class Planner:
    def __init__(
        self,
        session: Session,
        params: Mapping[str, JsonValue],
        at: datetime,
        full_refresh: bool,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> None:
        self._session = session
        self._graph = session.project.graph
        self._versions = CodeVersions(self._graph, session.project.root)
        self.params = params
        self._at = at
        self._full_refresh = full_refresh
        self._dynamic = dynamic
        self._planned: dict[str, PlannedAsset] = {}
        self._places: dict[tuple[str, str], Asset] = {}

    def groups(
        self, keys: Collection[str], fresh: Freshness, choice: PartitionChoice
    ) -> Iterator[PlannedGroup]:
        if choice.is_made and not any(self._graph[key].partitions for key in keys):
            raise PlanError(
                "partitions were asked for, and no selected asset has any",
                hint="Declare them (@asset(partitions=...)), or select other assets.",
            )
        assets = [self.asset(key) for key in keys]
        chosen = choose(assets, choice, fresh, self._at)
        remade: set[str] = set()
        for of in assets:
            for group in self._groups_of(of, fresh, chosen.get(of.key), remade):
                if group.is_made:
                    remade.add(of.key)
                yield group

    def analysis(
        self, latest: Mapping[str, Materialization], remade: Callable[[PlannedAsset], bool]
    ) -> ProjectAnalysis:
        """What is known of the columns; see there."""
        environment = self._session.project.environment
        sampler = Sampler(environment, self.params, self._at, self._dynamic)
        return ProjectAnalysis(self._session, self.asset, latest, sampler, remade=remade)

    def asset(self, key: str) -> PlannedAsset:
        if key not in self._planned:
            self._planned[key] = self._plan(key)
        return self._planned[key]

    def _groups_of(
        self, of: PlannedAsset, fresh: Freshness, chosen: PartitionSet | None, remade: set[str]
    ) -> Iterator[PlannedGroup]:
        previous = fresh.latest.get(of.key)
        if chosen is None:
            yield PlannedGroup(of, fresh.reason(of, remade), None, previous)
            return
        for reason, part in fresh.split(of, chosen, remade):
            if not part.is_empty:
                yield PlannedGroup(of, reason, part, previous)

    def _plan(self, key: str) -> PlannedAsset:
        asset = self._graph[key]
        bindings = self._graph.bindings(key)
        store = self._session.store(asset)
        check_support(asset, store)
        for name in dict.fromkeys(check.validator for check in asset.checks):
            self._session.validator(name)
        resources = tuple(b for b in bindings if b.source == "resource")
        for binding in resources:
            self._session.resource(binding.name)
        uri = fill_run_uri(asset, self.params, self._at)
        self._take_place(asset, store, find_place(asset, store, uri))
        return PlannedAsset(
            asset=asset,
            store=store,
            upstream={name: self._partitions_of(key, name) for name in self._graph.upstream(key)},
            inputs=tuple(self._input(key, b) for b in bindings if b.source == "asset"),
            resources=resources,
            dimensions=tuple(b for b in bindings if b.source == "partition"),
            arguments={
                b.parameter.name: argument(asset, b, self.params[b.name])
                for b in bindings
                if b.source == "param"
            },
            wants_context=any(b.source == "context" for b in bindings),
            wants_cursor=any(b.source == "cursor" for b in bindings),
            uri=uri,
            change=self._change(key),
            code_version=asset.version or self._versions.version(asset),
            explain=partial(self._versions.explain, asset),
            full_refresh=self._full_refresh and asset.incremental is not None,
            published=tuple(
                PlannedInput(
                    b.parameter.name,
                    asset,
                    store,
                    find_input(self._session.host, asset, b.parameter),
                    uri,
                )
                for b in bindings
                if b.source == "published"
            ),
            referred=self._referred(key),
        )

    def _take_place(self, asset: Asset, store: Store, place: str | None) -> None:
        """Of two assets that are stored at one place each run would leave the data of one."""
        if place is None:
            return
        other = self._places.setdefault((store.name, place), asset)
        if other is not asset:
            raise DuplicateAsset(
                f"assets '{other.key}' and '{asset.key}' are both stored at {place}, in the store "
                f"'{store.name}'\n  see {other.location}",
                at=asset.location,
                hint="Give one of them another uri, or another io_manager.",
            )

    def _referred(self, key: str) -> dict[str, PlannedInput]:
        found = {}
        for name, other in self._graph.referred(key).items():
            above = self.asset(other)
            view = above if above.asset.is_view else None
            found[name] = PlannedInput(name, above.asset, above.store, None, above.uri, view)
        return found

    def _change(self, key: str) -> Change:
        asset = self._graph[key]
        common = Change(key=asset.key_columns, evolution=asset.evolution, at=self._at)
        declared = asset.incremental
        if declared is None:
            return common
        return replace(
            common,
            mode=asset.mode,
            # A history cannot be fetched again: it is added to, and never begun anew.
            anew=self._full_refresh and asset.mode != "scd2",
            order_by=declared.cursor,
            deleted=declared.deleted,
            close_missing=declared.close_missing,
            valid_from=declared.valid_from,
            valid_to=declared.valid_to,
        )

    def _input(self, key: str, binding: Binding) -> PlannedInput:
        asset = self._graph[key]
        above = self.asset(binding.name)
        adapter: ComponentSpec | None = find_input(self._session.host, asset, binding.parameter)
        return PlannedInput(
            parameter=binding.parameter.name,
            upstream=above.asset,
            store=above.store,
            adapter=adapter,
            uri=above.uri,
            view=above if above.asset.is_view else None,
        )

    def _partitions_of(self, key: str, upstream: str) -> UpstreamPartitions | None:
        asset, above = self._graph[key], self._graph[upstream]
        if asset.partitions is None or above.partitions is None:
            return None
        mapping = asset.mappings.get(upstream) or asset.mappings.get(above.name)
        mapping = mapping or _default_mapping(asset, above)
        return UpstreamPartitions(
            asset, above.key, mapping, asset.partitions, above.partitions, self._at, self._dynamic
        )


def _default_mapping(asset: Asset, above: Asset) -> PartitionMapping:
    from vibepiper.partitions import default_mapping

    assert asset.partitions is not None
    assert above.partitions is not None
    try:
        return default_mapping(asset.partitions, above.partitions)
    except DefinitionError as error:
        message = f"asset '{asset.key}', upstream '{above.key}': {error.message}"
        raise DefinitionError(message, at=asset.location, hint=error.hint) from None
