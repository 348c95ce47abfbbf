"""IO managers: where assets are stored and read.

The protocols are structural. A component declares which it fulfils by its capabilities:

- ``staging``: `StagingIOManager`. ``query``: `QueryIOManager`. ``objects``: data that is no
  table. ``durable``: what is saved outlives the process.
- ``apply``: `ChangeIOManager`, and beside it the modes of `Change` that it knows: ``append``,
  ``upsert``, ``delete_insert``, ``scd2``.
- ``places``: `PlacingIOManager`.
- ``partitions``: it reads and writes single partitions of an asset. ``held``:
  `HoldingIOManager`. ``versions``: `VersionedIOManager`.
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "AssetRef",
    "Change",
    "ChangeIOManager",
    "ChangeMode",
    "Committed",
    "Evolution",
    "HeldRange",
    "HoldingIOManager",
    "IOManager",
    "PlacingIOManager",
    "QueryIOManager",
    "Slice",
    "StagingIOManager",
    "Stored",
    "StoredVersion",
    "VersionedIOManager",
    "fill_uri",
    "uri_fields",
]

ChangeMode = Literal["replace", "append", "upsert", "delete_insert", "scd2"]
Evolution = Literal["evolve", "freeze", "discard_column", "discard_row"]


@dataclass(frozen=True, slots=True)
class Slice:
    """Partitions of one dimension, and the rows that are theirs.

    ``keys`` name the partitions (``2026-03-01``, ``eu``): one in a write (or more that
    follow each other, in a store with the capability ``ranges``), one or more in a read. In a
    table the rows are those whose ``column`` lies from ``begin`` up to but not including ``end``
    (aware UTC datetimes, of a dimension of time), or is one of ``keys`` (of any other). ``column``
    is None where the asset names none: then only a store that keeps partitions apart, as files,
    can hold it.

    Many keys of time are written as they are asked for: ``len(keys)`` and the keys at its ends
    cost nothing, so that a store may be asked about a million partitions in one question.
    """

    dimension: str
    keys: Sequence[str]
    column: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class AssetRef:
    """Which data of which asset. Without a load id: what is published.

    With one: the staged, unpublished data that that load wrote. A load id is unique to one
    write and safe in file and table names (hexadecimal digits). With ``partition``: one slice a
    dimension, and only the data within all of them; without, all of the asset. ``uri`` may hold
    ``{dimension}`` for the key of a partition.
    """

    key: str
    uri: str | None = None
    load_id: str | None = None
    partition: tuple[Slice, ...] = ()

    @property
    def published(self) -> AssetRef:
        return AssetRef(self.key, self.uri, None, self.partition)

    @property
    def whole(self) -> AssetRef:
        """What is published of all partitions."""
        return AssetRef(self.key, self.uri)

    def partition_keys(self) -> tuple[Mapping[str, str], ...]:
        """The partitions that it means, each by the key of every dimension."""
        names = [part.dimension for part in self.partition]
        found = itertools.product(*(part.keys for part in self.partition))
        return tuple(dict(zip(names, keys, strict=True)) for keys in found)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write left behind. ``rows``, ``bytes``, ``checksum``, ``schema``: None if unknown.

    Of `StagingIOManager.stage` they describe the staged data, of a publish that replaces the
    asset all of it, and of one that changes it the change alone; ``total_rows`` is then how many
    the asset holds after it. ``notes`` say what the store did beside that people should know: a
    column that it added or widened, columns or rows that it discarded.
    """

    uri: str
    rows: int | None = None
    bytes: int | None = None
    checksum: str | None = None
    schema: pa.Schema | None = None
    total_rows: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How staged data changes what is published.

    - ``replace``: it takes the place of everything.
    - ``append``: its rows are added.
    - ``upsert``: a row takes the place of the one that has the same ``key``, or is added. Two
      staged rows of one key are refused, unless ``order_by`` says which counts.
    - ``delete_insert``: the published rows of the reference's partition, or where it has none
      those of every ``key`` that is staged, make way for the staged rows.
    - ``scd2``: history. A row is valid from ``valid_from`` up to ``valid_to``, which is null for
      the current one; a changed row closes the one before it.

    ``order_by`` is a column that grows with every change of a row. Of several staged rows of one
    key the greatest counts, and a row never takes the place of one that has a greater; in `scd2`
    it says since when a row is valid (else ``at``), so that a late one is put in its place.
    Rows whose ``deleted`` column is true are removed (in `scd2`: closed). ``close_missing``: in
    `scd2` keys that are not staged are closed too. A null in ``key`` is refused.

    ``anew``: what is published of the reference makes way first, in the same atomic step, so that
    the change leaves what it leaves of nothing. Columns that a policy other than ``evolve`` held
    stay held.

    ``evolution`` says what becomes of staged columns that differ from those published (see
    `vibepiper.evolution`). ``cursor`` is kept with the data, in the same atomic step, for
    `ChangeIOManager.committed`. ``token`` is the write's fencing token: a store that has seen a
    greater one for the same asset and partition raises `Fenced`; so does one in which another
    load than ``base`` was the last when the change comes (``""``: none was; None: any may have
    been), for the data was made to follow that one. ``at`` is the moment of the change, the same
    at every attempt.
    """

    mode: ChangeMode = "replace"
    key: tuple[str, ...] = ()
    order_by: str | None = None
    deleted: str | None = None
    close_missing: bool = False
    anew: bool = False
    valid_from: str = "valid_from"
    valid_to: str = "valid_to"
    evolution: Evolution = "evolve"
    cursor: str | None = None
    token: int | None = None
    base: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What a store knows of the last load that it published of an asset, or of a partition."""

    load_id: str
    cursor: str | None = None
    token: int | None = None


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version that a store keeps: what was published once the load ``load_id`` was."""

    load_id: str
    created_at: datetime
    rows: int | None
    bytes: int | None
    current: bool


@dataclass(frozen=True, slots=True)
class HeldRange:
    """Partitions whose data a store has: those of ``keys``, one of each dimension that is none of
    time, in their order, from ``begin`` up to but not including ``end`` (aware UTC datetimes; None
    without a dimension of time)."""

    keys: tuple[str, ...]
    begin: datetime | None = None
    end: datetime | None = None


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
        """Whether `load` would find data: of a reference to partitions, that of each of them.
        It is asked for every plan, of many partitions at once, and reads no rows."""
        ...


class PlacingIOManager(IOManager, Protocol):
    """A store that says of a key and a ``uri``, without looking, where it would keep an asset."""

    def place(self, ref: AssetRef) -> str:
        """The same text for all references to one place. Raises `StoreError` for one that the
        store cannot have. ``uri`` may hold the ``{dimension}`` of partitions."""
        ...


class HoldingIOManager(IOManager, Protocol):
    """A store with ``partitions`` that keeps a record of those that it has. It is asked that once
    for a plan, in place of `exists` for each range of them."""

    def held(self, ref: AssetRef) -> Iterable[HeldRange]:
        """The partitions that are there, in any order; ranges that touch may be one. Of a reference
        to partitions at least those of them, else all of the asset; none of an asset that is not
        there."""
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


class ChangeIOManager(StagingIOManager, Protocol):
    """A store that knows changes other than to replace everything. Its `publish` is an `apply`
    of `Change()`."""

    def apply(self, ref: AssetRef, staged: Stored, change: Change) -> Stored:
        """Changes the published data by the staged data of ``ref``, in one atomic step together
        with the load id, the cursor and the token. Applying the same load id again changes
        nothing, also when later loads followed it. Raises `DataError` for staged data that
        breaks the rules of the change, and `Fenced`; then nothing is changed."""
        ...

    def committed(self, ref: AssetRef) -> Committed | None:
        """The last load that was published of the asset, or of any partition that ``ref`` names;
        None when there is none, and when what was published is gone."""
        ...

    def is_committed(self, ref: AssetRef) -> bool:
        """Whether the load ``ref.load_id`` was ever published."""
        ...

    def greatest(self, ref: AssetRef, column: str) -> pa.Scalar | None:
        """The greatest value of a column of staged or published data; None without any."""
        ...


class VersionedIOManager(ChangeIOManager, Protocol):
    """A store that keeps versions of an asset."""

    def versions(self, ref: AssetRef) -> Sequence[StoredVersion]:
        """The versions that are kept, newest first."""
        ...

    def read_version(self, ref: AssetRef, version: str) -> object:
        """What was published once load ``version`` was: a Relation where the store declares
        ``query``, else as `load` gives it. Raises `StoreError` for a version that is not kept."""
        ...

    def restore(self, ref: AssetRef, version: str, *, token: int | None = None) -> Stored:
        """Publishes again, in one atomic step, what was published once load ``version`` was;
        with its cursor, so that the next load begins from there. ``ref.load_id`` is the load of
        this write. Raises `StoreError` for a version that is not kept."""
        ...


class QueryIOManager(IOManager, Protocol):
    """A store whose tables can be queried where they lie.

    One whose engine is not this process has it as its attribute ``backend``: two stores are of one
    engine when these are equal, and the engine's ``place`` says to people where it is. So a plan
    knows what would move without reaching it.
    """

    def relation(self, ref: AssetRef) -> object:
        """A lazy Relation over the asset's data; nothing is read yet. A store with this
        capability also accepts a Relation in `save` and `stage`, and when it is over the
        same engine writes it without moving rows through Python."""
        ...


def uri_fields(uri: str) -> tuple[str, ...]:
    """The names in braces of a uri: ``{date}``. Raises ValueError for braces that do not pair."""
    return tuple(name for _, name, _, _ in string.Formatter().parse(uri) if name is not None)


def fill_uri(uri: str, values: Mapping[str, str]) -> str:
    """``uri`` with ``{name}`` replaced by the values that there are, and the rest as it is."""
    for name in uri_fields(uri):
        if name in values:
            uri = uri.replace(f"{{{name}}}", values[name])
    return uri
