"""Values that code reads, as text that is the same in every process that holds the same value."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import marshal
import os
import re
import types
import uuid
import zoneinfo
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import Any, Protocol, cast

__all__ = ["MANY", "show_value", "tell_value"]

MANY = 256
"""From how many items on a list, tuple, set or dict of plain data is told as one digest."""

_ATOMS = (bool, float, complex, str, bytes, type(None), type(...), type(NotImplemented))
_NUMBERS = (int, float, bool, type(None), decimal.Decimal, fractions.Fraction)
_TIMES = (datetime.date, datetime.time, datetime.timedelta)
_PLAIN = (*_TIMES, decimal.Decimal, fractions.Fraction, uuid.UUID, range, slice)
_HIDDEN = re.compile(r"pass|secret|token|key|cred|auth|pin|salt|private|dsn", re.I)


class Follow(Protocol):
    """Says how values are told that are code."""

    def code(self, value: object) -> str | None:
        """A function, class or module as text; None for what is none."""
        ...

    def is_own(self, kind: type) -> bool:
        """Whether instances of the class are told by their attributes."""
        ...


def show_value(name: str, value: object) -> str | None:
    """A number, a date or a truth value as people write it; None for what may be a secret: any
    text, and anything that is named like one."""
    if isinstance(value, enum.Enum) or not isinstance(value, (*_NUMBERS, *_TIMES)):
        return None
    if _HIDDEN.search(name) or (isinstance(value, int) and abs(value) >= 10**15):
        return None
    shown = repr(float(value)) if isinstance(value, float) else str(value)
    return shown if len(shown) <= 40 else None


def tell_value(value: object, root: Path, follow: Follow) -> str:
    """The value as text. ``follow`` is asked first about everything that is not plain.

    - Plain data is told whole: numbers, text, bytes, dates, decimals, enum members, patterns,
      and lists, tuples, sets, dicts of them. Sets are told in an order of their own.
    - A path below ``root`` is told from there, also where it is text (``__file__``), so that it
      is the same on every machine.
    - Dataclasses are told by the fields that their equality knows, instances of the project's
      own classes by their attributes.
    - A library's objects that can be compared and hashed (a schema, a data type, a SQL
      expression) are told by what they print.
    - Anything else (a client, a frame, a model) is told by the name of its type alone.
    """
    return _Teller(root, follow).tell(value)


class _Teller:
    def __init__(self, root: Path, follow: Follow) -> None:
        self._root = root
        self._follow = follow
        self._around: list[int] = []

    def tell(self, value: object) -> str:
        if type(value) is int:
            return f"{value:#x}"
        if type(value) in _ATOMS:
            return ascii(self._placed(value) if isinstance(value, str) else value)
        if id(value) in self._around:
            return f"<as {len(self._around) - self._around.index(id(value))} above>"
        if (followed := self._follow.code(value)) is not None:
            return followed
        self._around.append(id(value))
        try:
            return self._compound(value)
        finally:
            self._around.pop()

    def _placed(self, text: str) -> str:
        below = f"{self._root}{os.sep}"
        return f"./{text.removeprefix(below)}" if text.startswith(below) else text

    def _compound(self, value: object) -> str:
        if isinstance(value, enum.Enum):
            return f"{self._type(value)}.{value.name}={self.tell(value.value)}"
        if (plain := _plain(value)) is not None:
            return f"{self._type(value)}:{plain}"
        if isinstance(value, PurePath):
            return f"Path:{self._place(value)}"
        if (items := self._collection(value)) is not None:
            return f"{self._type(value)}{items}"
        return self._object(value)

    def _collection(self, value: object) -> str | None:
        if isinstance(value, (list, tuple, set, frozenset, dict, types.MappingProxyType)):
            if len(value) >= MANY and (told := _all_at_once(value)) is not None:
                return told
            if isinstance(value, (dict, types.MappingProxyType)):
                return "{" + ", ".join(self._pairs(value)) + "}"
            if isinstance(value, (set, frozenset)):
                return "{" + ", ".join(sorted(map(self.tell, value))) + "}"
            return "[" + ", ".join(map(self.tell, value)) + "]"
        return None

    def _pairs(self, value: Mapping[object, object]) -> Iterable[str]:
        return (f"{self.tell(key)}: {self.tell(item)}" for key, item in value.items())

    def _object(self, value: object) -> str:
        name = self._type(value)
        if isinstance(value, functools.partial):
            return f"partial{self.tell((value.func, value.args, value.keywords))}"
        if isinstance(value, types.MethodType):
            return f"method{self.tell((value.__func__, value.__self__))}"
        if dataclasses.is_dataclass(value):
            told: dict[object, object] = {
                f.name: getattr(value, f.name, None) for f in _compared(value)
            }
            return f"{name}({', '.join(self._pairs(told))})"
        if self._follow.is_own(type(value)):
            state = dict(sorted(getattr(value, "__dict__", {}).items()))
            return f"{name}({', '.join(self._pairs(state))})"
        return f"{name}:{_printed(value)}"

    def _type(self, value: object) -> str:
        kind = type(value)
        return self._follow.code(kind) or kind.__qualname__

    def _place(self, path: PurePath) -> str:
        if path.is_relative_to(self._root):
            return f"./{path.relative_to(self._root).as_posix()}"
        return path.as_posix()


def _plain(value: object) -> str | None:
    """Of a type, or of one derived from it."""
    if isinstance(value, int):
        return f"{int.__index__(value):#x}"
    if isinstance(value, (float, complex)):
        return repr(complex(value))
    if isinstance(value, str):
        return ascii(str.__str__(value))
    if isinstance(value, bytes):
        return bytes.hex(value)
    if isinstance(value, re.Pattern):
        return f"{value.pattern!a}:{value.flags:#x}"
    if isinstance(value, zoneinfo.ZoneInfo):
        return value.key
    return ascii(value) if isinstance(value, _PLAIN) else None


def _printed(value: object) -> str:
    kind = type(value)
    if kind.__eq__ is object.__eq__ or kind.__hash__ in (None, object.__hash__):
        return "any"
    try:
        printed = ascii(value)
    except Exception:  # noqa: BLE001
        # A library's repr may raise anything; the type is told all the same.
        return "any"
    return "any" if " at 0x" in printed else printed


def _compared(value: object) -> Iterable[dataclasses.Field[object]]:
    return (f for f in dataclasses.fields(value) if f.compare)  # type: ignore[arg-type]


def _all_at_once(value: object) -> str | None:
    """A digest of data that marshal knows, a hundred times as fast as item by item. Its version
    2 knows neither references nor interning, and so depends on the values alone."""
    try:
        written = marshal.dumps(cast("Any", value), 2)
    except ValueError:
        return None
    return blake2b(written, digest_size=16).hexdigest()
