"""An asset's columns as far as anything tells them: its declaration, its checks, its analysis, its
last materialization, or the table itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from vibepiper.assets import Asset
from vibepiper.checks import ColumnCheck
from vibepiper.errors import VibePiperError
from vibepiper.io_manager import AssetRef, QueryIOManager
from vibepiper.type_text import read_type

if TYPE_CHECKING:
    import pyarrow as pa

    from vibepiper.session import Store
    from vibepiper.state.records import Materialization

__all__ = ["Fields", "Known", "Origin", "declared_columns", "fields_of", "unanalyzed_columns"]

Fields: TypeAlias = tuple[tuple[str, str], ...]
"""Names and types of columns, the types as text: empty where one is not known."""

Origin = Literal["declared", "inferred", "checked", "recorded", "stored", "unknown"]


@dataclass(frozen=True)
class Known:
    """What is known of an asset's columns. ``certain``: an asset that runs now meets these and no
    others; what was recorded of an asset that is made again may be different then."""

    fields: Fields | None = None
    origin: Origin = "unknown"
    certain: bool = False

    @cached_property
    def schema(self) -> pa.Schema | None:
        """None where the columns, or the type of one, are not known."""
        import pyarrow as pa

        if self.fields is None:
            return None
        kinds = [(name, read_type(kind)) for name, kind in self.fields]
        known = [(name, kind) for name, kind in kinds if kind is not None]
        return pa.schema(known) if len(known) == len(kinds) else None


def fields_of(schema: pa.Schema) -> Fields:
    return tuple((field.name, str(field.type)) for field in schema)


def declared_columns(asset: Asset) -> Known | None:
    """What ``columns=`` declares, where every column of it has a type."""
    declared = [(name, column.type) for name, column in asset.columns.items()]
    if not declared or any(kind is None for _, kind in declared):
        return None
    return Known(tuple((name, str(kind)) for name, kind in declared), "declared", certain=True)


def unanalyzed_columns(
    asset: Asset, ref: AssetRef, store: Store, made: Materialization | None, *, remade: bool
) -> Known:
    """The columns of an asset into which no analyzer can look: declared, else those of its last
    materialization, else those that its checks ask for, else those of the stored table.
    ``remade``: it may be made again before anything reads it."""
    if (declared := declared_columns(asset)) is not None:
        return declared
    checked = _checked(asset)
    if made is not None and made.schema is not None:
        recorded = dict(made.schema)
        told = {**recorded, **{n: t for n, t in checked.items() if n not in recorded}}
        return Known(tuple(told.items()), "recorded", certain=not remade)
    if checked:
        return Known(tuple(checked.items()), "checked")
    stored = _stored(ref, store)
    return Known() if stored is None else Known(stored, "stored", certain=not remade)


def _checked(asset: Asset) -> Mapping[str, str]:
    checks = (check for check in cast("Iterable[Any]", asset.checks))
    return {c.column: str(c.arrow_type) for c in checks if isinstance(c, ColumnCheck)}


def _stored(ref: AssetRef, store: Store) -> Fields | None:
    """Of a table that can be asked without being read."""
    if not (store.supports("query") and store.supports("durable")):
        return None
    try:
        if not store.manager.exists(ref):
            return None
        relation = cast("QueryIOManager", store.manager).relation(ref)
        return fields_of(cast("Any", relation).schema)
    except VibePiperError:
        # It is asked only for what nothing else tells: a store that is away tells nothing.
        return None
