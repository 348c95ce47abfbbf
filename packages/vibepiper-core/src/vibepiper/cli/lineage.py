"""``vibepiper lineage``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Literal, TypeVar

from vibepiper.cli.console import stdout
from vibepiper.cli.looking import looking
from vibepiper.cli.output import print_json
from vibepiper.cli.requests import Request
from vibepiper.cli.stores import existing_state, open_state
from vibepiper.data_versions import of_one
from vibepiper.errors import StateError
from vibepiper.graph import AssetGraph
from vibepiper.lineage import Lineage, LineageMap, MadeVersion, VersionMap
from vibepiper.mermaid import draw_lineage, draw_versions
from vibepiper.openlineage import run_events
from vibepiper.project import Project
from vibepiper.state import Materialization, StateStore

__all__ = [
    "Format",
    "print_lines",
    "show_lineage",
    "show_run_lineage",
    "show_version_lineage",
    "tree_lines",
]

Format = Literal["tree", "mermaid", "json"]
K = TypeVar("K", bound=Hashable)


def show_lineage(
    request: Request, asset: str | None, *, upstream: bool, downstream: bool, form: Format
) -> None:
    """What an asset is made of and what is made of it, or of all assets."""
    with looking():
        project = request.project()
    graph = project.graph
    lineage = Lineage(graph)
    keys = _keys(lineage, graph, asset, upstream=upstream, downstream=downstream)
    found = lineage.map(keys)
    if form == "json":
        print_json(found.to_json())
    elif form == "mermaid":
        sys.stdout.write(draw_lineage(found))
    else:
        _print_tree(found)


def show_version_lineage(request: Request, asset: str, version: str, *, form: Format) -> None:
    """What went into one version of an asset's data."""
    with looking():
        project = request.project()
    with existing_state(project) as state:
        if state is None:
            raise StateError("nothing was ever made here", hint="Make it: vibepiper run.")
        found = _made_of(project, state, project.graph[asset].key, version)
    if form == "json":
        print_json(found.to_json())
    elif form == "mermaid":
        sys.stdout.write(draw_versions(found))
    else:
        _print_versions(found)


def show_run_lineage(request: Request, run_id: str | None) -> None:
    """The events of a run (the newest, unless told) as OpenLineage has them, one a line."""
    with looking():
        project = request.project()
    with open_state(request.start) as state:
        run = state.last_run(project.environment) if run_id is None else state.run(run_id)
        if run is None:
            raise StateError("there is no run yet", hint="Begin one: vibepiper run.")
        for event in run_events(state, run, project.graph):
            sys.stdout.write(json.dumps(event) + "\n")


def _keys(
    lineage: Lineage, graph: AssetGraph, asset: str | None, *, upstream: bool, downstream: bool
) -> set[str] | None:
    if asset is None:
        return None
    key = graph[asset].key
    above = lineage.upstream(key) if upstream else ()
    below = lineage.downstream(key) if downstream else ()
    return {key, *above, *below}


def _made_of(project: Project, state: StateStore, key: str, version: str) -> VersionMap:
    environment = project.environment

    def find(asset: str, data_version: str) -> Sequence[Materialization]:
        return state.of_data_version(environment, asset, data_version)

    if not find(key, version):
        version = of_one(state.materialization(environment, key, version))
    return Lineage(project.graph, find).at(key, version)


def _print_tree(found: LineageMap) -> None:
    """Below each asset what is made from it; an asset that was shown before is not unfolded."""
    below: dict[str, list[str]] = {asset.key: [] for asset in found.assets}
    for edge in found.edges:
        below[edge.source].append(edge.target)
    targets = {edge.target for edge in found.edges}
    roots = [asset.key for asset in found.assets if asset.key not in targets]
    print_lines(tree_lines(roots, below.__getitem__, str))


def _print_versions(found: VersionMap) -> None:
    """Below each version what it was made of."""
    versions = {(made.asset, made.data_version): made for made in found.versions}
    above: dict[tuple[str, str], list[tuple[str, str]]] = {key: [] for key in versions}
    for edge in found.edges:
        above[edge.target].append(edge.source)
    first = next(iter(versions))
    print_lines(tree_lines([first], above.__getitem__, lambda key: _told(versions[key])))


def tree_lines(
    roots: Iterable[K], below: Callable[[K], list[K]], name: Callable[[K], str]
) -> Iterator[str]:
    """Lines, of whatever width: what is shown twice is unfolded once."""
    seen: set[K] = set()
    left = [(root, "", "") for root in reversed([*roots])]
    while left:
        key, joint, indent = left.pop()
        again = key in seen and below(key)
        yield f"{joint}{name(key)}{' (see above)' if again else ''}"
        if again:
            continue
        seen.add(key)
        for n, each in enumerate(reversed(below(key))):
            joint, more = ("├── ", "│   ") if n else ("└── ", "    ")
            left.append((each, indent + joint, indent + more))


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        stdout.print(line, markup=False)


def _told(made: MadeVersion) -> str:
    if not made.recorded:
        return f"{made.asset} {made.data_version} (not on record)"
    part = f"[{made.partition}]" if made.partition else ""
    rows = "" if made.rows is None else f", {made.rows:,} rows"
    return f"{made.asset}{part} {made.data_version}: {made.created_at} by run {made.run_id}{rows}"
