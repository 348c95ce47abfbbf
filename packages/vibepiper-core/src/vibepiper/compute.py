"""The limits of what this process computes with: memory, threads, and disk to spill to."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from vibepiper.errors import ConfigError

__all__ = ["ComputeLimits", "compute_limits", "limit_compute", "parse_size"]

_SIZE = re.compile(r"\d+(\.\d+)? ?([KMGT]i?B)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ComputeLimits:
    """``memory_limit`` and ``temp_limit`` are sizes such as ``2GB``; None leaves it to the engine.
    ``temp_folder`` is where it spills what does not fit in memory: the system's folder for
    temporary files, unless told."""

    memory_limit: str | None = None
    threads: int | None = None
    temp_folder: Path | None = None
    temp_limit: str | None = None


_declared = ComputeLimits()
"""Of the whole process, as its engine is."""


def limit_compute(limits: ComputeLimits) -> None:
    """Sets the limits of this process, from its engine's next query on. A `Session` does so with
    those of its project."""
    global _declared
    _declared = limits


def compute_limits() -> ComputeLimits:
    """Those that were set; the environment's ``VIBEPIPER_MEMORY_LIMIT``, ``_THREADS``,
    ``_TEMP_FOLDER`` and ``_TEMP_LIMIT`` come first."""
    folder, threads = _environment("TEMP_FOLDER"), _environment("THREADS")
    return ComputeLimits(
        _size("MEMORY_LIMIT") or _declared.memory_limit,
        _declared.threads if threads is None else _count("THREADS", threads),
        _declared.temp_folder if folder is None else Path(folder),
        _size("TEMP_LIMIT") or _declared.temp_limit,
    )


def parse_size(text: str) -> str:
    """``text``, if it is a size such as ``512MB``, ``1.5 GB`` or ``2GiB``; else a ValueError."""
    if _SIZE.fullmatch(text) is None:
        raise ValueError("expected a size such as '512MB' or '2GB'")
    return text


def _environment(name: str) -> str | None:
    return os.environ.get(f"VIBEPIPER_{name}") or None


def _size(name: str) -> str | None:
    found = _environment(name)
    try:
        return None if found is None else parse_size(found)
    except ValueError as error:
        raise ConfigError(f"VIBEPIPER_{name}: {error}, found '{found}'") from None


def _count(name: str, found: str) -> int:
    if not found.isdecimal() or int(found) < 1:
        raise ConfigError(f"VIBEPIPER_{name}: expected a number of 1 or more, found '{found}'")
    return int(found)
