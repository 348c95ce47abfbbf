"""The key of one partition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from vibepiper.partitions.span import Span
from vibepiper.partitions.zone import as_datetime

__all__ = ["PartitionKey"]


@dataclass(frozen=True, slots=True)
class PartitionKey:
    """One partition: its key in every dimension, and its span. Prints as ``2026-03-01/eu``."""

    items: tuple[tuple[str, str], ...]
    span: Span
    has_time: bool = False

    @property
    def keys(self) -> Mapping[str, str]:
        """By the name of the dimension, in the order of the dimensions."""
        return MappingProxyType(dict(self.items))

    @property
    def text(self) -> str:
        """The keys, joined by ``/``."""
        return "/".join(key for _, key in self.items)

    @property
    def begin(self) -> datetime | None:
        """Its first instant, in UTC; None without a dimension of time."""
        return as_datetime(self.span.begin) if self.has_time else None

    @property
    def end(self) -> datetime | None:
        """The first instant after it, in UTC; None without a dimension of time."""
        return as_datetime(self.span.end) if self.has_time else None

    def __str__(self) -> str:
        return self.text
