"""Settings of the connector and the IO manager."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator
from vibepiper.component import ComponentContext

from vibepiper_sqlite.database import Database

__all__ = ["SQLiteSettings", "open_database"]


class SQLiteSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(
        default=Path("data/warehouse.sqlite"),
        description="the database file, made when it is first written; relative to the project",
    )
    lock_timeout: float = Field(
        default=60.0,
        ge=0,
        description="seconds to wait for another writer; SQLite lets in one at a time",
    )

    @field_validator("path")
    @classmethod
    def _a_file(cls, path: Path) -> Path:
        if path.name in ("", ":memory:"):
            raise ValueError(f"expected the path of a file, found '{path}'")
        return path


def open_database(settings: SQLiteSettings, context: ComponentContext) -> Database:
    """The file that the settings name, which is opened when it is first used."""
    return Database(context.root / settings.path, settings.lock_timeout)
