"""Strategies for hypothesis: tables of a schema, which shrink to the simplest that fails."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from vibepiper.errors import DefinitionError

from vibepiper_testing.constraints import Column, SchemaLike, columns_of
from vibepiper_testing.fake_arrays import array_of
from vibepiper_testing.fake_values import bounds

__all__ = ["tables"]

_T = pa.types


def tables(
    schema: SchemaLike, *, min_rows: int = 0, max_rows: int = 20
) -> st.SearchStrategy[pa.Table]:
    """Tables that keep to a schema or contract, as `vibepiper_testing.fake_table` does; unlike
    its rows, these try the ends of what is allowed: bounds, empty texts, unicode, nulls.

    Raises `DefinitionError` for a type that there is no strategy of.
    """
    columns = columns_of(schema)
    strategies = {column.name: _values(column) for column in columns}
    arrow = pa.schema([pa.field(c.name, c.type, c.nullable) for c in columns])

    @st.composite
    def table(draw: st.DrawFn) -> pa.Table:
        rows = draw(st.integers(min_rows, max_rows))
        drawn = {}
        for column in columns:
            values = st.lists(
                strategies[column.name],
                min_size=rows,
                max_size=rows,
                unique_by=repr if column.unique else None,
            )
            drawn[column.name] = draw(values)
        arrays = [array_of(drawn[field.name], field.type) for field in arrow]
        return pa.Table.from_arrays(arrays, schema=arrow)

    return table()


def _values(column: Column) -> st.SearchStrategy[Any]:
    found = _of(column)
    return st.none() | found if column.nullable and not column.unique else found


def _of(column: Column) -> st.SearchStrategy[Any]:
    kind, rules = column.type, column.constraints
    if (values := rules.get("enum")) is not None:
        return st.sampled_from(sorted(values, key=repr))
    if _T.is_integer(kind):
        return st.integers(*_integers(column))
    if _T.is_floating(kind):
        return _floats(column)
    if _T.is_string(kind) or _T.is_large_string(kind) or _T.is_string_view(kind):
        return _texts(column)
    if _T.is_boolean(kind):
        return st.booleans()
    if _T.is_binary(kind) or _T.is_large_binary(kind):
        return st.binary(max_size=20)
    return st.none() if _T.is_null(kind) else _others(column)


def _others(column: Column) -> st.SearchStrategy[Any]:
    kind = column.type
    if _T.is_decimal(kind):
        low, high = bounds(column)
        return st.decimals(low, high, places=kind.scale)
    if _T.is_date(kind):
        return st.dates(*bounds(column))
    if _T.is_timestamp(kind):
        return _instants(column)
    if _T.is_duration(kind):
        return st.timedeltas(*bounds(column)).map(lambda d: d - d % dt.timedelta(seconds=1))
    if _T.is_time(kind):
        return st.times().map(lambda t: t.replace(microsecond=0))
    if _T.is_fixed_size_binary(kind):
        return st.binary(min_size=kind.byte_width, max_size=kind.byte_width)
    if kind == pa.month_day_nano_interval():
        small = st.integers(-(2**31), 2**31 - 1)
        return st.tuples(small, small, st.integers(-(2**63), 2**63 - 1))
    return _nested(column)


def _nested(column: Column) -> st.SearchStrategy[Any]:
    kind = column.type
    if _T.is_list(kind) or _T.is_large_list(kind):
        return st.lists(_inner(kind.value_type), max_size=4)
    if _T.is_fixed_size_list(kind):
        return st.lists(_inner(kind.value_type), min_size=kind.list_size, max_size=kind.list_size)
    if _T.is_struct(kind):
        return st.fixed_dictionaries({field.name: _inner(field.type) for field in kind})
    if _T.is_map(kind):
        keys, items = _of(Column("key", kind.key_type, {})), _inner(kind.item_type)
        return st.lists(st.tuples(keys, items), max_size=4, unique_by=lambda pair: repr(pair[0]))
    if _T.is_dictionary(kind) or _T.is_run_end_encoded(kind):
        return _of(Column(column.name, kind.value_type, {}))
    if isinstance(kind, pa.JsonType):
        return st.dictionaries(st.text(max_size=3), st.integers(), max_size=3).map(json.dumps)
    if isinstance(kind, pa.BaseExtensionType):
        return _of(Column(column.name, kind.storage_type, {}))
    raise DefinitionError(f"column '{column.name}': there is no strategy for {kind}")


def _inner(kind: pa.DataType) -> st.SearchStrategy[Any]:
    return _values(Column("item", kind, {}))


def _integers(column: Column) -> tuple[int, int]:
    kind, rules = column.type, column.constraints
    width = kind.bit_width
    least, most = (
        (-(2 ** (width - 1)), 2 ** (width - 1) - 1)
        if _T.is_signed_integer(kind)
        else (0, 2**width - 1)
    )
    low = max(rules.get("minimum", least), rules.get("exclusiveMinimum", least - 1) + 1)
    high = min(rules.get("maximum", most), rules.get("exclusiveMaximum", most + 1) - 1)
    return low, high


def _floats(column: Column) -> st.SearchStrategy[float]:
    rules = column.constraints
    low, above = rules.get("minimum"), rules.get("exclusiveMinimum")
    high, below = rules.get("maximum"), rules.get("exclusiveMaximum")
    free = {low, above, high, below} == {None}
    return st.floats(
        low if above is None else above,
        high if below is None else below,
        exclude_min=above is not None,
        exclude_max=below is not None,
        allow_nan=free,
        allow_infinity=free,
        width=column.type.bit_width,
    )


def _texts(column: Column) -> st.SearchStrategy[str]:
    rules = column.constraints
    low, high = rules.get("minLength") or 0, rules.get("maxLength")
    if (pattern := rules.get("pattern")) is None:
        alphabet = st.characters(codec="utf-8", exclude_characters="\0")
        return st.text(alphabet, min_size=low, max_size=high)
    matching = st.from_regex(pattern).filter(lambda text: "\0" not in text)
    return matching.filter(lambda text: low <= len(text) <= (high or len(text)))


def _instants(column: Column) -> st.SearchStrategy[Any]:
    low, high = bounds(column)
    made = st.datetimes(low.replace(tzinfo=None), high.replace(tzinfo=None))
    whole = made.map(lambda at: at.replace(microsecond=0))
    return whole.map(lambda at: at.replace(tzinfo=dt.UTC)) if column.type.tz else whole
