"""One fake value of a column, that keeps to its constraints or breaks one."""

from __future__ import annotations

import datetime as dt
import random
import string
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
from rstr import Rstr
from vibepiper.errors import DefinitionError

from vibepiper_testing.constraints import Column, holds

__all__ = ["bounds", "breaking_value", "fake_value", "step"]

_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "île", "juniper", "köln", "lagoon")
_DAY, _INSTANT = dt.date(2024, 1, 1), dt.datetime(2024, 1, 1)
_SPAN, _MANY = 1_000, 10_000_000
_ATTEMPTS = 1_000
_T = pa.types


def fake_value(column: Column, dice: random.Random) -> object:
    """A value that is not missing. Raises `DefinitionError` for a type that there is no fake of."""
    if (values := column.constraints.get("enum")) is not None:
        return dice.choice(_allowed(column, values))
    if _is_text(column.type):
        return _text(column, dice)
    if _is_ordered(column.type):
        low, high = bounds(column)
        return _between(column.type, low, high, dice)
    return _plain(column.type, dice)


def breaking_value(column: Column, keyword: str, dice: random.Random, taken: set[str]) -> object:
    """A value that breaks one constraint and keeps to the column's others. Raises
    `DefinitionError` where none is found, as below the least value of a type."""
    if keyword == "notNull":
        return None
    limit, others = column.constraints[keyword], column.without(keyword)
    for _ in range(_ATTEMPTS):
        value = _breaking(column, keyword, limit, dice)
        if (
            not holds(keyword, limit, value)
            and _keeps(others, value)
            and not (column.unique and repr(value) in taken)
        ):
            taken.add(repr(value))
            return value
    raise DefinitionError(
        f"column '{column.name}': no {column.type} was found that breaks only '{keyword}'"
    )


def _keeps(column: Column, value: Any) -> bool:
    rules = column.constraints.items()
    return _fits(column.type, value) and all(holds(word, limit, value) for word, limit in rules)


def _fits(kind: pa.DataType, value: Any) -> bool:
    if _T.is_integer(kind):
        bits = kind.bit_width
        half = 2 ** (bits - 1)
        low = -half if _T.is_signed_integer(kind) else 0
        return bool(low <= value < low + 2 * half)
    return not _T.is_decimal(kind) or bool(abs(value) < 10 ** (kind.precision - kind.scale))


def bounds(column: Column) -> tuple[Any, Any]:
    """The least and the greatest value; where none is declared, of a short span. Both are allowed,
    but for those of floats."""
    rules, one = column.constraints, step(column.type)
    low, high = rules.get("minimum"), rules.get("maximum")
    if (above := rules.get("exclusiveMinimum")) is not None:
        low = above if _T.is_floating(column.type) else above + one
    if (below := rules.get("exclusiveMaximum")) is not None:
        high = below if _T.is_floating(column.type) else below - one
    span = one * _MANY if _is_time(column.type) or column.unique else _width(column.type)
    if low is None and high is None:
        low = _origin(column.type)
    span = min(span, _room(column.type, low, high, one))
    low = high - span if low is None else low
    return low, low + span if high is None else high


def _room(kind: pa.DataType, low: Any, high: Any, one: Any) -> Any:
    """How far the type itself lets a value be from its bound."""
    if _T.is_date(kind):
        near = dt.date.min if low is None else dt.date.max
        return abs(near - (high if low is None else low))
    if _T.is_integer(kind):
        least = -(2 ** (kind.bit_width - 1)) if _T.is_signed_integer(kind) else 0
        return high - least if low is None else least + 2**kind.bit_width - 1 - low
    if _T.is_decimal(kind):
        most = Decimal(10) ** (kind.precision - kind.scale) - one
        return high + most if low is None else most - low
    return one * _MANY


def step(kind: pa.DataType) -> Any:
    """The least amount that tells two values of the type apart, or one that is small."""
    if _T.is_integer(kind):
        return 1
    if _T.is_decimal(kind):
        return Decimal(1).scaleb(-kind.scale)
    if _T.is_date(kind):
        return dt.timedelta(days=1)
    if _T.is_timestamp(kind) or _T.is_duration(kind):
        return dt.timedelta(seconds=1)
    return 0.5


def _breaking(column: Column, keyword: str, limit: Any, dice: random.Random) -> object:
    far = dice.randint(1, 20)
    one = step(column.type)
    match keyword:
        case "minimum":
            return limit - far * one
        case "exclusiveMinimum":
            return limit - (far - 1) * one
        case "maximum":
            return limit + far * one
        case "exclusiveMaximum":
            return limit + (far - 1) * one
        case "enum":
            return fake_value(column.without("enum"), dice)
        case "minLength":
            return _of_length(column, max(0, limit - 1), dice)
        case "maxLength":
            return _of_length(column, limit + far, dice)
        case _:
            low, high = _lengths(column)
            return _word(dice, dice.randint(low, high), f"{string.ascii_lowercase} !#~")


def _allowed(column: Column, values: Iterable[object]) -> list[object]:
    others = column.without("enum")
    if found := [value for value in sorted(values, key=repr) if _keeps(others, value)]:
        return found
    raise DefinitionError(f"column '{column.name}': its constraints allow none of its 'enum'")


