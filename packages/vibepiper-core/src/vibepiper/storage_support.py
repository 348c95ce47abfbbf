"""Whether a store can do what an asset declares: refused when a plan is made, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from vibepiper.assets import Asset
from vibepiper.errors import MissingCapability, StoreError
from vibepiper.io_manager import AssetRef, PlacingIOManager
from vibepiper.materialization import MaterializationStrategy
from vibepiper.session import Store

__all__ = ["check_support", "find_place"]


def find_place(asset: Asset, store: Store, uri: str | None) -> str | None:
    """Where the store keeps the asset, as a text that is the same for one place: of a store that
    does not tell, the ``uri``. None for a view. Raises `StoreError` where it can keep nothing by
    the asset's key or ``uri``."""
    if asset.is_view:
        return None
    if not store.supports("places"):
        return uri
    try:
        return cast("PlacingIOManager", store.manager).place(AssetRef(asset.key, uri))
    except StoreError as error:
        named = f"'{asset.key}'" in error.message
        message = error.message if named else f"asset '{asset.key}': {error.message}"
        raise StoreError(message, at=error.at or asset.location, hint=error.hint) from None


def check_support(asset: Asset, store: Store) -> None:
    """Raises `MissingCapability` for the first thing that the asset needs and the store lacks."""
    for need, capability in _needs(asset):
        if not store.supports(capability):
            raise MissingCapability(
                f"asset '{asset.key}' {need}; its store '{store.name}' ({store.spec.name}) does "
                f"not declare '{capability}'",
                at=asset.location,
                hint="Give the asset another io_manager; `vibepiper plugins show` says what "
                "each can do.",
            )
    _check_columns(asset, store)


def _needs(asset: Asset) -> Iterator[tuple[str, str]]:
    if asset.checks and not asset.is_view:
        yield "has checks, which need a store that can stage data", "staging"
    if any(column.type for column in asset.columns.values()) and not asset.is_view:
        yield "declares types of columns, which need a store that can stage data", "staging"
    if asset.strategy is MaterializationStrategy.FILE:
        yield "is materialized as a file", "files"
    if asset.incremental is not None:
        yield "is incremental", "apply"
        yield f"is changed by mode '{asset.mode}'", asset.mode
    if asset.evolution != "evolve":
        yield f"has the schema policy '{asset.evolution}'", "apply"
    if asset.partitions is not None:
        yield "has partitions", "partitions"
    if asset.ranges:
        yield "makes several partitions in one step (ranges=True)", "ranges"


def _check_columns(asset: Asset, store: Store) -> None:
    """A store of tables finds the rows of a partition by a column."""
    if asset.partitions is None or store.spec.capabilities.get("partitions") == "full":
        return
    for name, dimension in asset.partitions.dimensions.items():
        if dimension.column is None:
            raise MissingCapability(
                f"asset '{asset.key}': its store '{store.name}' ({store.spec.name}) keeps all "
                f"partitions in one table, and the dimension '{name}' names no column that tells "
                "them apart",
                at=asset.location,
                hint=f'Name it: partitions=...(column="{name}").',
            )
