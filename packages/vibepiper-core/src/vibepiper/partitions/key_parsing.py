"""Reads the text of a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vibepiper.errors import PlanError, suggest
from vibepiper.partitions.dimensions import Dimension, StaticDimension, TimeDimension

if TYPE_CHECKING:
    from vibepiper.partitions.definition import Partitions

__all__ = ["check_text", "form_of", "keys_in", "told_of"]


def keys_in(text: str, declared: Partitions) -> Mapping[str, str]:
    """The keys by dimension, whether they exist or not. Raises `PlanError` unless there is one
    for each dimension."""
    check_text(text, declared)
    if "=" in text:
        return _named(text, declared)
    parts = text.split("/")
    if len(parts) != len(declared.named):
        found = f"{len(parts)} key{'s' if len(parts) > 1 else ''}"
        raise PlanError(
            f"{text!r} holds {found}, and these partitions have {len(declared.named)}",
            hint=form_of(declared),
        )
    return dict(zip(declared.dimensions, parts, strict=True))


def check_text(text: object, declared: Partitions) -> None:
    """Raises `PlanError` for what is no text, such as a date."""
    if not isinstance(text, str):
        raise PlanError(f"a partition is named by a text, found {text!r}", hint=form_of(declared))


def form_of(declared: Partitions) -> str:
    """How a key is written."""
    keys = [(name, _example(each)) for name, each in declared.named]
    plain = "/".join(key for _, key in keys)
    named = ",".join(f"{name}={key}" for name, key in keys)
    return f"A key looks like '{plain}' or '{named}'."


@contextmanager
def told_of(name: str, declared: Partitions) -> Iterator[None]:
    """Says of which dimension a wrong key is."""
    try:
        yield
    except PlanError as error:
        hint = f"{error.hint} {form_of(declared)}" if error.hint else form_of(declared)
        raise PlanError(f"dimension '{name}': {error.message}", hint=hint) from None


def _named(text: str, declared: Partitions) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, key = (each.strip() for each in part.partition("="))
        if not equals or name in found:
            fault = f"names '{name}' twice" if name in found else f"has no name for {part!r}"
            raise PlanError(f"{text!r} {fault}", hint=form_of(declared))
        if name not in declared.dimensions:
            hint = f"{suggest(name, declared.dimensions)} {form_of(declared)}"
            raise PlanError(f"{text!r}: there is no dimension '{name}'", hint=hint)
        found[name] = key
    if missing := [name for name in declared.dimensions if name not in found]:
        raise PlanError(f"{text!r} has no key of '{missing[0]}'", hint=form_of(declared))
    return found


def _example(dimension: Dimension) -> str:
    if isinstance(dimension, TimeDimension):
        return dimension.grid.text(dimension.start)
    return dimension.keys[0] if isinstance(dimension, StaticDimension) else "KEY"
