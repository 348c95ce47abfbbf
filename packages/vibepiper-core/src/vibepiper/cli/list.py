"""``vibepiper list``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vibepiper.assets import Asset
from vibepiper.cli.looking import looking
from vibepiper.cli.output import print_json, print_table
from vibepiper.cli.params import parse_params
from vibepiper.project import Project, load_project
from vibepiper.selection import select

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionSet

__all__ = ["list_assets"]

_Counts = Mapping[str, "dict[str, int]"]


def list_assets(
    start: Path,
    environment: str | None,
    selectors: Sequence[str],
    exclude: Sequence[str],
    params: Sequence[str],
    *,
    as_json: bool,
) -> None:
    with looking():
        project = load_project(start, environment=environment, params=parse_params(params))
    graph = project.graph
    assets = [graph[key] for key in select(graph, selectors, exclude)]
    partitions = _partitions(project, assets)
    if as_json:
        print_json([_document(project, asset, partitions) for asset in assets])
        return
    columns: Sequence[str] = (
        "asset",
        "group",
        "kind",
        "partitions",
        "upstream",
        "tags",
        "description",
    )
    rows: list[Sequence[object]] = [_row(project, asset, partitions) for asset in assets]
    if not partitions:
        columns = (*columns[:3], *columns[4:])
        rows = [(*row[:3], *row[4:]) for row in rows]
    print_table(columns, rows)


def _row(project: Project, asset: Asset, partitions: _Counts) -> tuple[object, ...]:
    found = partitions.get(asset.key)
    return (
        asset.key,
        asset.group,
        asset.kind,
        None if found is None else f"{found['made']:,} of {found['count']:,}",
        ", ".join(project.graph.upstream(asset.key)),
        ", ".join(sorted(asset.tags)),
        (asset.description or "").partition("\n")[0],
    )


def _document(project: Project, asset: Asset, partitions: _Counts) -> dict[str, object]:
    return {
        "asset": asset.key,
        "group": asset.group,
        "kind": asset.kind,
        "owner": asset.owner,
        "description": asset.description,
        "tags": sorted(asset.tags),
        "upstream": project.graph.upstream(asset.key),
        "downstream": project.graph.downstream(asset.key),
        "checks": [check.label for check in asset.checks],
        "partitions": partitions.get(asset.key),
        "location": str(asset.location),
    }


def _partitions(project: Project, assets: Iterable[Asset]) -> _Counts:
    """Of assets that have any, how many partitions there are now and how many of them are made."""
    divided = [(asset.key, asset.partitions) for asset in assets if asset.partitions is not None]
    if not divided:
        return {}
    from vibepiper.cli.stores import existing_state
    from vibepiper.events import now
    from vibepiper.partitions import PartitionSet

    at, found = now(), {}
    with existing_state(project) as state:
        for key, declared in divided:
            there = declared.universe(at, state.dynamic_partitions if state else lambda _: ())
            spans = state.spans(project.environment, key, "materialized") if state else ()
            made: PartitionSet = there & PartitionSet.from_spans(declared, spans)
            found[key] = {"made": made.count(), "count": there.count()}
    return found
