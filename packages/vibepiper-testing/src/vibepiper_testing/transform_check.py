"""Unit tests of transformations: small tables in, the table that comes of them out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import yaml
from pydantic import JsonValue, ValidationError
from vibepiper import Asset, AssetRef, ComponentContext, IOManager, PluginHost
from vibepiper.data import as_data, as_reader
from vibepiper.errors import DefinitionError

from vibepiper_testing.assertions import assert_tables_equal
from vibepiper_testing.materialization import materialize

__all__ = ["Rows", "check_transform"]

Rows: TypeAlias = object
"""A table, a list of dicts, or the text of a list of dicts in YAML."""


def check_transform(
    asset: Asset,
    *,
    inputs: Mapping[str, Rows] | None = None,
    expected: Rows,
    existing: Rows | None = None,
    key: str | Sequence[str] = (),
    ordered: bool = False,
    tolerance: float = 0.0,
    params: Mapping[str, JsonValue] | None = None,
    io_manager: IOManager | None = None,
) -> pa.Table:
    """Makes the asset of ``inputs``, by the key of each upstream, with the real engine, and asserts
    that its table is then the ``expected`` one. Returns that table.

    Rows are written as a table, a list of dicts or YAML; an empty list of ``expected`` is no
    rows. Types are those of the found table where the expected values fit them. ``existing`` are
    the rows that an incremental asset has before: the expected ones are then those after its
    merge, by the code that changes real tables. Rows are compared as a bag, by ``key``, or in
    their order if ``ordered``; floats within ``tolerance``.

    The table is kept by ``io_manager``, else in memory; that of an incremental asset by the first
    installed store that changes tables and needs no settings.
    """
    with tempfile.TemporaryDirectory(prefix="vibepiper-test-") as scratch:
        store = io_manager or _store(asset, existing, Path(scratch))
        if store is not None and existing is not None:
            store.save(AssetRef(asset.key, asset.uri), _table(existing))
        given = {name: _table(rows) for name, rows in (inputs or {}).items()}
        managers = {} if store is None else {asset.io_manager or "default": store}
        made = materialize(asset, inputs=given, params=params, io_managers=managers)
        found = made.table(asset)
        if store is not None and io_manager is None:
            store.close()  # type: ignore[attr-defined]
    wanted = _fitted(expected, found.schema)
    assert_tables_equal(found, wanted, key=key, ordered=ordered, tolerance=tolerance)
    return found


def _store(asset: Asset, existing: Rows | None, root: Path) -> IOManager | None:
    """One in a folder of the test's own; None where the memory will do."""
    if asset.incremental is None:
        if existing is not None:
            raise DefinitionError(
                f"asset '{asset.key}' replaces what there is, so 'existing' rows change nothing",
                hint='Declare it incremental: materialization="incremental".',
            )
        return None
    host = PluginHost()
    for spec in sorted(host.specs("io_manager"), key=lambda spec: spec.name):
        if not (spec.supports("apply") and spec.supports(asset.mode)):
            continue
        component = host.load(spec)
        try:
            settings = component.settings_model()  # type: ignore[attr-defined]
        except ValidationError:
            continue  # a server's, which is not known
        return component(settings, ComponentContext(spec.name, root))  # type: ignore[no-any-return]
    raise DefinitionError(
        f"no installed store can change the table of '{asset.key}' ({asset.mode})",
        hint="pip install vibepiper-duckdb, or give an io_manager.",
    )


def _table(rows: Rows) -> pa.Table:
    if isinstance(rows, str):
        rows = _parsed(rows)
    if isinstance(rows, list) and not rows:
        raise DefinitionError(
            "an empty list says nothing of its columns",
            hint="Give an empty table that has them: pa.table({...}, schema=...).",
        )
    return as_reader(as_data(rows)).read_all()


def _parsed(text: str) -> object:
    rows = yaml.safe_load(text)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DefinitionError("rows in YAML are a list of mappings, such as: - {id: 1, n: 2}")
    return rows


def _fitted(rows: Rows, schema: pa.Schema) -> pa.Table:
    """The expected rows in the found types, where all their values fit."""
    if isinstance(rows, str):
        rows = _parsed(rows)
    if isinstance(rows, list) and not rows:
        return schema.empty_table()
    wanted = _table(rows)
    if not isinstance(rows, list) or set(wanted.column_names) != set(schema.names):
        return wanted
    columns = [_as_type(wanted[field.name], field.type) for field in schema]
    return pa.table(columns, names=schema.names)


def _as_type(values: pa.ChunkedArray, found: pa.DataType) -> pa.ChunkedArray:
    """As they are, where they are none of that type."""
    if not _may_be_written(values.type, found):
        return values
    try:
        if pa.types.is_integer(values.type) and pa.types.is_decimal(found):
            values = values.cast(pa.decimal128(38, found.scale))
        return values.cast(found)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return values


def _may_be_written(as_type: pa.DataType, found: pa.DataType) -> bool:
    """Whether a value of one type may stand for one of another: a whole number for a fraction, a
    text for a date or a decimal. Not a text for a number, whose zeros at the start would be lost,
    nor a number for a text or a boolean."""
    if as_type == found or pa.types.is_null(as_type):
        return True
    if pa.types.is_nested(found):
        parts = zip(_parts(as_type), _parts(found), strict=False)
        return as_type.num_fields == found.num_fields and all(_may_be_written(*p) for p in parts)
    if pa.types.is_boolean(as_type) or pa.types.is_boolean(found):
        return False
    if _is_text(found):
        return _is_text(as_type)
    if _is_text(as_type):
        return bool(pa.types.is_temporal(found) or pa.types.is_decimal(found))
    return True


def _parts(nested: pa.DataType) -> list[pa.DataType]:
    return [nested.field(place).type for place in range(nested.num_fields)]


def _is_text(kind: pa.DataType) -> bool:
    of = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(of) or pa.types.is_large_string(of) or pa.types.is_string_view(of)
    )
