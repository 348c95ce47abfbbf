"""Expectations in YAML, beside the code."""

from __future__ import annotations

import datetime
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import yaml
from vibepiper import Asset, with_checks
from vibepiper.errors import DefinitionError, Location, suggest

from vibepiper_expectations.arrow_types import PYTHON_TYPES
from vibepiper_expectations.kinds import Expectation
from vibepiper_expectations.packs import find_check

__all__ = ["expectations_from"]

F = TypeVar("F")

_SPAN = re.compile(r"(\d+(?:\.\d+)?) ?(seconds?|minutes?|hours?|days?|weeks?|[smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_TYPES = {kind.__name__: kind for kind in PYTHON_TYPES}


def expectations_from(file: str | Path) -> Callable[[F], F]:
    """The checks that a YAML file lists for the asset, which it decorates. A relative path is
    looked up beside the file of the asset's function::

        orders:
          - row_count_between: {min: 1}
          - column_values_unique: id
          - column_values_between: {column: amount, min: 0, severity: warn}
          - column_fresh_within: {column: at, age: 24 h}

    A check's one argument, or all of them by name. Raises `DefinitionError`, with file and line,
    for what is no check, no option of it, or no value that it takes.
    """

    def decorate(target: F) -> F:
        name, place = _name_and_place(target)
        path = place.parent / file
        return with_checks(target, *_read(path, name))

    return decorate


def _name_and_place(target: object) -> tuple[str, Path]:
    if isinstance(target, Asset):
        return target.key, Path(target.location.file)
    if not inspect.isfunction(target):
        raise DefinitionError(f"expectations_from decorates an asset or its function: {target!r}")
    return target.__name__, Path(target.__code__.co_filename)


def _read(path: Path, name: str) -> list[Expectation]:
    if not path.is_file():
        raise DefinitionError(
            f"there is no file {path}", hint="It is looked up beside the asset's."
        )
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise DefinitionError(f"{error.problem}", at=_mark(path, error.problem_mark)) from error
    if not isinstance(root, yaml.MappingNode):
        raise DefinitionError("expected assets and their checks", at=Location(str(path), 1))
    sections = {key.value: value for key, value in root.value}
    if name not in sections:
        raise DefinitionError(
            f"no checks are listed for asset '{name}'",
            at=Location(str(path), 1),
            hint=suggest(name, sections),
        )
    if not isinstance(sections[name], yaml.SequenceNode):
        raise DefinitionError(f"'{name}' takes a list of checks", at=_at(path, sections[name]))
    return [_check(path, node) for node in sections[name].value]


def _check(path: Path, node: yaml.Node) -> Expectation:
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
        raise DefinitionError("a check is its name and its arguments", at=_at(path, node))
    key, value = node.value[0]
    try:
        kind = find_check(key.value)
        return kind(**_arguments(kind, path, value))
    except DefinitionError as error:
        raise DefinitionError(
            error.message, at=error.at or _at(path, key), hint=error.hint
        ) from error
    except TypeError as error:
        problem = str(error).rpartition("__init__() ")[2]
        raise DefinitionError(f"{key.value}: {problem}", at=_at(path, key)) from error


def _arguments(kind: type[Expectation], path: Path, node: yaml.Node) -> Mapping[str, Any]:
    known = [item.name for item in fields(kind)]
    own = [item.name for item in fields(kind) if not item.kw_only]
    if not isinstance(node, yaml.MappingNode):
        return {own[0]: _value(path, node)} if own else {}
    found = {}
    for key, value in node.value:
        if key.value not in known:
            raise DefinitionError(
                f"'{key.value}' is no argument of {kind.name()}",
                at=_at(path, key),
                hint=suggest(key.value, known),
            )
        found[key.value] = _typed(kind, key.value, _value(path, value), _at(path, value))
    return found


def _typed(kind: type[Expectation], name: str, value: object, at: Location) -> object:
    """A time written as ``24 h``, or a type as ``int``, where the argument is one."""
    annotation = str(next(item.type for item in fields(kind) if item.name == name))
    if "timedelta" in annotation and isinstance(value, str):
        return _span(value, at)
    if "Declared" in annotation:
        many = value if isinstance(value, list) else [value]
        types = [_type(each, at) for each in many]
        return types if isinstance(value, list) else types[0]
    if "Callable" in annotation:
        raise DefinitionError(f"{kind.name()} takes a function: declare it in Python", at=at)
    return value


def _span(text: str, at: Location) -> datetime.timedelta:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise DefinitionError(f"{text!r} is no time", at=at, hint="Such as 90 s, 24 h or 7 days.")
    return datetime.timedelta(**{_UNITS[found[2][0]]: float(found[1])})


def _type(name: object, at: Location) -> object:
    if name in _TYPES:
        return _TYPES[str(name)]
    try:
        return pa.type_for_alias(str(name))
    except ValueError as error:
        raise DefinitionError(
            f"{name!r} is no type", at=at, hint=suggest(str(name), _TYPES)
        ) from error


def _value(path: Path, node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise DefinitionError(f"{error.problem}", at=_at(path, node)) from error


def _at(path: Path, node: yaml.Node) -> Location:
    return _mark(path, node.start_mark)


def _mark(path: Path, mark: yaml.Mark | None) -> Location:
    return Location(str(path), None if mark is None else mark.line + 1)
