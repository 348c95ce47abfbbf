"""The kinds of columns that the state tables are made of."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

__all__ = ["FreeText", "RowId", "UTCDateTime", "dump_json"]

_ENCODER = json.JSONEncoder(allow_nan=False)

RowId = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database gives out. SQLite does so for ``INTEGER`` alone."""


class _Bind(Protocol):
    def __call__(self, value: datetime | None) -> Any: ...


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC without a zone where the database has no zones."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def bind_processor(self, dialect: Dialect) -> _Bind:
        # SQLAlchemy's own, for SQLite, takes five times as long for the same text.
        return _utc_text if dialect.name == "sqlite" else _utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


@lru_cache(maxsize=16)
def _utc_text(value: datetime | None) -> str | None:
    """One moment is written to several tables."""
    if value is None:
        return None
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.isoformat(" ", "microseconds")[:26]


class FreeText(TypeDecorator[str]):
    """Text that anything may have written, such as an error's message: lone surrogates and
    NUL, which databases refuse, are kept as escapes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        text = value.encode("utf-8", "backslashreplace").decode("utf-8")
        return text.replace("\0", "\\x00")


def dump_json(value: object) -> str:
    """JSON as the standard has it: NaN and the infinities, which it lacks, become null."""
    try:
        return _ENCODER.encode(value)
    except ValueError:
        return _ENCODER.encode(_finite(value))


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
