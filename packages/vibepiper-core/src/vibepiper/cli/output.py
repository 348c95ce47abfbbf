"""Printing: tables for people, JSON for programs, errors on standard error."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from vibepiper.errors import VibePiperError

__all__ = ["jsonable", "print_error", "print_json", "print_table", "stderr", "stdout"]

stdout = Console(highlight=False, soft_wrap=True)
stderr = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(document: object) -> None:
    """One JSON document on standard output; see `jsonable`."""
    sys.stdout.write(json.dumps(jsonable(document), indent=2, ensure_ascii=False) + "\n")


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
    """A table on standard output; the columns named in ``right`` are aligned right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(Text(name), justify="right" if name in set(right) else "left")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else 10_000).print(table)


def print_error(error: VibePiperError, *, as_json: bool) -> None:
    """What went wrong: to people on standard error, to programs as JSON on standard output."""
    if as_json:
        at = None if error.at is None else str(error.at)
        kind = type(error).__name__
        print_json(
            {"error": {"type": kind, "message": error.message, "at": at, "hint": error.hint}}
        )
    stderr.print(Text(f"{type(error).__name__}: {error}", style="red"))
