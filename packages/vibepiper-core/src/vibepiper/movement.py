"""Where a step's function is computed and what moves for it, known before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, cast

from vibepiper.analysis import AnalyzerRequest
from vibepiper.engines import engine_of, engines_of, resources_of
from vibepiper.planned import PlannedAsset, PlannedInput
from vibepiper.project_analysis import ProjectAnalysis

__all__ = ["HERE", "Movement", "PlacementRequest", "Placer", "StepPlacement", "place_step"]

HERE = "this process"


@dataclass(frozen=True, slots=True)
class Movement:
    """Rows that leave a place for another. ``upstreams`` are what they are computed of: assets, and
    tables that are none, as column lineage names them. ``columns`` are what moves of them (None:
    all), ``filters`` what they were filtered by before. ``all_rows`` is false where they are
    computed of theirs otherwise. ``rows`` and ``bytes`` are what was last published, where that is
    what moves."""

    upstreams: tuple[str, ...]
    origin: str
    target: str
    columns: tuple[str, ...] | None = None
    filters: tuple[str, ...] = ()
    all_rows: bool = True
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class StepPlacement:
    """``place`` is where the result is computed; with no ``moves``, where everything lies."""

    place: str
    moves: tuple[Movement, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacementRequest:
    """An asset that is looked into, and by the parameters of its upstreams the engines that hold
    them (see `vibepiper.QueryIOManager`), or how those are computed that store nothing: they may
    have no schema. ``resources`` opens those that the asset takes, by their parameters."""

    asked: AnalyzerRequest
    engines: Mapping[str, object]
    views: Mapping[str, PlacementRequest] = field(default_factory=dict)
    resources: Mapping[str, Callable[[], object]] = field(default_factory=dict)


class Placer(Protocol):
    """What an analyzer may do beside: say where an asset's parts would run."""

    def place(self, request: PlacementRequest) -> StepPlacement | None:
        """Where the result is computed, and what moves there; None where that is not known. It
        reads no data, and reaches no store but to ask for the columns of a table that is no
        asset."""
        ...


def place_step(
    of: PlannedAsset,
    analysis: ProjectAnalysis,
    resource: Callable[[str], object],
) -> StepPlacement | None:
    """Where an asset would be computed, and what would move, also to where it is stored. None where
    no engine but this process is known to hold anything that it is made of. ``resource`` opens one
    of the project by its name."""
    target = engine_of(of.store.manager)
    engines = engines_of(of)
    outside = bool(resources_of(of))
    if not engines - {None} and not outside:
        return None
    placer = _placer(of, analysis)
    found: StepPlacement | None = None
    if placer is None and engines - {None}:
        found = StepPlacement(HERE, tuple(move for i in of.inputs for move in _whole(i)))
    elif placer is not None and engines == {target} and not outside:
        found = StepPlacement(_place(target))
    elif placer is not None:
        request = _request(of, analysis, resource)
        found = None if request is None else placer.place(request)
    if found is None:
        return None
    moves = [_expected(move, analysis) for move in found.moves if move.origin != move.target]
    stored = HERE if target is None else _place(target)
    if found.place != stored and not of.asset.is_view:
        moves.append(_expected(Movement((of.key,), found.place, stored), analysis))
    return StepPlacement(found.place, tuple(moves))


def _placer(of: PlannedAsset, analysis: ProjectAnalysis) -> Placer | None:
    found = analysis.analyzer(of)
    return cast("Placer", found) if hasattr(found, "place") else None


def _place(engine: object) -> str:
    return str(getattr(engine, "place", None) or repr(engine))


def _whole(planned: PlannedInput) -> Iterator[Movement]:
    """All of an upstream, which a view is computed of where that lies, if it is in one engine."""
    view = planned.view
    engines = {engine_of(planned.store.manager)} if view is None else engines_of(view)
    if view is not None and len(engines) > 1:
        for below in view.inputs:
            yield from _whole(below)
        return
    engine = next(iter(engines), None)
    origin = HERE if engine is None else _place(engine)
    yield Movement((planned.upstream.key,), origin, HERE)


def _request(
    of: PlannedAsset, analysis: ProjectAnalysis, resource: Callable[[str], object]
) -> PlacementRequest | None:
    asked = analysis.placement_request(of)
    if asked is None:
        return None
    views: dict[str, PlacementRequest] = {}
    for planned in of.inputs:
        if planned.view is not None:
            below = _request(planned.view, analysis, resource)
            if below is None or _placer(planned.view, analysis) is None:
                return None
            views[planned.parameter] = below
    engines = {i.parameter: engine_of(i.store.manager) for i in of.inputs}
    held = {name: engine for name, engine in engines.items() if engine is not None}
    resources = {b.parameter.name: partial(resource, b.name) for b in of.resources}
    return PlacementRequest(asked, held, views, resources)


def _expected(move: Movement, analysis: ProjectAnalysis) -> Movement:
    """With how much it is, where all of one table moves."""
    made = analysis.latest.get(move.upstreams[0]) if len(move.upstreams) == 1 else None
    if made is None or move.filters or not move.all_rows:
        return move
    rows = made.rows if made.total_rows is None else made.total_rows
    return replace(move, rows=rows, bytes=made.bytes if move.columns is None else None)
