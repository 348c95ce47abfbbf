"""The settings of the plugin's components."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Compression", "CsvSettings", "FileSettings", "ParquetSettings"]

Compression = Literal["snappy", "zstd", "gzip", "none"]


class FileSettings(BaseModel):
    """Of the IO manager. ``root`` is relative to the project's folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: str = Field(default="data", min_length=1)
    format: Literal["parquet", "csv"] = "parquet"


class ParquetSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    compression: Compression = "zstd"


class CsvSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    nulls: tuple[str, ...] = ("",)
    encoding: str = "utf-8"
