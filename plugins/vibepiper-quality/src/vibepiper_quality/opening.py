"""An asset's published table, for the commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from vibepiper import AssetRef, Project, Session, load_project
from vibepiper.assets import Asset
from vibepiper.cli.options import plugin_host
from vibepiper.data import is_table
from vibepiper.errors import DataError, StoreError, a_type
from vibepiper.io_manager import StoredVersion
from vibepiper.kept_versions import kept_versions
from vibepiper.masking import masked_columns
from vibepiper_transform import Relation, from_arrow

__all__ = ["OpenedAsset", "OpenedVersion", "open_asset", "open_versions"]


@dataclass(frozen=True, slots=True)
class OpenedAsset:
    """``tagged`` are the asset's columns with a tag that says not to show them, be they in this
    table or not any more; ``masked`` are those that the table has."""

    project: Project
    asset: Asset
    table: Relation
    masked: frozenset[str]
    tagged: frozenset[str]


@dataclass(frozen=True, slots=True)
class OpenedVersion:
    """One that the store keeps."""

    version: StoredVersion
    table: Relation


@contextmanager
def open_asset(
    context: typer.Context, start: Path, environment: str | None, key: str
) -> Iterator[OpenedAsset]:
    """Raises `DataError` for an asset that is no table."""
    project = load_project(start, environment=environment)
    asset = project.graph[key]
    with Session(project, plugin_host(context)) as session:
        table = _as_table(key, session.store(asset).read(AssetRef(asset.key, asset.uri)))
        tagged = masked_columns(session, asset.key)
        yield OpenedAsset(project, asset, table, tagged.intersection(table.columns), tagged)


@contextmanager
def open_versions(
    context: typer.Context,
    start: Path,
    environment: str | None,
    key: str,
    *,
    since: str | None,
    to: str | None,
    partition: str | None,
) -> Iterator[tuple[OpenedVersion, OpenedVersion]]:
    """The version whose load id begins with ``since``, or the one before the other, and the one
    that begins with ``to``, or the newest. Raises `StoreError` where the store keeps none such."""
    project = load_project(start, environment=environment)
    with Session(project, plugin_host(context)) as session:
        kept = kept_versions(session, key, partition)
        versions = kept.newest_first
        now = kept.find(to) if to is not None else next(iter(versions), None)
        older = versions[versions.index(now) + 1 :] if now is not None else []
        before = kept.find(since) if since is not None else next(iter(older), None)
        if now is None or before is None:
            raise StoreError(
                f"asset '{key}': no version is kept before {now.load_id if now else 'any'}",
                hint=f"`vibepiper versions {key}` lists those there are.",
            )
        yield (
            OpenedVersion(before, _as_table(key, kept.read(before))),
            OpenedVersion(now, _as_table(key, kept.read(now))),
        )


def _as_table(key: str, data: object) -> Relation:
    if isinstance(data, Relation):
        return data
    if not is_table(data):
        raise DataError(f"asset '{key}' is no table, but {a_type(data)}")
    return from_arrow(data)
