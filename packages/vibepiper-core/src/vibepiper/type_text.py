"""Arrow types from the text that they print as."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_type"]

_UNIT = r"(?P<unit>s|ms|us|ns)"
_TIMESTAMP = re.compile(rf"timestamp\[{_UNIT}(?:, tz=(?P<zone>[^\]]+))?\]")
_TIMED = re.compile(rf"(?P<name>time32|time64|duration)\[{_UNIT}\]")
_DECIMAL = re.compile(r"decimal(?P<bits>32|64|128|256)\((?P<precision>\d+), (?P<scale>-?\d+)\)")
_BINARY = re.compile(r"fixed_size_binary\[(?P<size>\d+)\]")
_NESTED = re.compile(r"(?P<name>large_list|list|struct|map)<(?P<inner>.*)>")
_SIZED = re.compile(r"fixed_size_list<(?P<inner>.*)>\[(?P<size>\d+)\]")
_DICTIONARY = re.compile(
    r"dictionary<values=(?P<values>.*), indices=(?P<indices>\w+), ordered=(?P<ordered>[01])>"
)
_FIELD = re.compile(r"(?P<name>[^:]*): (?P<kind>.*?)(?P<required> not null)?")
_PLAIN = {"date32[day]": "date32", "date64[ms]": "date64", "halffloat": "float16"}


@lru_cache(maxsize=4096)
def read_type(text: str) -> pa.DataType | None:
    """The type whose ``str()`` is ``text``; None where that is not known, or does not tell."""
    found = _read(text)
    return found if found is not None and str(found) == text else None


def _read(text: str) -> pa.DataType | None:
    import pyarrow as pa

    if m := _TIMESTAMP.fullmatch(text):
        return pa.timestamp(m["unit"], m["zone"])
    if m := _TIMED.fullmatch(text):
        return getattr(pa, m["name"])(m["unit"])
    if m := _DECIMAL.fullmatch(text):
        return getattr(pa, f"decimal{m['bits']}")(int(m["precision"]), int(m["scale"]))
    if m := _BINARY.fullmatch(text):
        return pa.binary(int(m["size"]))
    if m := _DICTIONARY.fullmatch(text):
        values, indices = read_type(m["values"]), read_type(m["indices"])
        known = values is not None and indices is not None
        return pa.dictionary(indices, values, m["ordered"] == "1") if known else None
    if m := _SIZED.fullmatch(text):
        item = _field(m["inner"])
        return None if item is None else pa.list_(item, int(m["size"]))
    if m := _NESTED.fullmatch(text):
        return _nested(m["name"], m["inner"])
    try:
        return pa.type_for_alias(_PLAIN.get(text, text))
    except ValueError:
        return None


def _nested(name: str, inner: str) -> pa.DataType | None:
    import pyarrow as pa

    parts = list(_parts(inner))
    if name == "map":
        kinds = [read_type(part) for part in parts]
        return pa.map_(*kinds) if len(kinds) == 2 and None not in kinds else None
    fields = [_field(part) for part in parts]
    if any(field is None for field in fields) or (name != "struct" and len(fields) != 1):
        return None
    if name == "struct":
        return pa.struct(fields)
    return pa.list_(fields[0]) if name == "list" else pa.large_list(fields[0])


def _field(text: str) -> pa.Field | None:
    import pyarrow as pa

    found = _FIELD.fullmatch(text)
    kind = read_type(found["kind"]) if found else None
    if found is None or kind is None:
        return None
    return pa.field(found["name"], kind, nullable=found["required"] is None)


def _parts(text: str) -> Iterator[str]:
    """What commas separate that stand in no brackets."""
    depth, start = 0, 0
    for place, character in enumerate(text):
        depth += (character in "<([") - (character in ">)]")
        if character == "," and depth == 0:
            yield text[start:place].strip()
            start = place + 1
    if text[start:].strip():
        yield text[start:].strip()
