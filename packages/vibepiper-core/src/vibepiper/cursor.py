"""Cursors: up to where an incremental asset has its data."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from vibepiper.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

    from vibepiper.materialization import Incremental

__all__ = ["Cursor", "cursor_of", "decode_cursor", "encode_cursor"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Passed to the parameter ``cursor`` of an asset whose strategy declares one.

    ``last`` is the greatest value of ``column`` that was published, None before the first load.
    ``start`` is where to fetch from: ``last`` less the lookback, else the declared beginning;
    None means everything. Rows from ``start`` on (``>=``) suit a mode that knows the key, rows
    after it (``>``) suit ``append``.
    """

    column: str
    last: Any
    start: Any

    @property
    def is_first(self) -> bool:
        """Whether nothing has been published yet."""
        return self.last is None


def cursor_of(declared: Incremental, committed: str | None) -> Cursor:
    """The cursor that a function gets, from what its store has committed. Raises `DataError` for a
    lookback that cannot be taken off it."""
    last = None if committed is None else decode_cursor(committed)
    start = declared.initial if last is None else last
    if last is not None and declared.lookback is not None:
        start = _less(last, declared)
    return Cursor(cast("str", declared.cursor), last, start)


def _less(last: Any, declared: Incremental) -> Any:
    lookback: Any = declared.lookback
    try:
        return last - lookback
    except TypeError as error:
        example = "timedelta(days=1)" if isinstance(last, date) else "100"
        raise DataError(
            f"a lookback of {lookback!r} cannot be taken off the cursor "
            f"'{declared.cursor}', which is {last!r}",
            hint=f"Declare one of its kind: incremental(cursor={declared.cursor!r}, "
            f"lookback={example}).",
        ) from error


def encode_cursor(value: pa.Scalar) -> str:
    """A cursor's value as text that a store keeps; of a time of nanoseconds the microseconds.
    Raises `DataError` for a type that has no order that people would agree on."""
    found = _python_value(value)
    if isinstance(found, bool) or found != found:
        raise DataError(f"a cursor cannot be {found!r}", hint="Use a column that grows.")
    for name, (known, written, _) in _KINDS.items():
        if isinstance(found, known):
            return json.dumps({"type": name, "value": written(found)})
    raise DataError(
        f"a column of type {value.type} cannot be a cursor",
        hint="Use a number, a text, a date or a time.",
    )


def _python_value(value: pa.Scalar) -> Any:
    import pyarrow as pa

    if pa.types.is_timestamp(value.type) and value.type.unit == "ns":
        value = value.cast(pa.timestamp("us", value.type.tz), safe=False)
    return value.as_py()


def decode_cursor(text: str) -> object:
    """The value that `encode_cursor` wrote. Raises `DataError` for another text."""
    try:
        kept = json.loads(text)
        _, _, read = _KINDS[kept["type"]]
        return read(kept["value"])
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise DataError(f"the store's cursor {text!r} cannot be read") from error


_MICROSECOND = timedelta(microseconds=1)

# A datetime is a date as well, so it comes first.
_KINDS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], object]]] = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "int": (int, str, int),
    "float": (float, repr, float),
    "decimal": (Decimal, str, Decimal),
    "duration": (
        timedelta,
        lambda found: str(found // _MICROSECOND),
        lambda text: int(text) * _MICROSECOND,
    ),
    "text": (str, str, str),
}
