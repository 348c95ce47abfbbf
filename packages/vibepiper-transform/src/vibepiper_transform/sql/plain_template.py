"""A template that only names assets and values, which is most of them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from vibepiper.database import DatabaseTable
from vibepiper.errors import VibePiperError

from vibepiper_transform.sql.fragment import Fragment, Piece
from vibepiper_transform.sql.marks import Reference
from vibepiper_transform.sql.mentions import FUNCTIONS, RESERVED, Mentions
from vibepiper_transform.sql.rendering import Rendering

__all__ = ["PlainTemplate"]

_TEXT = r"""'([^'\\\n]*)' | "([^"\\\n]*)\""""
_TEXTS = re.compile(_TEXT, re.VERBOSE)
_NAMED = re.compile(
    rf"""\{{\{{ [ ]* (?: (?P<name> [A-Za-z_]\w*)
        | (?P<called> ref | source) \( (?P<texts> [ ]* (?:{_TEXT}) (?: [ ]*,[ ]* (?:{_TEXT}) )* )
          [ ]*\) ) [ ]* \}}\}}""",
    re.VERBOSE | re.ASCII,
)
_TAKES = {"ref": (1,), "source": (2, 3)}
_LOGIC = ("{%", "{#", "{{{", "\r")
_NO_NAMES = FUNCTIONS | RESERVED | {*keyword.kwlist}


@dataclass(frozen=True)
class PlainTemplate:
    """Texts, and between each two of them what is called with which texts: ``ref``, ``source``, or
    nothing with the name of a variable. It means what Jinja makes of it."""

    template: str
    texts: tuple[str, ...]
    named: tuple[tuple[str | None, tuple[str, ...]], ...]
    text_offsets: Sequence[int]

    @classmethod
    def read(cls, template: str, text: str) -> PlainTemplate | None:
        """None for what has more in it than names."""
        if any(mark in text for mark in _LOGIC):
            return None
        texts, named, offsets, end = [], [], [], 0
        for found in _NAMED.finditer(text):
            if (one := _named(found)) is None:
                return None
            texts.append(text[end : found.start()])
            offsets.append(end)
            named.append(one)
            end = found.end()
        if len(named) != text.count("{{"):
            return None
        texts.append(text[end:])
        offsets.append(end)
        runs = [offset for offset, each in zip(offsets, texts, strict=True) if each]
        return cls(template, tuple(texts), tuple(named), runs)

    @cached_property
    def mentions(self) -> Mentions:
        named = dict.fromkeys(self.named)
        sources: dict[str, frozenset[DatabaseTable]] = {}
        for called, (first, *others) in named:
            if called == "source":
                table = DatabaseTable(*others)
                sources[first] = sources.get(first, frozenset()) | {table}
        return Mentions(
            tuple(text for called, (text, *_) in named if called is None),
            tuple(text for called, (text, *_) in named if called == "ref"),
            sources=sources,
        )

    def render(self, what: Rendering) -> Fragment | None:
        """None where a name is none of a table: a value, or a mistake."""
        try:
            found = [_meant(what, called, *texts) for called, texts in self.named]
        except VibePiperError:
            return None
        if not all(isinstance(each, Reference) for each in found):
            return None
        return Fragment(self._pieces(what, found))

    def _pieces(self, what: Rendering, found: Sequence[object]) -> Iterator[Piece]:
        number, line = 0, 1
        for place, text in enumerate(self.texts):
            if text:
                yield Piece(text, self.template, line, number)
                number += 1
            line += text.count("\n")
            if place < len(found):
                yield from what.output(found[place]).pieces


def _named(found: re.Match[str]) -> tuple[str | None, tuple[str, ...]] | None:
    """None for what only looks like a name, or a call."""
    if (name := found["name"]) is not None:
        return None if name in _NO_NAMES else (None, (name,))
    called = found["called"]
    texts = tuple(single or double for single, double in _TEXTS.findall(found["texts"]))
    return (called, texts) if len(texts) in _TAKES[called] else None


def _meant(what: Rendering, called: str | None, text: str, *others: str) -> object:
    if called is None:
        return what.names.get(text)
    if called == "ref":
        return what.references.get(text)
    return what.table(text, DatabaseTable(*others))
