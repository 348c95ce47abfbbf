"""Files for VibePiper: CSV and Parquet as streams, and an IO manager that keeps assets as files.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_files.csv_reading import read_csv as read_csv
    from vibepiper_files.csv_writing import write_csv as write_csv
    from vibepiper_files.formats import CsvFormat as CsvFormat
    from vibepiper_files.formats import ParquetFormat as ParquetFormat
    from vibepiper_files.io_manager import FileIOManager as FileIOManager
    from vibepiper_files.parquet import read_parquet as read_parquet
    from vibepiper_files.parquet import write_parquet as write_parquet
    from vibepiper_files.settings import FileSettings as FileSettings

_HOME = {
    "CsvFormat": "formats",
    "FileIOManager": "io_manager",
    "FileSettings": "settings",
    "ParquetFormat": "formats",
    "read_csv": "csv_reading",
    "read_parquet": "parquet",
    "write_csv": "csv_writing",
    "write_parquet": "parquet",
}

__all__ = [
    "CsvFormat",
    "FileIOManager",
    "FileSettings",
    "ParquetFormat",
    "read_csv",
    "read_parquet",
    "write_csv",
    "write_parquet",
]


__getattr__ = lazy_attributes(__name__, _HOME)
