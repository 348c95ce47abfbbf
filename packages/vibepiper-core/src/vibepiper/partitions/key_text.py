"""What a key may be made of."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime

from vibepiper.errors import PlanError

__all__ = ["EVERY", "DynamicKeys", "fault_of", "no_dynamic_keys", "offset_text"]

EVERY = "*"
DynamicKeys = Callable[[str], Iterable[str]]
# Besides what has a meaning in paths: what has one in texts of keys and sets, and in uris.
_FORBIDDEN = frozenset("/\\=,{}")


def fault_of(key: object) -> str | None:
    """Why a value cannot be a partition's key, or None. Keys become parts of file names and of
    texts like ``date=2026-03-01,region=eu``."""
    if not isinstance(key, str):
        return f"it is of type {type(key).__name__}, and a key is text"
    if key in ("", ".") or key != key.strip():
        return "it is empty, a single dot, or begins or ends with a space"
    if ".." in key:
        return "it holds '..'"
    if key == EVERY:
        return f"{EVERY!r} stands for every key"
    if wrong := sorted(
        c for c in set(key) if c in _FORBIDDEN or unicodedata.category(c) in _UNSEEN
    ):
        return f"it holds {', '.join(ascii(c) for c in wrong)}"
    return None


# Control characters, lone surrogates, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})


def offset_text(moment: datetime) -> str:
    """The offset of an aware datetime as ``+0100``."""
    return f"{moment:%z}"


def no_dynamic_keys(name: str) -> Iterable[str]:
    """Stands where nobody knows the keys of dynamic dimensions."""
    raise PlanError(
        f"the keys of the dynamic partitions '{name}' are known only at run time, "
        "and were not given",
        hint="Pass dynamic=, a function from that name to its keys.",
    )
