"""What an asset may not declare together: found when it is declared, before any store is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vibepiper.errors import DefinitionError

if TYPE_CHECKING:
    from vibepiper.assets import Asset

__all__ = ["check_storage", "named_columns"]


def check_storage(asset: Asset) -> None:
    """Raises `DefinitionError` for the first rule of storage that the asset breaks."""
    for message, hint in _broken(asset):
        raise DefinitionError(f"asset '{asset.key}': {message}", at=asset.location, hint=hint)


def named_columns(asset: Asset) -> Iterator[tuple[str, str]]:
    """The columns without which the asset cannot be stored as it says, each with the option that
    names it."""
    yield from (("key", name) for name in asset.key_columns)
    if asset.incremental is not None:
        yield from (
            (option, column)
            for option in ("cursor", "deleted")
            if (column := getattr(asset.incremental, option))
        )
    if asset.partitions is not None:
        for dimension in asset.partitions.dimensions.values():
            if dimension.column is not None:
                yield "partitions", dimension.column


def _broken(asset: Asset) -> Iterator[tuple[str, str]]:
    yield from _broken_by_mode(asset)
    if asset.is_view and asset.partitions is not None:
        yield "a view stores nothing, so it has no partitions", "Give its upstreams partitions."
    if asset.ranges and asset.partitions is None:
        yield "ranges are of partitions, and it declares none", "Declare partitions=..."
    if asset.mappings and asset.partitions is None:
        yield (
            "mappings say which partitions of an upstream a partition of its own needs, and it "
            "declares none",
            "Declare partitions=...",
        )
    if asset.partitions is not None and asset.uri is not None:
        from vibepiper.partitions import check_uri

        try:
            check_uri(asset.uri, asset.partitions)
        except DefinitionError as error:
            yield error.message, error.hint or ""


def _broken_by_mode(asset: Asset) -> Iterator[tuple[str, str]]:
    declared = asset.incremental
    if declared is None:
        return
    if asset.mode in ("upsert", "scd2") and not asset.key_columns:
        yield (
            f"mode '{asset.mode}' needs to know which rows are the same",
            'Name the columns that identify a row: @asset(key="id").',
        )
    if asset.mode == "delete_insert" and not asset.key_columns and asset.partitions is None:
        yield (
            "mode 'delete_insert' replaces a partition or the rows of a key, and it has neither",
            'Declare partitions=... or key="...".',
        )
    if declared.deleted and asset.mode not in ("upsert", "scd2"):
        yield f"deleted is of modes that know the key, not of '{asset.mode}'", "Use mode 'upsert'."
    if declared.lookback is not None and asset.mode == "append":
        yield (
            "lookback fetches rows again, which mode 'append' would store twice",
            'Declare its key: @asset(key="id"), or leave lookback out.',
        )
    if declared.chunks and asset.mode in ("replace", "delete_insert"):
        yield (
            f"chunks are published one by one, and mode '{asset.mode}' would let each take the "
            "place of the one before",
            "Use mode 'append' or 'upsert'.",
        )
    if declared.chunks and declared.close_missing:
        yield "close_missing needs all rows at once, and chunks are parts", "Leave chunks out."
