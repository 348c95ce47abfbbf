"""SQL text that templates wrote, and where they did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Fragment", "Piece", "joined"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that stands in a template as it is: its ``number``-th run of text, counted from 0, or
    what ``sql("...")`` has in that line. Of what stands for a value or an asset, ``template`` is
    empty."""

    text: str
    template: str = ""
    line: int = 1
    number: int | None = None


class Fragment(str):
    """SQL as a template gave it. It is a text, so that macros can pass it on; what is made from it
    by filters and operators is a mere text, and so a value."""

    pieces: tuple[Piece, ...]

    def __new__(cls, pieces: Iterable[Piece]) -> Fragment:
        kept = tuple(pieces)
        made = super().__new__(cls, "".join(piece.text for piece in kept))
        made.pieces = kept
        return made

    def __str__(self) -> str:
        return self


def joined(parts: Iterable[object]) -> Fragment:
    """What templates write one after the other."""
    pieces: list[Piece] = []
    for part in parts:
        if not isinstance(part, Fragment):
            raise TypeError(f"expected SQL of a template, found {part!r}")
        pieces.extend(part.pieces)
    return Fragment(pieces)
