"""The memory IO manager: assets held by the process, for tests and small pipelines."""

from __future__ import annotations

import threading

from pydantic import BaseModel, ConfigDict

from vibepiper.component import Component, ComponentContext
from vibepiper.data import as_reader, is_table
from vibepiper.errors import NotMaterialized, StoreError
from vibepiper.io_manager import AssetRef, Stored

__all__ = ["MemoryIOManager", "MemorySettings"]


class MemorySettings(BaseModel):
    """The memory IO manager has no settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MemoryIOManager(Component[MemorySettings]):
    """Holds tables as Arrow and objects as they are, until the process ends."""

    settings_model = MemorySettings

    def __init__(self, settings: MemorySettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._published: dict[str, object] = {}
        self._staged: dict[tuple[str, str], object] = {}
        self._last: dict[str, str] = {}
        self._lock = threading.Lock()

    def load(self, ref: AssetRef) -> object:
        try:
            if ref.load_id is not None:
                return self._staged[ref.key, ref.load_id]
            return self._published[ref.key]
        except KeyError:
            raise NotMaterialized(
                f"asset '{ref.key}' is not in memory",
                hint="The memory store keeps nothing when the process ends. Name one that lasts in "
                'the project file: [io_managers.default] use = "files", of vibepiper-files.',
            ) from None

    def exists(self, ref: AssetRef) -> bool:
        if ref.load_id is not None:
            return (ref.key, ref.load_id) in self._staged
        return ref.key in self._published

    def save(self, ref: AssetRef, data: object) -> Stored:
        held, stored = _hold(ref, data)
        with self._lock:
            self._published[ref.key] = held
            self._last.pop(ref.key, None)
        return stored

    def stage(self, ref: AssetRef, data: object) -> Stored:
        held, stored = _hold(ref, data)
        self._staged[ref.key, ref.load_id or ""] = held
        return stored

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        slot = (ref.key, ref.load_id or "")
        with self._lock:
            if slot in self._staged:
                self._published[ref.key] = self._staged.pop(slot)
                self._last[ref.key] = slot[1]
            elif self._last.get(ref.key) != slot[1]:
                raise StoreError(f"asset '{ref.key}': load {ref.load_id} is not staged")
        return staged

    def discard(self, ref: AssetRef) -> None:
        self._staged.pop((ref.key, ref.load_id or ""), None)


def _hold(ref: AssetRef, data: object) -> tuple[object, Stored]:
    uri = f"memory:{ref.key}"
    if not is_table(data):
        return data, Stored(uri)
    table = as_reader(data).read_all()
    return table, Stored(uri, table.num_rows, table.nbytes, None, table.schema)
