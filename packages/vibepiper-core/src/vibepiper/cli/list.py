"""``vibepiper list``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vibepiper.cli.output import print_json, print_table, project_code
from vibepiper.project import load_project
from vibepiper.selection import select

__all__ = ["list_assets"]


def list_assets(
    start: Path,
    environment: str | None,
    selectors: Sequence[str],
    exclude: Sequence[str],
    *,
    as_json: bool,
) -> None:
    with project_code():
        graph = load_project(start, environment=environment).graph
    assets = [graph[key] for key in select(graph, selectors, exclude)]
    if not as_json:
        columns = ("asset", "group", "kind", "upstream", "tags", "description")
        print_table(
            columns,
            (
                (
                    asset.key,
                    asset.group,
                    asset.kind,
                    ", ".join(graph.upstream(asset.key)),
                    ", ".join(sorted(asset.tags)),
                    (asset.description or "").partition("\n")[0],
                )
                for asset in assets
            ),
        )
        return
    print_json(
        [
            {
                "asset": asset.key,
                "group": asset.group,
                "kind": asset.kind,
                "owner": asset.owner,
                "description": asset.description,
                "tags": sorted(asset.tags),
                "upstream": graph.upstream(asset.key),
                "downstream": graph.downstream(asset.key),
                "checks": [check.label for check in asset.checks],
                "location": str(asset.location),
            }
            for asset in assets
        ]
    )
