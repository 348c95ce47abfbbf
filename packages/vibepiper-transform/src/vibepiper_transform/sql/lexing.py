"""The quotes and comments of SQL, for what needs no parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
def _not_code(dialect: str) -> re.Pattern[str]:
    """Comments, quoted texts and names, and what begins one that does not end."""
    escape = r"\\.|" if dialect in _BACKSLASH else ""
    return re.compile(
        rf"""(?P<comment> --[^\n]* | /\*.*?\*/ | \{{\#.*?\#\}} )
        | (?P<quoted> '(?:{escape}''|[^'])*' | "(?:{escape}""|[^"])*" | `[^`]*`
                      | (?P<tag> \$\w*\$ ).*?(?P=tag) )
        | (?P<open> ['"`] | /\* )""",
        re.VERBOSE | re.DOTALL,
    )


_BEGINS = re.compile(r"""['"`$]|--|/\*|\{\#""")


def _uncoded(text: str, dialect: str) -> Iterator[re.Match[str]]:
    """What `_not_code` finds, looked for only where it can begin."""
    found, begin = _not_code(dialect), _BEGINS.search(text)
    while begin is not None:
        if (match := found.match(text, begin.start())) is not None:
            yield match
        begin = _BEGINS.search(text, begin.end() if match is None else match.end())


_BETWEEN = re.compile(r"(\W+)")
_SPACE = re.compile(r"(?<=([(,)]))?\s+(?=([(,)]))?")


def canonical(text: str, dialect: str) -> str:
    """The text of a template without comments, with no more space than is needed, and with
    keywords in one case: the same whatever its layout."""
    parts: list[str] = []
    code, end = "", 0
    for found in _uncoded(text, dialect):
        code += text[end : found.start()]
        end = found.end()
        if found.lastgroup == "comment":
            code += " "
        else:
            parts += (_canonical(code), found[0])
            code = ""
    parts.append(_canonical(code + text[end:]))
    return "".join(parts).lstrip(" ").rstrip("; ")


def _canonical(code: str) -> str:
    """Of what has no comment and no quotes: the same few words and signs again and again."""
    return "".join([_KNOWN[each] for each in _BETWEEN.split(code)])


class _Known(dict[str, str]):
    """What a word, or what stands between two, is written as."""

    def __missing__(self, each: str) -> str:
        if _BETWEEN.match(each):
            made = _SPACE.sub(lambda found: "" if found[1] or found[2] else " ", each)
        else:
            word = each.lstrip("0123456789")
            upper = word.upper() if word.lower() in _KEYWORDS else word
            made = each.removesuffix(word) + upper
        if len(self) < _REMEMBERED:
            self[each] = made
        return made


_REMEMBERED = 10_000
_KNOWN = _Known()


def unclosed(text: str, dialect: str) -> int:
    """Where the first quote or comment begins that does not end; 0 without one."""
    for found in _uncoded(text, dialect):
        if found["open"]:
            return found.start()
    return 0
