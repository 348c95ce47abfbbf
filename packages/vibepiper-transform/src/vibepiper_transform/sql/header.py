"""The header of a ``.sql`` file: the asset's options, in comments before the query."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError
from vibepiper import AssetOptions, Column, incremental
from vibepiper.errors import DefinitionError, Location, VibePiperError, suggest
from vibepiper.places import Places, toml_places

__all__ = ["Header", "read_header"]

_FENCE = "---"
_KNOWN = frozenset({*AssetOptions.__annotations__, "dialect"} - {"retry_on", "mappings"})
_PARTITIONS = ("hourly", "daily", "weekly", "monthly", "cron", "static", "dynamic", "product")


@dataclass(frozen=True)
class Header:
    """``body`` is the file without it, with as many lines; ``first_line`` the first of the rest."""

    options: AssetOptions
    dialect: str | None
    body: str
    first_line: int
    places: Places

    def at(self, message: str) -> Location:
        """The line of the option that a message names first, else where the query begins."""
        known = {keys[0] for keys in self.places.lines if len(keys) == 1}
        named = next((word for word in re.findall(r"\w+", message) if word in known), None)
        if named is not None:
            return self.places.at((named,))
        return Location(self.places.file, self.first_line)


def read_header(file: str, text: str) -> Header:
    """Reads what stands between two lines ``---`` at the beginning: lines that begin with ``--``
    and are TOML behind it. Raises `DefinitionError` with file and line."""
    lines = text.split("\n")
    head, length = _head(file, lines)
    places = toml_places(file, "\n".join(head))
    options = _parse(file, head)
    for key in options:
        if key not in _KNOWN:
            raise DefinitionError(
                f"'{key}' is no option of a SQL asset",
                at=places.at((key,)),
                hint=suggest(key, _KNOWN),
            )
    dialect = options.pop("dialect", None)
    if dialect is not None and not isinstance(dialect, str):
        raise DefinitionError(f"dialect takes text, found {dialect!r}", at=places.at(("dialect",)))
    made = {key: _option(key, value, places) for key, value in options.items()}
    body = "\n".join([""] * length + lines[length:])
    first = next((n for n, line in enumerate(body.split("\n"), start=1) if line.strip()), 1)
    return Header(cast("AssetOptions", made), dialect, body, first, places)


def _head(file: str, lines: list[str]) -> tuple[list[str], int]:
    """The TOML, each line where it stands in the file, and how many lines the header takes."""
    if lines[0].rstrip() != _FENCE:
        return [], 0
    head = [""]
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == _FENCE:
            return head, number
        if line.strip() and not line.startswith("--"):
            raise DefinitionError(
                "a line of the header does not begin with '--'",
                at=Location(file, number),
                hint="It ends with a line '---'.",
            )
        head.append(line[2:])
    raise DefinitionError("the header does not end: '---'", at=Location(file, 1))


def _parse(file: str, head: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads("\n".join(head))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        what = str(error) if place is None else str(error).replace(place[0], "")
        # Each line of the TOML stands behind two dashes.
        at = Location(file) if place is None else Location(file, int(place[1]), int(place[2]) + 2)
        raise DefinitionError(f"the header is not valid TOML: {what}", at=at) from None


def _option(key: str, value: object, places: Places) -> object:
    """A table stands for what the function of its name makes in Python."""
    try:
        if key == "materialization" and isinstance(value, Mapping):
            return _called(incremental, {name: _amount(name, v) for name, v in value.items()})
        if key == "partitions":
            return _partitions(value)
        if key == "columns":
            return _columns(value)
    except VibePiperError as error:
        raise DefinitionError(
            f"{key}: {error.message}", at=places.at((key,)), hint=error.hint
        ) from error
    return value


def _amount(name: str, value: object) -> object:
    """A lookback of time is a text of ISO 8601, such as P1D."""
    if name != "lookback" or not isinstance(value, str):
        return value
    try:
        return TypeAdapter(timedelta).validate_python(value)
    except ValidationError as error:
        raise DefinitionError(
            f"lookback takes a number or a duration, found {value!r}", hint="Such as 'P1D'."
        ) from error


def _partitions(value: object) -> object:
    if not isinstance(value, Mapping) or len(value) != 1:
        raise DefinitionError(
            f"takes a table with one key, found {value!r}",
            hint='Such as { daily = { start = "2026-01-01", column = "created_at" } }.',
        )
    ((name, settings),) = value.items()
    if name not in _PARTITIONS or not isinstance(settings, Mapping):
        raise DefinitionError(f"'{name}' is no kind of partitions", hint=suggest(name, _PARTITIONS))
    import vibepiper.partitions

    if name == "product":
        settings = {dimension: _partitions(each) for dimension, each in settings.items()}
    return _called(getattr(vibepiper.partitions, name), settings)


def _columns(value: object) -> object:
    if not isinstance(value, Mapping) or not all(isinstance(v, Mapping) for v in value.values()):
        raise DefinitionError(
            f"takes a table for each column, found {value!r}",
            hint='Such as { email = { type = "string", tags = ["pii"] } }.',
        )
    return {name: _called(_column, settings) for name, settings in value.items()}


def _column(*, type: str | None = None, **settings: Any) -> Column:
    """``type`` is an Arrow type by the name that pyarrow has for it."""
    if type is None:
        return Column(**settings)
    try:
        return Column(pa.type_for_alias(type), **settings)
    except ValueError as error:
        raise DefinitionError(f"'{type}' is no Arrow type", hint="Such as 'int64'.") from error


def _called(function: Callable[..., object], settings: Mapping[str, object]) -> object:
    try:
        return function(**settings)
    except TypeError as error:
        raise DefinitionError(str(error).replace("()", "", 1)) from error
