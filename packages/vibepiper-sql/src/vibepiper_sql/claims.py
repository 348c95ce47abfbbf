"""Which staged loads are alive: each has a lock that its process loses when it dies."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from vibepiper.errors import StoreError

from vibepiper_sql.locks import try_lock
from vibepiper_sql.naming import TableName

__all__ = ["Claims"]


class Claims:
    """The loads that one component of a store in files has staged and neither published nor
    discarded; ``folder`` is for their locks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[TableName, int] = {}
        self._lock = threading.Lock()

    def take(self, side: TableName) -> None:
        """Marks the load as alive. Raises `StoreError` when it is so already."""
        if not self._take(side):
            raise StoreError(
                f"{self._folder}: load {side.name} is being written already",
                hint="Give each write a load id of its own.",
            )

    def _take(self, side: TableName) -> bool:
        with self._lock:
            try:
                held = try_lock(self._path(side))
            except OSError as error:
                raise StoreError(f"{self._folder}: lock: {error}") from error
            if held is not None:
                self._held[side] = held
        return held is not None

    def take_if_dead(self, side: TableName) -> bool:
        """Takes a load that no living process has."""
        return self._take(side)

    def drop(self, side: TableName) -> None:
        """The load is published or gone. What a process that died behind its commit left of the
        claim goes too, when another publishes the load again."""
        with self._lock:
            path = self._path(side)
            held = self._held.pop(side, None)
            if held is None and path.exists():
                held = try_lock(path)
            if held is not None:
                path.unlink(missing_ok=True)
                os.close(held)

    def drop_all(self) -> None:
        """Leaves what is staged to whoever collects it."""
        for side in list(self._held):
            self.drop(side)

    def left(self, prefix: str, schema: str) -> list[TableName]:
        """The loads of which there are locks, of the living and of the dead."""
        return [TableName(schema, path.name) for path in self._folder.glob(f"{prefix}*")]

    def _path(self, side: TableName) -> Path:
        return self._folder / side.name
