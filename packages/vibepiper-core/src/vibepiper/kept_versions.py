"""The versions of an asset that its store keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from vibepiper.errors import MissingCapability, StoreError, UsageError, suggest
from vibepiper.events import now
from vibepiper.io_manager import AssetRef, StoredVersion, VersionedIOManager
from vibepiper.plan import Planner
from vibepiper.planned import PlannedAsset
from vibepiper.session import Session

__all__ = ["KeptVersions", "kept_versions"]


@dataclass(frozen=True, slots=True)
class KeptVersions:
    """Of an asset, or of the partition that ``ref`` names."""

    of: PlannedAsset
    ref: AssetRef

    @property
    def newest_first(self) -> Sequence[StoredVersion]:
        return self._store.versions(self.ref)

    def find(self, begins: str) -> StoredVersion:
        """The one whose load id begins so. Raises `StoreError` unless it is one."""
        versions = self.newest_first
        found = [version for version in versions if version.load_id.startswith(begins)]
        if len(found) != 1:
            raise StoreError(
                f"asset '{self.of.key}': {len(found) or 'no'} kept versions begin with '{begins}'",
                hint=suggest(begins, [version.load_id for version in versions]),
            )
        return found[0]

    def read(self, version: StoredVersion) -> object:
        """Its data: a Relation where the store answers queries, else as it loads."""
        return self._store.read_version(self.ref, version.load_id)

    @property
    def _store(self) -> VersionedIOManager:
        return cast("VersionedIOManager", self.of.store.manager)


def kept_versions(session: Session, asset: str, partition: str | None = None) -> KeptVersions:
    """Raises `MissingCapability` for an asset whose store keeps none, and `UsageError` unless a
    partition is named of one that has partitions, and none of another."""
    key = session.project.graph[asset].key
    of = Planner(session, session.project.params, now(), False).asset(key)
    if not of.store.supports("versions"):
        raise MissingCapability(
            f"asset '{key}': its store '{of.store.name}' ({of.store.spec.name}) keeps no versions",
            at=of.asset.location,
        )
    declared = of.asset.partitions
    if partition is None and declared is None:
        return KeptVersions(of, of.ref)
    if declared is None:
        raise UsageError(f"asset '{key}' has no partitions", hint="Leave out --partition.")
    if partition is None:
        raise UsageError(
            f"asset '{key}' has partitions, and its store keeps versions of each",
            hint=f"Name one: --partition KEY; `vibepiper partitions {key}` lists them.",
        )
    return KeptVersions(of, replace(of.ref, partition=declared.slices(declared.parse(partition))))
