"""Spans: partitions that follow each other, as state keeps them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WHOLE", "Span"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Of the partitions that share the keys in ``label``, those that begin from ``begin`` up to
    but not including ``end``.

    ``label`` holds the keys of the dimensions that are not time, separated by ``/`` (empty
    without such a dimension); ``begin`` and ``end`` are Unix seconds, 0 and 1 without a dimension
    of time.
    """

    label: str
    begin: int
    end: int


WHOLE = Span("", 0, 1)
"""What stands for an asset without partitions: it covers everything."""
