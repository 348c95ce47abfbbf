"""A template that only names assets and values, which is most of them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from vibepiper_transform.sql.fragment import Fragment, Piece
from vibepiper_transform.sql.marks import Reference
from vibepiper_transform.sql.mentions import FUNCTIONS, RESERVED, Mentions
from vibepiper_transform.sql.rendering import Rendering

__all__ = ["PlainTemplate"]

_NAMED = re.compile(
    r"""\{\{[ ]* (?: ([A-Za-z_]\w*)
             | ref\([ ]* (?: '([^'\\\n]*)' | "([^"\\\n]*)" ) [ ]*\) ) [ ]*\}\}""",
    re.VERBOSE | re.ASCII,
)
_LOGIC = ("{%", "{#", "{{{", "\r")
_NO_NAMES = FUNCTIONS | RESERVED | {*keyword.kwlist}


@dataclass(frozen=True)
class PlainTemplate:
    """Texts, and between each two of them the name of a variable, or an asset that ``ref`` has.
    It means what Jinja makes of it."""

    template: str
    texts: tuple[str, ...]
    names: tuple[tuple[str, bool], ...]
    text_offsets: Sequence[int]

    @classmethod
    def read(cls, template: str, text: str) -> PlainTemplate | None:
        """None for what has more in it than names."""
        if any(mark in text for mark in _LOGIC):
            return None
        texts, names, offsets, end = [], [], [], 0
        for found in _NAMED.finditer(text):
            name, key = found[1], found[2] if found[2] is not None else found[3]
            if name in _NO_NAMES:
                return None
            texts.append(text[end : found.start()])
            offsets.append(end)
            names.append((name or key, name is None))
            end = found.end()
        if len(names) != text.count("{{"):
            return None
        texts.append(text[end:])
        offsets.append(end)
        runs = [offset for offset, each in zip(offsets, texts, strict=True) if each]
        return cls(template, tuple(texts), tuple(names), runs)

    @cached_property
    def mentions(self) -> Mentions:
        named = dict.fromkeys(self.names)
        return Mentions(
            tuple(name for name, is_ref in named if not is_ref),
            tuple(name for name, is_ref in named if is_ref),
        )

    def render(self, what: Rendering) -> Fragment | None:
        """None where a name is none of an asset: a value, or a mistake."""
        found = [what.references.get(n) if r else what.names.get(n) for n, r in self.names]
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
