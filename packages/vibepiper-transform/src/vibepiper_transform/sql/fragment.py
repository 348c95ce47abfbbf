"""SQL text that templates wrote, and where they did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vibepiper_transform.sql.marks import SEAL

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
    """SQL as a template gave it, which is its ``sql``. It is a text, so that macros can pass it on,
    and has a mark in it, so that what filters and operators make of it is known to be neither SQL
    nor a value."""

    pieces: tuple[Piece, ...]
    sql: str

    def __new__(cls, pieces: Iterable[Piece]) -> Fragment:
        kept = tuple(pieces)
        sql = "".join(piece.text for piece in kept)
        made = super().__new__(cls, f"{SEAL}{sql}" if sql else "")
        made.pieces, made.sql = kept, sql
        return made

    def __str__(self) -> str:
        return self

    def __eq__(self, other: object) -> bool:
        """A macro may compare what it is given with a text."""
        return self.sql == (other.sql if isinstance(other, Fragment) else other)

    def __hash__(self) -> int:
        return hash(self.sql)


def joined(parts: Iterable[object]) -> Fragment:
    """What templates write one after the other."""
    pieces: list[Piece] = []
    for part in parts:
        if not isinstance(part, Fragment):
            raise TypeError(f"expected SQL of a template, found {part!r}")
        pieces.extend(part.pieces)
    return Fragment(pieces)
