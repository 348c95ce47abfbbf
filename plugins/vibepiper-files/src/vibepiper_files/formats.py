"""The components of kind ``file_format``: ``read(path)`` and ``write(table, path)``."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from vibepiper.component import Component

from vibepiper_files.csv_reading import read_csv
from vibepiper_files.csv_writing import write_csv
from vibepiper_files.parquet import read_parquet, write_parquet
from vibepiper_files.settings import CsvSettings, ParquetSettings
from vibepiper_files.staging import replacing

__all__ = ["CsvFormat", "ParquetFormat"]


class CsvFormat(Component[CsvSettings]):
    """CSV; the suffix of the path written to (``.gz``, ``.zip``) decides the compression."""

    settings_model = CsvSettings

    def read(self, path: Path) -> pa.RecordBatchReader:
        options = self.settings
        return read_csv(
            path, nulls=options.nulls, delimiter=options.delimiter, encoding=options.encoding
        )

    def write(self, table: object, path: Path) -> int:
        """Returns the number of rows."""
        with replacing(path) as beside:
            return write_csv(table, beside, delimiter=self.settings.delimiter)


class ParquetFormat(Component[ParquetSettings]):
    settings_model = ParquetSettings

    def read(self, path: Path) -> pa.RecordBatchReader:
        return read_parquet(path)

    def write(self, table: object, path: Path) -> int:
        """Returns the number of rows."""
        with replacing(path) as beside:
            return write_parquet(table, beside, compression=self.settings.compression)
