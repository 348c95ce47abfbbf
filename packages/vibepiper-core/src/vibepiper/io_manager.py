"""IO managers: where assets are stored and read.

The protocols are structural. A component declares which it fulfils by its capabilities:
``staging`` (`StagingIOManager`), ``query`` (`QueryIOManager`), ``objects`` (data that is no
table), ``durable`` (what is saved outlives the process).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AssetRef", "IOManager", "QueryIOManager", "StagingIOManager", "Stored"]


@dataclass(frozen=True, slots=True)
class AssetRef:
    """Which data of which asset. Without a load id: what is published.

    With one: the staged, unpublished data that that load wrote. A load id is unique to one
    write and safe in file and table names (hexadecimal digits).
    """

    key: str
    uri: str | None = None
    load_id: str | None = None

    @property
    def published(self) -> AssetRef:
        return replace(self, load_id=None)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write left behind. ``rows``, ``bytes``, ``checksum``, ``schema``: None if unknown."""

    uri: str
    rows: int | None = None
    bytes: int | None = None
    checksum: str | None = None
    schema: pa.Schema | None = None


class IOManager(Protocol):
    """The least a store must do. Every method may be called from several threads at once."""

    def load(self, ref: AssetRef) -> object:
        """The asset's data: a table (anything with ``__arrow_c_stream__``, batches read as
        they are asked for) or the object that was saved. Raises `NotMaterialized`."""
        ...

    def save(self, ref: AssetRef, data: object) -> Stored:
        """Replaces the asset's published data, at once and whole. ``data`` is anything with
        ``__arrow_c_stream__`` (a one-pass stream, a table, a Relation), or an object where
        the store declares ``objects``."""
        ...

    def exists(self, ref: AssetRef) -> bool:
        """Whether `load` would find data."""
        ...


class StagingIOManager(IOManager, Protocol):
    """A store that writes aside, lets the data be checked there, then publishes atomically.

    Litter that a killed process left for an asset is removed by the asset's next `stage`; the
    staged data of live processes is left alone.
    """

    def stage(self, ref: AssetRef, data: object) -> Stored:
        """Writes ``data`` aside under ``ref.load_id`` (always set). `load`, `exists` (and
        `QueryIOManager.relation`) of the same ref read it. A failure leaves nothing."""
        ...

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        """Makes the staged data the published data in one atomic step. Readers see the old
        table or the new one, whole. Publishing the same load id again changes nothing."""
        ...

    def discard(self, ref: AssetRef) -> None:
        """Removes the staged data; nothing happens when there is none."""
        ...


class QueryIOManager(IOManager, Protocol):
    """A store whose tables can be queried where they lie."""

    def relation(self, ref: AssetRef) -> object:
        """A lazy Relation over the asset's data; nothing is read yet. A store with this
        capability also accepts a Relation in `save` and `stage`, and when it is over the
        same engine writes it without moving rows through Python."""
        ...
