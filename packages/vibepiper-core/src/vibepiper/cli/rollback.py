"""``vibepiper rollback`` and ``vibepiper versions``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from vibepiper.cli.output import print_json, print_table, stdout
from vibepiper.cli.requests import Request
from vibepiper.cli.standard_output import project_code
from vibepiper.errors import MissingCapability, StoreError, UsageError, suggest
from vibepiper.events import now
from vibepiper.io_manager import AssetRef, StoredVersion, VersionedIOManager
from vibepiper.plan import Planner
from vibepiper.planned import PlannedAsset
from vibepiper.rollback import roll_back
from vibepiper.session import Session
from vibepiper.state import StateStore

__all__ = ["roll_back_asset", "show_versions"]


def show_versions(request: Request, asset: str, partition: str | None, *, as_json: bool) -> None:
    with project_code():
        project = request.project()
        with Session(project, request.host) as session:
            of, ref = _found(session, asset, partition)
            versions = list(_store(of).versions(ref))
    if as_json:
        print_json(versions)
        return
    print_table(
        ("version", "created", "rows", "bytes", ""),
        (
            (
                version.load_id,
                f"{version.created_at:%Y-%m-%d %H:%M:%S}",
                None if version.rows is None else f"{version.rows:,}",
                None if version.bytes is None else f"{version.bytes:,}",
                "published" if version.current else "",
            )
            for version in versions
        ),
        right=("rows", "bytes"),
    )


def roll_back_asset(
    request: Request, asset: str, to: str, partition: str | None, *, as_json: bool
) -> None:
    with project_code():
        project = request.project()
        with StateStore(project.state) as state, Session(project, request.host) as session:
            of, ref = _found(session, asset, partition)
            version = _chosen(_store(of).versions(ref), to, asset)
            stored = roll_back(session, state, of, ref, version)
    if as_json:
        print_json({"asset": asset, "version": version.load_id, "rows": stored.rows})
    else:
        stdout.print(
            f"'{asset}' is again what load {version.load_id} published "
            f"({version.created_at:%Y-%m-%d %H:%M:%S} UTC)."
        )


def _found(session: Session, asset: str, partition: str | None) -> tuple[PlannedAsset, AssetRef]:
    key = session.project.graph[asset].key
    of = Planner(session, session.project.params, now(), False).asset(key)
    if not of.store.supports("versions"):
        raise MissingCapability(
            f"asset '{key}': its store '{of.store.name}' ({of.store.spec.name}) keeps no versions",
            at=of.asset.location,
        )
    declared = of.asset.partitions
    if partition is None and declared is None:
        return of, of.ref
    if declared is None:
        raise UsageError(f"asset '{key}' has no partitions", hint="Leave out --partition.")
    if partition is None:
        raise UsageError(
            f"asset '{key}' has partitions, and its store keeps versions of each",
            hint=f"Name one: --partition KEY; `vibepiper partitions {key}` lists them.",
        )
    return of, replace(of.ref, partition=declared.slices(declared.parse(partition)))


def _store(of: PlannedAsset) -> VersionedIOManager:
    return cast("VersionedIOManager", of.store.manager)


def _chosen(versions: Sequence[StoredVersion], to: str, asset: str) -> StoredVersion:
    found = [version for version in versions if version.load_id.startswith(to)]
    if len(found) != 1:
        raise StoreError(
            f"asset '{asset}': {len(found) or 'no'} kept versions begin with '{to}'",
            hint=suggest(to, [version.load_id for version in versions]),
        )
    return found[0]
