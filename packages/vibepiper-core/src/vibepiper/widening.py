"""Which Arrow type holds all values of two others, unchanged."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

__all__ = ["common_type", "is_kept_as", "plain_type"]

_T = pa.types
_UNITS = ("s", "ms", "us", "ns")
_MANTISSA = {16: 11, 32: 24, 64: 53}
_FLOATS = {16: pa.float16(), 32: pa.float32(), 64: pa.float64()}
_SIGNED = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}
_DECIMALS: tuple[tuple[int, int, Callable[[int, int], pa.DataType]], ...] = (
    (32, 9, pa.decimal32),
    (64, 18, pa.decimal64),
    (128, 38, pa.decimal128),
    (256, 76, pa.decimal256),
)


def common_type(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """The narrowest type that holds every value of both; ``first`` where that does, None where
    there is none.

    Numbers keep their digits: integers of 64 bits are no floats, and no integer is a decimal. A
    date is the midnight of a timestamp without a zone; timestamps with zones are instants,
    whichever zone they show. Lists, structs and maps go by what they hold; a struct's fields have
    the same names in the same order.
    """
    if first.equals(second) or _T.is_null(second):
        return first
    if _T.is_null(first):
        return second
    if _is_encoded(first) or _is_encoded(second):
        return _encoded(first, second)
    for rule in (_numbers, _decimals, _times, _bytes, _lists, _structs, _maps):
        if (found := rule(first, second)) is not None:
            return found
    return None


def is_kept_as(kind: pa.DataType, found: pa.DataType) -> bool:
    """Whether ``found`` is the type of a column that was ``kind`` when it was stored: the same,
    or what stores make of a type that they do not have. Decimals keep their digits."""
    kind, found = plain_type(kind), plain_type(found)
    if kind.equals(found) or found == _STORED.get(kind):
        return True
    if _bytes(kind, found) is not None:
        return True
    if _T.is_timestamp(kind) and _T.is_timestamp(found):
        return (kind.tz is None) == (found.tz is None)
    if _T.is_decimal(kind) and _T.is_decimal(found):
        return bool((kind.precision, kind.scale) == (found.precision, found.scale))
    same = (_T.is_date, _T.is_time, _T.is_duration)
    return any(is_a(kind) and is_a(found) for is_a in same)


_STORED = {
    pa.int8(): pa.int16(),
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
    pa.float16(): pa.float32(),
}


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the values of a dictionary or of runs; of any other, itself."""
    return kind.value_type if _is_encoded(kind) else kind


def _is_encoded(kind: pa.DataType) -> bool:
    return bool(_T.is_dictionary(kind) or _T.is_run_end_encoded(kind))


