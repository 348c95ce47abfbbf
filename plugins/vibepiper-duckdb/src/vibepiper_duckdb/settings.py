"""Settings of the connector and the IO manager."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator
from vibepiper.component import ComponentContext

from vibepiper_duckdb.database import Database, Engine

__all__ = ["DuckDBSettings", "open_database"]


class DuckDBSettings(BaseModel):
    """``schema`` is in Python also ``schema_name``. Components of one process that name the same
    file share one engine, so they must agree on ``memory_limit``, ``threads`` and
    ``lock_timeout``."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    path: Path = Field(
        default=Path("data/warehouse.duckdb"),
        description="the database file, made when it is first written; relative to the project",
    )
    schema_name: str = Field(
        default="main", alias="schema", description="where tables lie; made when it is missing"
    )
    memory_limit: str | None = Field(
        default=None, description="such as `4GB`; DuckDB's own default is 80% of the memory"
    )
    threads: int | None = Field(default=None, ge=1, description="all cores unless given")
    lock_timeout: float = Field(
        default=10.0,
        ge=0,
        description="seconds to wait for another process that has the file open",
    )

    @field_validator("path")
    @classmethod
    def _a_file(cls, path: Path) -> Path:
        if path.name in ("", ":memory:"):
            raise ValueError(f"expected the path of a file, found '{path}'")
        return path


def open_database(settings: DuckDBSettings, context: ComponentContext) -> Database:
    """The file that the settings name, which is opened when it is first used."""
    engine = Engine(settings.memory_limit, settings.threads, settings.lock_timeout)
    return Database.at(context.root / settings.path, engine)
