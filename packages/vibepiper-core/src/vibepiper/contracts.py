"""What an asset declares of its columns, held against columns that are known or found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from vibepiper.assets import Asset
from vibepiper.errors import nearest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["broken_declarations", "changed_columns"]


def broken_declarations(asset: Asset, found: pa.Schema) -> Iterator[tuple[str, str]]:
    """Each declared column that ``found`` breaks, and how it goes on: ``which ...``."""
    for name, column in asset.columns.items():
        if name not in found.names:
            near = nearest(name, found.names)
            yield name, f"and there is none{f', but {near!r}' if near else ''}"
        elif column.type is not None and not _is_kept_as(column.type, found.field(name).type):
            yield name, f"as {column.type}, and it is {found.field(name).type}"


def changed_columns(
    before: pa.Schema, after: pa.Schema
) -> Mapping[str, tuple[pa.DataType, pa.DataType | None]]:
    """The columns that are gone (None), or of a type now whose values the one before does not
    hold."""
    found: dict[str, tuple[pa.DataType, pa.DataType | None]] = {}
    for field in before:
        if field.name not in after.names:
            found[field.name] = field.type, None
        elif not _holds(field.type, now := after.field(field.name).type):
            found[field.name] = field.type, now
    return found


def _holds(kind: pa.DataType, other: pa.DataType) -> bool:
    from vibepiper.widening import common_type

    common = common_type(kind, other)
    return _is_kept_as(other, kind) or (common is not None and common.equals(kind))


def _is_kept_as(kind: pa.DataType, found: pa.DataType) -> bool:
    from vibepiper.widening import is_kept_as

    return is_kept_as(kind, found)
