r"""Regular expressions of DuckDB's (RE2) in the words of PostgreSQL (ARE) and MariaDB (PCRE).

``.`` is no newline unless it is told to be, ``$`` is the very end, ``\d``, ``\w``, ``\s`` and
``\b`` are ASCII's, and of several matches at a place RE2 takes the one that is written first,
PostgreSQL the longest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from vibepiper_transform.dialects.rules import refuse
from vibepiper_transform.dialects.unsupported import UnsupportedSql

__all__ = ["pattern_in", "replacing_pattern_in"]

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<group>\((?:\?(?:P?<\w+>|[a-zA-Z]+\)|.))?)|(?P<end>\))"
    r"|(?P<repeat>(?:[*+?]|\{(?:\d+(?:,\d*)?)\})\??)|(?P<set>\[\^?\]?)|(?P<or>\|)|(?P<other>.)",
    re.DOTALL,
)
_IN_SET = re.compile(r"(?P<escape>\\.)|(?P<named>\[:\^?\w+:\])|(?P<end>\])|(?P<other>.)", re.DOTALL)
_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\f\r"}
_NAMED = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "space": " \t\n\x0b\f\r",
    "upper": "A-Z",
    "word": "A-Za-z0-9_",
    "xdigit": "A-Fa-f0-9",
}
_WORD = "[A-Za-z0-9_]"
_BETWEEN = {
    "b": f"(?:(?<!{_WORD})(?={_WORD})|(?<={_WORD})(?!{_WORD}))",
    "B": f"(?:(?<!{_WORD})(?!{_WORD})|(?<={_WORD})(?={_WORD}))",
    "A": r"\A",
}
_END = {"postgresql": r"\Z", "mysql": r"\z"}
_ANY_LETTER = {"postgresql": ".", "mysql": r"[\s\S]"}
_SAME = "tnrfa"
_MOST = 255
"""Repetitions that it counts."""
_HINT = (
    r"Use letters, sets, groups, |, ^, $, quantifiers, \d \w \s \b, and (?i) or (?s) at the start."
)


def pattern_in(dialect: str, node: exp.Expr, options: str) -> str:
    """``node``, which must be a constant, as a pattern that is found in the same texts."""
    return "".join(written for _, written in _parts(dialect, node, options))


def replacing_pattern_in(node: exp.Expr, options: str) -> str:
    """`pattern_in` of PostgreSQL, of one that finds the same places too. Raises `UnsupportedSql`
    where that is not known."""
    parts = list(_parts("postgresql", node, options))
    repeats = [written for name, written in parts if name == "repeat" and written[-1:] != "}"]
    if len({written.endswith("?") and len(written) > 1 for written in repeats}) > 1:
        raise _refuse("greedy and lazy quantifiers in one pattern", "one of them decides for all")
    if repeats and "g" in options and re.compile(_python(node)).search(""):
        raise _refuse("a pattern of which nothing is a match", "it finds it at other places")
    if _may_begin_alike(parts, parts[:1] == [("flags", "(?i)")]):
        raise _refuse("alternatives that may begin alike", "it takes the longest, not the first")
    return "".join(written for _, written in parts)


def _python(node: exp.Expr) -> str:
    """The pattern without what Python's words have not."""
    return re.sub(r"\[:\^?\w+:\]", "a", node.name).replace(r"\z", r"\Z")


def _parts(dialect: str, node: exp.Expr, options: str) -> Iterator[tuple[str, str]]:
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise refuse("a computed pattern", dialect, "its classes are others", "Give a constant.")
    try:
        yield from _translated(dialect, node.name, options)
    except _Other as other:
        raise refuse(f"'{other}' in a pattern", dialect, "it means another thing", _HINT) from None


class _Other(Exception):
    """What is not in all engines."""


def _translated(dialect: str, pattern: str, options: str) -> Iterator[tuple[str, str]]:
    at = 0
    if (flags := re.match(r"\(\?([is]+)\)", pattern)) is not None:
        at, options = flags.end(), options + flags[1]
    if options.rfind("i") > options.rfind("c"):
        yield "flags", "(?i)"
    words = {
        ".": _ANY_LETTER[dialect] if "s" in options else r"[^\n]",
        "{": r"\{",
        "$": _END[dialect],
        r"\z": _END[dialect],
    }
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        assert token is not None  # the last alternative is any letter
        name, found, at = str(token.lastgroup), token.group(), token.end()
        if name == "set":
            rest, at = _set(pattern, at)
            yield name, found.replace("]", r"\]") + rest
        else:
            yield ("word", words[found]) if found in words else (name, _written(name, found))


def _written(name: str, found: str) -> str:
    if name == "escape":
        return _escape(found)
    if name == "group":
        return _group(found)
    if name == "repeat" and any(int(count) > _MOST for count in re.findall(r"\d+", found)):
        raise _Other(found)
    return found


def _escape(found: str) -> str:
    letter = found[1]
    if letter in _CLASSES:
        return f"[{_CLASSES[letter]}]"
    if letter.lower() in _CLASSES:
        return f"[^{_CLASSES[letter.lower()]}]"
    if letter in _BETWEEN:
        return _BETWEEN[letter]
    return _letter(found)


def _letter(found: str) -> str:
    if found[1] == "v":
        return "\x0b"  # in PCRE it is any end of a line
    if found[1] in _SAME or not found[1].isalnum():
        return found
    raise _Other(found)


def _group(found: str) -> str:
    if found in ("(", "(?:"):
        return found
    if found.endswith(">"):
        return "("  # its name is for nobody
    raise _Other(found)


def _set(pattern: str, at: int) -> tuple[str, int]:
    found: list[str] = []
    while (token := _IN_SET.match(pattern, at)) is not None:
        part, at = token.group(), token.end()
        if token.lastgroup == "escape":
            part = _CLASSES.get(part[1]) or _letter(part)
        elif token.lastgroup == "named":
            part = _NAMED.get(part[2:-2]) or _named(part)
        elif part == "[":
            part = r"\["
        found.append(part)
        if token.lastgroup == "end":
            break
    return "".join(found), at


def _named(part: str) -> str:
    raise _Other(part)


def _may_begin_alike(parts: list[tuple[str, str]], folded: bool) -> bool:
    """Whether two alternatives of one place may both match there, as far as their first letters
    tell."""
    levels: list[list[str | None]] = [[""]]
    alike = False
    for (name, found), (after, much) in zip(parts, [*parts[1:], ("", "")], strict=True):
        level = levels[-1]
        if level[-1] == "" and name not in ("flags", "end", "or"):
            optional = after == "repeat" and not much.startswith("+")
            known = name in ("other", "escape") and found.lstrip("\\") not in ("^", "A", "")
            known &= len(found.lstrip("\\")) == 1
            level[-1] = (found.lower() if folded else found) if known and not optional else None
        if name == "group":
            levels.append([""])
        elif name == "or":
            level.append("")
        elif name == "end":
            alike |= _overlap(levels.pop())
    return alike or any(map(_overlap, levels))


def _overlap(firsts: list[str | None]) -> bool:
    if len(firsts) == 1:
        return False
    return None in firsts or "" in firsts or len(set(firsts)) < len(firsts)


def _refuse(feature: str, why: str) -> UnsupportedSql:
    return refuse(feature, "postgresql", why, _HINT)
