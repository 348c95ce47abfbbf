"""Printing: tables for people, JSON for programs, errors on standard error."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from vibepiper.errors import VibePiperError

__all__ = [
    "counted",
    "jsonable",
    "notes_on_terminal",
    "print_error",
    "print_json",
    "print_line",
    "print_note",
    "print_rows",
    "print_table",
]

_TERMINALS = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""What has rich take for a terminal what is none."""

_LEAST, _NAME, _BETWEEN = 8, 20, 2
"""Letters that a column has at least, if it has so many, and of its name, and between two."""


def counted(number: int, noun: str) -> str:
    """``1 step``, ``2,000 steps``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_json(document: object) -> None:
    """One JSON document on standard output; see `jsonable`."""
    is_unicode = (sys.stdout.encoding or "utf").lower().startswith("utf")
    text = json.dumps(jsonable(document), indent=2, ensure_ascii=not is_unicode)
    sys.stdout.write(f"{text}\n")


def jsonable(value: object) -> object:
    """``value`` as JSON knows it. Times are ISO 8601, durations seconds, bytes base64; NaN and
    the infinities, which JSON has no word for, become null; the rest of Python becomes text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [jsonable(item) for item in value]
    return str(value)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()
) -> None:
    """A table on standard output; the columns named in ``right`` are aligned right.

    On a terminal it is fitted to the width; elsewhere nothing is cut or wrapped.
    """
    cells, aligned = _texts(rows), set(right)
    if _is_terminal():
        _print_fitted(columns, cells, aligned, is_data=False)
    else:
        _print_plain(columns, cells, aligned)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows of data, as `print_table` prints them; on a terminal as many columns as can be read in
    its width, and the names of the others."""
    cells = _texts(rows)
    if not _is_terminal():
        _print_plain(columns, cells, set())
        return
    from vibepiper.cli.console import stdout

    number = _fitting(columns, cells, stdout.width)
    _print_fitted(columns[:number], [row[:number] for row in cells], set(), is_data=True)
    if more := columns[number:]:
        told = f"... {counted(len(more), 'more column')}: {', '.join(more)}"
        stdout.print(told, markup=False)


def _texts(rows: Iterable[Sequence[object]]) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def _fitting(columns: Sequence[str], rows: list[list[str]], width: int) -> int:
    """How many columns fit, at least one."""
    taken = -_BETWEEN
    for number, column in enumerate(zip(columns, *rows, strict=True)):
        taken += _least(column) + _BETWEEN
        if taken > width and number:
            return number
    return len(columns)


def _least(column: Sequence[str]) -> int:
    """The width from which on a column, which begins with its name, can be read."""
    name, *_ = widths = [cell_len(cell) for cell in column]
    return max(min(_LEAST, max(widths)), min(_NAME, name))


def print_line(text: str) -> None:
    """A line on standard output, as it is."""
    sys.stdout.write(f"{text}\n")


def print_note(text: str, style: str = "") -> None:
    """A line on standard error, in a style of rich's where that is a terminal."""
    if not notes_on_terminal():
        sys.stderr.write(f"{text}\n")
        return
    from rich.text import Text

    from vibepiper.cli.console import stderr

    stderr.print(Text(text, style=style))


def notes_on_terminal() -> bool:
    """Whether standard error is one."""
    if not _may_be_terminal(sys.stderr):
        return False
    from vibepiper.cli.console import stderr

    return stderr.is_terminal


def _is_terminal() -> bool:
    if not _may_be_terminal(sys.stdout):
        return False
    # Imported here, and elsewhere, for rich takes a tenth of the time of a command that needs none.
    from vibepiper.cli.console import stdout

    return stdout.is_terminal


def _may_be_terminal(stream: TextIO) -> bool:
    return stream.isatty() or any(os.environ.get(name) for name in _TERMINALS)


def _print_fitted(
    columns: Sequence[str], rows: list[list[str]], right: set[str], *, is_data: bool
) -> None:
    from rich.table import Table
    from rich.text import Text

    from vibepiper.cli.console import stdout

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, *cells in zip(columns, *rows, strict=True):
        least = _least([name, *cells]) if is_data else None
        table.add_column(
            Text(name),
            justify="right" if name in right else "left",
            min_width=least,
            overflow="fold" if is_data else "ellipsis",
        )
    for row in rows:
        table.add_row(*map(Text, row))
    stdout.print(table, soft_wrap=False)


def _print_plain(columns: Sequence[str], rows: list[list[str]], right: set[str]) -> None:
    lines = [list(columns), *([cell.replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (
            " " * (width - cell_len(cell)) + cell if name in right else set_cell_size(cell, width)
            for name, width, cell in zip(columns, widths, line, strict=True)
        )
        sys.stdout.write("  ".join(padded).rstrip() + "\n")


def print_error(error: VibePiperError, *, as_json: bool) -> None:
    """What went wrong: to people on standard error, to programs as JSON on standard output."""
    if as_json:
        at = None if error.at is None else str(error.at)
        kind = type(error).__name__
        print_json(
            {"error": {"type": kind, "message": error.message, "at": at, "hint": error.hint}}
        )
    print_note(f"{type(error).__name__}: {error}", style="red")