def _encoded(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """A dictionary holds what its values do, where its index has room for that many."""
    values = common_type(plain_type(first), plain_type(second))
    for kind in (first, second):
        roomy = not _is_encoded(kind) or (
            _T.is_dictionary(kind) and kind.index_type.bit_width >= 32
        )
        if roomy and plain_type(kind) == values:
            return kind
    return values


def _numbers(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    if _T.is_integer(first) and _T.is_integer(second):
        return _integers(first, second)
    numeric = (_T.is_integer, _T.is_floating)
    if not all(any(is_a(kind) for is_a in numeric) for kind in (first, second)):
        return None
    digits = max(_digits(first), _digits(second))
    return next((_FLOATS[bits] for bits, room in _MANTISSA.items() if room >= digits), None)


def _digits(kind: pa.DataType) -> int:
    """How many binary digits its values have at most."""
    if _T.is_floating(kind):
        return _MANTISSA[kind.bit_width]
    return int(kind.bit_width) - int(_T.is_signed_integer(kind))


def _integers(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    wide, narrow = (first, second) if first.bit_width >= second.bit_width else (second, first)
    if _T.is_signed_integer(wide) == _T.is_signed_integer(narrow):
        return wide
    if _T.is_signed_integer(wide) and wide.bit_width > narrow.bit_width:
        return wide
    unsigned = wide if _T.is_unsigned_integer(wide) else narrow
    return _SIGNED.get(unsigned.bit_width * 2)


def _decimals(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    if not (_T.is_decimal(first) and _T.is_decimal(second)):
        return None
    scale = max(first.scale, second.scale)
    precision = scale + max(first.precision - first.scale, second.precision - second.scale)
    for kind in (first, second):
        if (kind.precision, kind.scale) == (precision, scale):
            return kind
    least = max(first.bit_width, second.bit_width)
    fitting = (make for bits, room, make in _DECIMALS if bits >= least and room >= precision)
    make = next(fitting, None)
    return None if make is None else make(precision, scale)


def _times(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    if _T.is_date(first) and _T.is_date(second):
        return first
    for day, moment in ((first, second), (second, first)):
        if _T.is_date(day) and _T.is_timestamp(moment):
            return moment if moment.tz is None else None
    if _T.is_timestamp(first) and _T.is_timestamp(second):
        zoned = {first.tz is None, second.tz is None}
        return pa.timestamp(_finer(first, second), first.tz) if len(zoned) == 1 else None
    if _T.is_time(first) and _T.is_time(second):
        return max(first, second, key=lambda kind: _UNITS.index(kind.unit))
    if _T.is_duration(first) and _T.is_duration(second):
        return pa.duration(_finer(first, second))
    return None


def _finer(first: pa.DataType, second: pa.DataType) -> str:
    return _UNITS[max(_UNITS.index(first.unit), _UNITS.index(second.unit))]


def _bytes(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """Texts among themselves, and bytes; the large ones hold all others."""
    texts = (_T.is_string, _T.is_string_view, _T.is_large_string)
    binaries = (_T.is_binary, _T.is_binary_view, _T.is_large_binary)
    for plain, view, large in (texts, binaries):
        kinds = [kind for kind in (first, second) if plain(kind) or view(kind) or large(kind)]
        if len(kinds) == 2:
            return next((kind for kind in kinds if large(kind)), first)
    fixed = [_T.is_fixed_size_binary(kind) for kind in (first, second)]
    if all(fixed):
        return pa.binary()
    if any(fixed):
        return _bytes(
            *(pa.binary() if f else k for f, k in zip(fixed, (first, second), strict=True))
        )
    return None


def _lists(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    kinds = (first, second)
    listed = (_T.is_list, _T.is_large_list, _T.is_fixed_size_list)
    if not all(any(is_a(kind) for is_a in listed) for kind in kinds):
        return None
    if (inner := _inner(first.value_field, second.value_field)) is None:
        return None
    if any(map(_T.is_large_list, kinds)):
        return pa.large_list(inner)
    sizes = {kind.list_size if _T.is_fixed_size_list(kind) else None for kind in kinds}
    return pa.list_(inner, sizes.pop() or -1) if len(sizes) == 1 else pa.list_(inner)


def _inner(first: pa.Field, second: pa.Field) -> pa.Field | None:
    kind = common_type(first.type, second.type)
    return None if kind is None else first.with_type(kind).with_nullable(_nullable(first, second))


def _nullable(first: pa.Field, second: pa.Field) -> bool:
    return bool(first.nullable or second.nullable)


def _structs(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    if not (_T.is_struct(first) and _T.is_struct(second)):
        return None
    if [field.name for field in first] != [field.name for field in second]:
        return None
    fields = [_inner(one, other) for one, other in zip(first, second, strict=True)]
    return None if any(field is None for field in fields) else pa.struct(fields)


def _maps(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    if not (_T.is_map(first) and _T.is_map(second)):
        return None
    key = common_type(first.key_type, second.key_type)
    item = _inner(first.item_field, second.item_field)
    return None if key is None or item is None else pa.map_(key, item)