def _of_length(column: Column, length: int, dice: random.Random) -> str:
    """A text of that length; where there is a pattern, one that has it, of any length."""
    if (pattern := column.constraints.get("pattern")) is None:
        return _word(dice, length)
    return Rstr(dice).xeger(pattern)


def _text(column: Column, dice: random.Random) -> object:
    low, high = _lengths(column)
    if (pattern := column.constraints.get("pattern")) is not None:
        for _ in range(_ATTEMPTS):
            text = Rstr(dice).xeger(pattern)
            if low <= len(text) <= max(high, column.constraints.get("maxLength", 10_000)):
                return text
        raise DefinitionError(
            f"column '{column.name}': no text of {low} to {high} characters has the pattern "
            f"{pattern!r}"
        )
    if not column.constraints.keys() & {"minLength", "maxLength"}:
        return f"{dice.choice(_WORDS)} {dice.randrange(10_000)}"
    return _word(dice, dice.randint(low, high))


def _lengths(column: Column) -> tuple[int, int]:
    low = column.constraints.get("minLength") or 0
    high = column.constraints.get("maxLength")
    return low, low + 12 if high is None else high


def _word(dice: random.Random, length: int, letters: str = string.ascii_lowercase) -> str:
    return "".join(dice.choice(letters) for _ in range(length))


def _between(kind: pa.DataType, low: Any, high: Any, dice: random.Random) -> object:
    if low > high:
        raise DefinitionError(f"there is no {kind} from {low} to {high}")
    if _T.is_floating(kind):
        return float(low + (high - low) * dice.randrange(1, 1024) / 1024)
    one = step(kind)
    return low + one * dice.randint(0, int((high - low) / one))


def _width(kind: pa.DataType) -> Any:
    if _T.is_integer(kind):
        return min(_SPAN, 2 ** (kind.bit_width - 1) - 1)
    if _T.is_decimal(kind):
        return Decimal(min(_SPAN, 10 ** (kind.precision - kind.scale) - 1)) or step(kind) * 9
    return float(_SPAN)


def _origin(kind: pa.DataType) -> Any:
    if _T.is_timestamp(kind):
        return _INSTANT.replace(tzinfo=dt.UTC) if kind.tz else _INSTANT
    if _T.is_date(kind):
        return _DAY
    if _T.is_duration(kind):
        return dt.timedelta()
    return Decimal(0) if _T.is_decimal(kind) else 0.0 if _T.is_floating(kind) else 0


def _plain(kind: pa.DataType, dice: random.Random) -> object:
    if _T.is_boolean(kind):
        return dice.random() < 0.5
    if _T.is_time(kind):
        return dt.time(dice.randrange(24), dice.randrange(60), dice.randrange(60))
    if _T.is_fixed_size_binary(kind):
        return dice.randbytes(kind.byte_width)
    if _T.is_struct(kind):
        return {field.name: _inner(field.type, dice) for field in kind}
    if _T.is_map(kind):
        keys = [_inner(kind.key_type, dice) for _ in range(dice.randrange(3))]
        return [(key, _inner(kind.item_type, dice)) for key in dict.fromkeys(keys)]
    if _T.is_fixed_size_list(kind):
        return [_inner(kind.value_type, dice) for _ in range(kind.list_size)]
    if any(test(kind) for test in (_T.is_list, _T.is_large_list)):
        return [_inner(kind.value_type, dice) for _ in range(dice.randrange(4))]
    if any(test(kind) for test in (_T.is_binary, _T.is_large_binary, _T.is_binary_view)):
        return dice.randbytes(dice.randrange(12))
    if kind == pa.month_day_nano_interval():
        return (dice.randrange(12), dice.randrange(28), dice.randrange(10**9))
    return _wrapped(kind, dice)


def _wrapped(kind: pa.DataType, dice: random.Random) -> object:
    """A value of a type that is another type's with more to say."""
    if _T.is_dictionary(kind) or _T.is_run_end_encoded(kind):
        return _inner(kind.value_type, dice)
    if isinstance(kind, pa.JsonType):
        return f'{{"n": {dice.randrange(_SPAN)}}}'
    if isinstance(kind, pa.BaseExtensionType):
        return _inner(kind.storage_type, dice)
    raise DefinitionError(
        f"there is no fake data of type {kind}", hint="Give such a column yourself."
    )


def _inner(kind: pa.DataType, dice: random.Random) -> object:
    return fake_value(Column("item", kind, {}), dice)


def _is_text(kind: pa.DataType) -> bool:
    tests: tuple[Callable[[pa.DataType], bool], ...] = (
        _T.is_string,
        _T.is_large_string,
        _T.is_string_view,
    )
    return any(test(kind) for test in tests)


def _is_time(kind: pa.DataType) -> bool:
    return bool(_T.is_timestamp(kind) or _T.is_date(kind) or _T.is_duration(kind))


def _is_ordered(kind: pa.DataType) -> bool:
    return bool(
        _T.is_integer(kind) or _T.is_floating(kind) or _T.is_decimal(kind) or _is_time(kind)
    )
