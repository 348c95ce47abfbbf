"""File formats: what a component of kind ``file_format`` must do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileFormat"]


class FileFormat(Protocol):
    """Tables as files of one format. A component declares ``read`` and ``write``."""

    def read(self, path: Path) -> pa.RecordBatchReader:
        """The file as a stream. Raises `DataError` when it is cut short or no file of this format,
        and `StoreError` when it cannot be opened; both name the file."""
        ...

    def write(self, table: object, path: Path) -> int:
        """Writes anything with ``__arrow_c_stream__`` and returns its rows. The file is there
        whole or, when the data raises midway, is what it was before."""
        ...
