"""The quotes and comments of SQL, for what needs no parser."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["canonical", "unclosed"]

_KEYWORDS = frozenset(
    """all and any as asc between by case cast cross desc distinct else end except exists false
    filter following from full group having in inner intersect interval is join last lateral left
    like limit natural not null nulls offset on or order outer over partition preceding qualify
    range recursive right rows select then true unbounded union unnest using values when where
    window with""".split()  # noqa: SIM905
)

_BACKSLASH = frozenset({"mysql", "bigquery", "snowflake"})
"""Dialects in which a backslash keeps the quote after it from ending a text."""


@cache
def _lexemes(dialect: str) -> re.Pattern[str]:
    escape = r"\\.|" if dialect in _BACKSLASH else ""
    return re.compile(
        rf"""(?P<comment> --[^\n]* | /\*.*?\*/ | \{{\#.*?\#\}} )
        | (?P<space> \s+ )
        | (?P<quoted> '(?:{escape}''|[^'])*' | "(?:{escape}""|[^"])*" | `[^`]*`
                      | (?P<tag> \$\w*\$ ).*?(?P=tag) )
        | (?P<open> ['"`] | /\* )
        | (?P<word> [^\W\d]\w* )
        | (?P<other> . )""",
        re.VERBOSE | re.DOTALL,
    )


def canonical(text: str, dialect: str) -> str:
    """The text of a template without comments, with no more space than is needed, and with
    keywords in one case: the same whatever its layout."""
    parts: list[str] = []
    pending = False
    for found in _lexemes(dialect).finditer(text):
        kind, lexeme = found.lastgroup, found[0]
        if kind in ("comment", "space"):
            pending = True
            continue
        if kind == "word" and lexeme.lower() in _KEYWORDS:
            lexeme = lexeme.upper()
        if pending and parts and _touch(parts[-1], lexeme):
            parts.append(" ")
        parts.append(lexeme)
        pending = False
    return "".join(parts).rstrip("; ")


def _touch(before: str, after: str) -> bool:
    """Whether the two would be read as one without the space between them."""
    return not (before[-1] in "(,)" or after[0] in "(,)")


def unclosed(text: str, dialect: str) -> int:
    """Where the first quote or comment begins that does not end; 0 without one."""
    for found in _lexemes(dialect).finditer(text):
        if found["open"]:
            return found.start()
    return 0
