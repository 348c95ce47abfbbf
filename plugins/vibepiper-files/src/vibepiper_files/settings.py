"""The settings of the plugin's components."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Compression", "CsvSettings", "FileSettings", "ParquetSettings"]

Compression = Literal["snappy", "zstd", "gzip", "none"]


class FileSettings(BaseModel):
    """Of the IO manager."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: str = Field(
        default="data",
        min_length=1,
        description="the folder of the assets, as seen from the project's",
    )
    format: Literal["parquet", "csv"] = Field(
        default="parquet", description="of a table whose asset names no file by its `uri`"
    )
    keep_versions: int = Field(
        default=5, ge=1, description="of an asset that changes, the present one among them"
    )
    keep_replaced: int = Field(
        default=1, ge=0, description="how many files of an asset that is replaced whole are kept"
    )
    reader_seconds: float = Field(
        default=3600,
        ge=0,
        description="for how long at least a reader may go on reading a version that was replaced",
    )
    lock_timeout: float = Field(
        default=60, ge=0, description="for how many seconds a publish waits for another's end"
    )


class ParquetSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    compression: Compression = Field(default="zstd", description="of files that are written")


class CsvSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: str = Field(
        default=",", min_length=1, max_length=1, description="what stands between two fields"
    )
    nulls: tuple[str, ...] = Field(default=("",), description="the texts that are read as null")
    encoding: str = Field(default="utf-8", description="of files that are read")
