"""Where a template's text stands in the user's files."""

from __future__ import annotations

import inspect
import linecache
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FunctionType

from vibepiper.errors import Location

from vibepiper_transform.sql.fragment import Fragment, Piece

__all__ = ["FileOrigin", "FunctionOrigin", "Origin", "Positions"]


@dataclass(frozen=True)
class FileOrigin:
    """A file that is a template from its first line on."""

    file: str
    text: str

    def place(self, line: int, column: int | None = None) -> Location:
        return Location(self.file, line, column)


@dataclass(frozen=True)
class FunctionOrigin:
    """A text that a function returned: its lines are looked for in the function's source."""

    file: str
    first_line: int
    text: str
    function: Callable[..., object]

    def place(self, line: int, column: int | None = None) -> Location:
        if line not in self._found:
            self._found[line] = self._find(line)
        if (found := self._found[line]) is None:
            return Location(self.file, self.first_line)
        number, moved = found
        return Location(self.file, number, None if column is None else max(1, column + moved))

    @cached_property
    def _found(self) -> dict[int, tuple[int, int] | None]:
        """Many columns are asked for of one line."""
        return {}

    def _find(self, line: int) -> tuple[int, int] | None:
        """The number of a line of the text in the file, and by how much its columns are moved."""
        lines = self.text.splitlines()
        wanted = lines[line - 1].strip() if line <= len(lines) else ""
        if not wanted:
            return None
        before = sum(each.strip() == wanted for each in lines[: line - 1])
        indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
        found = [place for place in self._source if wanted in place[1]]
        if len(found) <= before:
            return None
        number, text = found[before]
        return number, text.index(wanted) - indent

    @cached_property
    def _source(self) -> list[tuple[int, str]]:
        """The function's lines by their numbers. `inspect.getsourcelines` would read them as
        Python to find the last."""
        linecache.checkcache(self.file)
        function = inspect.unwrap(self.function)
        if not isinstance(function, FunctionType):
            return []
        code = function.__code__
        first = code.co_firstlineno
        last = max((end for _, end, _, _ in code.co_positions() if end), default=None)
        lines = linecache.getlines(code.co_filename, function.__globals__)[first - 1 : last]
        return [(first + number, line.rstrip("\n")) for number, line in enumerate(lines)]


Origin = FileOrigin | FunctionOrigin


@dataclass(frozen=True)
class Positions:
    """From places in a rendered text to places in the templates that wrote it. ``main`` is the
    template whose pieces have its ``name``; others are files of ``folder``. ``offsets`` says where
    each run of text of a template begins."""

    text: Fragment
    name: str
    main: Origin
    folder: Path
    offsets: Callable[[str], Sequence[int]]

    def at(self, offset: int) -> Location:
        """The line and column of the character at ``offset`` of the rendered text; of a mark, where
        the text before it ends."""
        number = max(0, bisect_right(self._begins, offset) - 1)
        pieces = self.text.pieces
        if not pieces:
            return self.main.place(1, 1)
        within = offset - self._begins[number]
        while number > 0 and not pieces[number].template:
            number -= 1
            within = len(pieces[number].text)
        return self._place(pieces[number], within)

    @cached_property
    def _begins(self) -> list[int]:
        begins, position = [], 0
        for piece in self.text.pieces:
            begins.append(position)
            position += len(piece.text)
        return begins

    def _place(self, piece: Piece, within: int) -> Location:
        if piece.number is None:
            return self._origin(piece.template).place(piece.line)
        origin, line, column = self._start(piece.template, piece.number)
        if lines := piece.text.count("\n", 0, within):
            return origin.place(line + lines, within - piece.text.rfind("\n", 0, within))
        return origin.place(line, column + within)

    def _start(self, template: str, number: int) -> tuple[Origin, int, int]:
        """Whose text a piece is, and the line and column at which it begins there."""
        if (found := self._starts.get((template, number))) is None:
            origin = self._origin(template)
            text = origin.text
            offset = self.offsets(text)[number]
            line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
            found = self._starts[template, number] = origin, line, column
        return found

    @cached_property
    def _starts(self) -> dict[tuple[str, int], tuple[Origin, int, int]]:
        """Many places are asked for of one piece."""
        return {}

    def _origin(self, template: str) -> Origin:
        if template in ("", self.name):
            return self.main
        path = self.folder / template
        return FileOrigin(str(path), path.read_text(encoding="utf-8"))
