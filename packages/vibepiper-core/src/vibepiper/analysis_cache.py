"""What analyzers found out, kept between two calls of the command line.

A file of lines: checksum, key, head and body, the last two as JSON. What a line's key stands for
is all that the answer depends on but for the places in files, which are looked at by time and
size. A line that does not fit its checksum, and a file that cannot be read, are as if they were
not there; so is a file that another process has just written over.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from vibepiper.analysis import AssetAnalysis, ColumnSource, ColumnUse, OutputColumn, Problem
from vibepiper.errors import Location
from vibepiper.known_columns import Fields
from vibepiper.type_text import read_type

__all__ = ["AnalysisCache", "Finding"]

_HEADER = b"vibepiper analysis 2\n"
_json = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode

_KEPT = 20_000
"""Lines that a file holds at most; those that were not asked for go first."""


@dataclass(frozen=True)
class Finding:
    """An analysis, of which what most ask for is at hand, and the rest is read when it is."""

    fields: Fields | None
    problems: tuple[Problem, ...]
    opaque: str | None
    _analysis: AssetAnalysis | None = None
    _body: str = ""

    @classmethod
    def of(cls, analysis: AssetAnalysis) -> Finding:
        columns = analysis.columns
        fields = None
        if columns is not None:
            types = {id(c.type): c.type for c in columns}  # few, and their texts take long
            texts = {of: "" if found is None else str(found) for of, found in types.items()}
            fields = tuple((c.name, texts[id(c.type)]) for c in columns)
        return cls(fields, analysis.problems, analysis.opaque, analysis)

    @cached_property
    def analysis(self) -> AssetAnalysis:
        return self._analysis if self._analysis is not None else self._read()

    def _read(self) -> AssetAnalysis:
        told, sources, uses = json.loads(self._body)
        known = [ColumnSource(asset, column, kind) for asset, column, kind in told]
        columns = None
        if self.fields is not None:
            columns = tuple(
                OutputColumn(name, read_type(kind), tuple(known[n] for n in listed), opaque)
                for (name, kind), (listed, opaque) in zip(self.fields, sources, strict=True)
            )
        found = tuple(ColumnUse(asset, column, _location(at)) for asset, column, at in uses)
        return AssetAnalysis(columns, found, self.problems, self.opaque)

    def head(self) -> str:
        problems = [
            [p.severity, p.message, p.asset, [_place(at) for at in p.places], p.hint, p.certain]
            for p in self.problems
        ]
        return _json([self.fields, problems, self.opaque])

    def body(self) -> str:
        """Most of an asset's columns have sources in common, which stand in it once."""
        found = self.analysis
        columns = found.columns or ()
        different = {id(s): s for column in columns for s in column.sources}
        numbers = {one: number for number, one in enumerate(different)}
        sources = [[[numbers[id(s)] for s in c.sources], c.opaque] for c in columns]
        told = [[s.asset, s.column, s.kind] for s in different.values()]
        return _json([told, sources, [[u.asset, u.column, _place(u.at)] for u in found.uses]])

    @property
    def can_be_kept(self) -> bool:
        """Whether the types can be read back from their text."""
        kinds = {kind for _, kind in self.fields or ()}
        return all(not kind or read_type(kind) is not None for kind in kinds)

    def files(self) -> frozenset[str]:
        """The files that it has places in."""
        places = [use.at for use in self.analysis.uses]
        places += [at for problem in self.problems for at in problem.places]
        return frozenset(at.file for at in places)


class AnalysisCache:
    """Answers by their keys, in one file. Nothing that goes wrong with the file is an error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._times: dict[str, list[int]] = {}
        self._asked: dict[str, bytes] = {}
        self._changed = False

    def get(self, key: str) -> Finding | None:
        line = self._lines.get(key)
        if line is None:
            return None
        try:
            _, _, files, head, body = line.decode().split("\t")
            if any(self._time(name) != time for name, time in json.loads(files).items()):
                return None
            found = _finding(json.loads(head), body)
        except (ValueError, TypeError, KeyError):
            return None
        self._asked[key] = line
        return found

    def put(self, key: str, finding: Finding, file: str) -> None:
        """Keeps an answer, which may have places in ``file`` and others."""
        if not finding.can_be_kept:
            return
        files = {name: self._time(name) for name in {file, *finding.files()}}
        text = "\t".join([key, _json(files), finding.head(), finding.body()])
        self._asked[key] = f"{_checksum(text)}\t{text}".encode()
        self._changed = True

    def save(self) -> None:
        """Writes the file anew where there is something new, in one atomic step."""
        if not self._changed:
            return
        others = [line for key, line in self._lines.items() if key not in self._asked]
        room = max(0, _KEPT - len(self._asked))
        lines = [*self._asked.values(), *others[:room]]
        # Without a place to keep it everything is found out again, which is all.
        with contextlib.suppress(OSError):
            self._write(lines)
            self._changed = False

    @cached_property
    def _lines(self) -> Mapping[str, bytes]:
        try:
            content = self._path.read_bytes()
        except OSError:
            return {}
        if not content.startswith(_HEADER):
            return {}
        return dict(_whole(content[len(_HEADER) :].split(b"\n")))

    def _write(self, lines: Iterable[bytes]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside, name = tempfile.mkstemp(prefix=".analysis-", dir=self._path.parent)
        try:
            with os.fdopen(aside, "wb") as file:
                file.write(_HEADER + b"\n".join(lines) + b"\n")
            os.replace(name, self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise

    def _time(self, name: str) -> list[int]:
        if name not in self._times:
            try:
                found = os.stat(name)
                self._times[name] = [found.st_mtime_ns, found.st_size]
            except OSError:
                self._times[name] = []
        return self._times[name]


def _whole(lines: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for line in lines:
        checksum, _, rest = line.partition(b"\t")
        if rest and checksum == _checksum(rest).encode():
            yield rest.partition(b"\t")[0].decode(), line


def _checksum(text: str | bytes) -> str:
    return f"{zlib.crc32(text.encode() if isinstance(text, str) else text):08x}"


def _finding(head: Any, body: str) -> Finding:
    fields, problems, opaque = head
    return Finding(
        None if fields is None else tuple((name, kind) for name, kind in fields),
        tuple(_problem(each) for each in problems),
        opaque,
        None,
        body,
    )


def _problem(told: Any) -> Problem:
    severity, message, asset, places, hint, certain = told
    found = tuple(_location(at) for at in places)
    return Problem(severity, message, asset, found, hint, certain)


def _place(at: Location) -> list[object]:
    return [getattr(at, name) for name in Location.__slots__]


def _location(told: Any) -> Location:
    return Location(*cast("list[Any]", told))
