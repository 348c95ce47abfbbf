"""An asset's published table, for the commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from vibepiper import AssetRef, ColumnLineage, Project, Session, analyze_project, load_project
from vibepiper.assets import Asset
from vibepiper.cli.options import plugin_host
from vibepiper.data import is_table
from vibepiper.errors import DataError
from vibepiper_transform import Relation, from_arrow

__all__ = ["OpenedAsset", "open_asset"]

SECRET_TAGS = frozenset(("secret", "pii"))


@dataclass(frozen=True, slots=True)
class OpenedAsset:
    """``masked`` are columns with a tag that says not to show them; a tag follows a column into
    what is made of it."""

    project: Project
    asset: Asset
    table: Relation
    masked: frozenset[str]


@contextmanager
def open_asset(
    context: typer.Context, start: Path, environment: str | None, key: str
) -> Iterator[OpenedAsset]:
    """Raises `DataError` for an asset that is no table."""
    project = load_project(start, environment=environment)
    asset = project.graph[key]
    with Session(project, plugin_host(context)) as session:
        data = session.store(asset).read(AssetRef(asset.key, asset.uri))
        if not isinstance(data, Relation) and not is_table(data):
            raise DataError(f"asset '{key}' is no table, but a {type(data).__name__}")
        columns = ColumnLineage(analyze_project(session)).columns(asset.key)
        tagged = {column.name for column in columns if SECRET_TAGS & column.tags}
        table = data if isinstance(data, Relation) else from_arrow(data)
        yield OpenedAsset(project, asset, table, frozenset(tagged & {*table.columns}))
