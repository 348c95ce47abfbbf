"""The version of an asset's code: it changes when what the asset does changes.

Comments, formatting, docstrings, the place of a function in its file and the other functions
there have no part in it. It is made of

- the function, by its syntax tree, with its annotations and without VibePiper's decorators;
- what of the project that function reaches, directly or through others: functions, classes with
  all of their methods, and the values of variables. Libraries count by the names they are
  imported by, not by their versions. A module imported within a function counts whole.
- the settings of the asset that say what its data is and where: not its group, owner, tags,
  description, retries or schedule.

A function whose source cannot be had (of exec(), a REPL) counts by its bytecode.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vibepiper.assets import Asset
from vibepiper.code_parts import CodeParts, Making, Part
from vibepiper.definitions import digest
from vibepiper.errors import DefinitionError
from vibepiper.graph import AssetGraph, Binding
from vibepiper.inputs import annotation_of
from vibepiper.plain_data import tell_value

__all__ = ["CodeVersions", "code_version", "describe_changes", "explain_version"]

_FORM = "1"
"""Changes when versions are made in another way: then all of them change."""

_NOT_DATA = frozenset(
    {
        *("key", "function", "location", "group", "owner", "description", "tags"),
        *("depends_on", "parameters", "checks", "key_columns", "partitions"),
        *("retry", "pool", "priority", "version", "columns"),
        *("on_error", "ranges", "cache", "gives_data"),
    }
)
"""Settings that do not change the data, or that are told in a way of their own."""

_CHECKS = "setting checks"
_CHECKS_BETWEEN = re.compile(r"(?<=\(error\)), |(?<=\(warn\)), ")
"""Each check ends with its severity; its own text may have commas."""


def _default(each: dataclasses.Field[Any]) -> object:
    if each.default_factory is not dataclasses.MISSING:
        return each.default_factory()
    return each.default


def code_version(asset: Asset, graph: AssetGraph, root: Path) -> str:
    """16 hexadecimal digits. ``root`` is the project's folder. For many assets, one
    `CodeVersions` looks at what they share once."""
    return CodeVersions(graph, root).version(asset)


def explain_version(asset: Asset, graph: AssetGraph, root: Path) -> Mapping[str, str]:
    """What the version is made of, each part by its name. Settings, numbers and dates are shown
    as they are, code and what may hold a secret by a digest. See `describe_changes`."""
    return CodeVersions(graph, root).explain(asset)


def describe_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """How two explanations of one asset differ, a sentence a part; nothing for parts that only
    moved to another file."""
    names = sorted({*before, *after})
    return tuple(_change(n, before, after) for n in names if before.get(n) != after.get(n))


def _change(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    if name not in before:
        return f"{name} is new"
    if name not in after:
        return f"{name} is no longer part of it"
    if name.startswith(("function ", "class ", "lambda ", "module ")) or "#" in before[name]:
        return f"{name} changed"
    if name == _CHECKS:
        return f"{name}: {'; '.join(_changed_checks(before[name], after[name]))}"
    return f"{name} changed from {before[name]} to {after[name]}"


def _changed_checks(before: str, after: str) -> Iterator[str]:
    """What came and went, several alike counted one by one; a check whose severity or parameters
    are other ones is another."""
    was, now = Counter(_CHECKS_BETWEEN.split(before)), Counter(_CHECKS_BETWEEN.split(after))
    if gone := [*(was - now).elements()]:
        yield f"gone {', '.join(gone)}"
    if new := [*(now - was).elements()]:
        yield f"new {', '.join(new)}"
    if was == now:
        yield "their order changed"


class CodeVersions:
    """The versions of a graph's assets. Values of variables are those of when they are first
    asked for, so make one for each plan."""

    def __init__(self, graph: AssetGraph, root: Path) -> None:
        self._graph = graph
        self._root = root
        self._parts = CodeParts(root)
        self._told: dict[str, tuple[tuple[str, str], ...]] = {}

    def version(self, asset: Asset) -> str:
        told = [_FORM, *(f"{name}={value}" for name, value in self._settings_of(asset))]
        for part, uses in self._reached(asset):
            told.append(f"{part.digest} {' '.join(f'{name}:{at}' for name, at in uses)}")
        return digest("\0".join(told))[:16]

    def explain(self, asset: Asset) -> Mapping[str, str]:
        found = {f"setting {name}": value for name, value in self._settings_of(asset)}
        for part, _ in self._reached(asset):
            label, count = part.label, 1
            while label in found:
                count += 1
                label = f"{part.label} ({count})"
            found[label] = part.shown
        return found

    def _reached(self, asset: Asset) -> Iterator[tuple[Part, list[tuple[str, int]]]]:
        """Every part from the function on, nearest first, with the numbers of those it uses: who
        calls whom by which name counts, but not in which file anything lies."""
        first = self._parts.root(asset.function)
        numbers = {first.key: 0}
        waiting = [first]
        for subject in waiting:
            part = self._parts.part(subject)
            uses = []
            for name, used in part.uses:
                if used.key not in numbers:
                    numbers[used.key] = len(numbers)
                    waiting.append(used)
                uses.append((name, numbers[used.key]))
            yield part, uses

    def _settings_of(self, asset: Asset) -> tuple[tuple[str, str], ...]:
        if asset.key not in self._told:
            self._told[asset.key] = tuple(self._settings(asset))
        return self._told[asset.key]

    def _settings(self, asset: Asset) -> Iterator[tuple[str, str]]:
        if asset.key_columns:
            yield "key", ", ".join(asset.key_columns)
        if asset.checks:
            yield (
                _CHECKS.removeprefix("setting "),
                ", ".join(f"{c.label} ({c.severity})" for c in asset.checks),
            )
        if upstream := self._graph.upstream(asset.key):
            yield "upstream", ", ".join(sorted(upstream))
        for binding in self._graph.bindings(asset.key):
            if binding.source == "param" and not binding.parameter.required:
                continue  # the value that takes its default's place is a setting of the run
            yield f"input {binding.parameter.name}", _input(asset, binding)
        if asset.partitions is not None:
            yield "partitions", json.dumps(asset.partitions.to_json())
        for name, default in _data_settings():
            value = getattr(asset, name)
            if value != default:
                yield name, self._setting(value)

    def _setting(self, value: object) -> str:
        if isinstance(value, str):
            return value
        making = Making(self._parts.subjects)
        told = tell_value(value, self._parts.subjects.files.root, making)
        # Code within a setting (a function that gives keys) counts with what it reaches.
        inner = [self._parts.part(used).digest for _, used in making.uses]
        return (
            told if len(told) <= 80 and not inner else f"#{digest(' '.join([told, *inner]))[:12]}"
        )


@cache
def _data_settings() -> tuple[tuple[str, object], ...]:
    """The settings that say what the data is, with their defaults."""
    return tuple(
        (f.name, _default(f)) for f in dataclasses.fields(Asset) if f.name not in _NOT_DATA
    )


def _input(asset: Asset, binding: Binding) -> str:
    """What fills a parameter, and as which type: also when the annotation is text."""
    try:
        wanted = annotation_of(asset, binding.parameter)
    except DefinitionError:
        # The run refuses it; the version tells it as it is written.
        wanted = binding.parameter.annotation
    kind = "" if wanted is None else f" as {_type_name(wanted)}"
    return f"{binding.source} {binding.name}{kind}"


def _type_name(wanted: object) -> str:
    """By the package that a library's type is from, not where in it this version has it."""
    if not isinstance(wanted, type) or hasattr(wanted, "__origin__"):
        return str(wanted)
    package = wanted.__module__.partition(".")[0]
    return wanted.__qualname__ if package == "builtins" else f"{package}.{wanted.__qualname__}"
