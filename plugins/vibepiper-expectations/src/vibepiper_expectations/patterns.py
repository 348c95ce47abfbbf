r"""Regular expressions that mean the same in DuckDB (RE2) and in Postgres (ARE).

A pattern is searched for, not anchored; ``.`` matches every character, newline included;
``\d``, ``\w`` and ``\s`` are ASCII. What the two engines read differently (look-around,
back-references, ``\A``, ``[[:alpha:]]``) is refused when the check is declared.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache

from vibepiper.errors import DefinitionError

__all__ = ["check_pattern", "like_to_regex", "to_pcre", "to_postgres"]

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<group>\(\?(?:P?<\w+>|P=\w+|<[=!]|[a-zA-Z]+\)|.))"
    r"|(?P<braces>\{(?:\d+(?:,\d*)?\})?)|(?P<possessive>(?<=[*+?}])\+)|(?P<set>\[\^?\]?)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_IN_SET = re.compile(r"(?P<escape>\\.)|(?P<end>\])|(?P<other>.)", re.DOTALL)
_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\f\r"}
_LITERAL_ESCAPES = "tnrf"
_MAX_REPEAT = 255


def check_pattern(pattern: str) -> None:
    """Raises `DefinitionError` for a pattern that is malformed, or that the backends would
    read differently."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            re.compile(pattern)
    except (re.error, FutureWarning, OverflowError) as error:
        raise DefinitionError(
            f"the regular expression {pattern!r} is not valid: {error}"
        ) from error
    to_postgres(pattern)


@lru_cache(maxsize=1024)
def to_postgres(pattern: str) -> str:
    r"""The pattern as Postgres needs it, to match what RE2 matches: ``\w`` spelt out, ``\b``
    as ``\y``. Raises `DefinitionError` for what has no equivalent."""
    if "\0" in pattern:
        raise _refuse(pattern, "a NUL character")
    return "".join(_translate(pattern))


@lru_cache(maxsize=1024)
def to_pcre(pattern: str) -> str:
    r"""The pattern as MariaDB and MySQL 8 need it: as for Postgres, ``.`` matching newlines too
    and ``$`` only the very end. Raises `DefinitionError` for what has no equivalent."""
    if "\0" in pattern:
        raise _refuse(pattern, "a NUL character")
    ends = {r"\y": r"\b", r"\Y": r"\B", "$": r"\z"}
    return "(?s)" + "".join(ends.get(part, part) for part in _translate(pattern))


def _translate(pattern: str) -> Iterator[str]:
    """Part by part, a set being one."""
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        assert token is not None  # the last alternative matches any character
        text, start, at = token.group(), at, token.end()
        match token.lastgroup:
            case "escape":
                yield _escape(pattern, text)
            case "group":
                yield _group(pattern, text, start)
            case "braces":
                yield _braces(pattern, text)
            case "possessive" if start > 0:
                raise _refuse(pattern, "a possessive quantifier")
            case "set":
                rest, at = _set(pattern, at)
                yield text + rest
            case _:
                yield text


def _escape(pattern: str, text: str) -> str:
    letter = text[1]
    if letter in _CLASSES:
        return f"[{_CLASSES[letter]}]"
    if letter.lower() in _CLASSES:
        return f"[^{_CLASSES[letter.lower()]}]"
    if letter in "bB":
        return {"b": r"\y", "B": r"\Y"}[letter]
    return _literal_escape(pattern, text)


def _literal_escape(pattern: str, text: str) -> str:
    if text[1] in _LITERAL_ESCAPES or not text[1].isalnum():
        return text
    raise _refuse(pattern, f"'{text}'")


def _group(pattern: str, text: str, start: int) -> str:
    if text == "(?:" or (text == "(?i)" and start == 0):
        return text
    raise _refuse(pattern, f"'{text}'")


def _braces(pattern: str, text: str) -> str:
    if text == "{":
        raise _refuse(pattern, "'{' that begins no {m}, {m,} or {m,n}")
    if any(int(count) > _MAX_REPEAT for count in re.findall(r"\d+", text)):
        raise _refuse(pattern, f"more than {_MAX_REPEAT} repetitions in '{text}'")
    return text


def _set(pattern: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while (token := _IN_SET.match(pattern, at)) is not None:
        text, at = token.group(), token.end()
        if token.lastgroup == "escape":
            text = _CLASSES.get(text[1]) or _literal_escape(pattern, text)
        elif text == "[" and pattern[at : at + 1] in (":", ".", "="):
            raise _refuse(pattern, f"'[{pattern[at]}' in a set")
        parts.append(text)
        if token.lastgroup == "end":
            break
    return "".join(parts), at


def _refuse(pattern: str, what: str) -> DefinitionError:
    return DefinitionError(
        f"the regular expression {pattern!r} uses {what}, which not every database reads alike",
        hint="Use literals, sets, groups, alternatives, ^, $, quantifiers, (?i) at the start and "
        r"\d \w \s \b.",
    )


def like_to_regex(pattern: str) -> str:
    """A pattern of LIKE as a regular expression that means the same: ``%`` is any text, ``_`` any
    one character, and a backslash takes what follows as it is."""
    found, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            found.append(re.escape(pattern[at]))
        else:
            found.append({"%": ".*", "_": "."}.get(char) or re.escape(char))
        at += 1
    return f"^{''.join(found)}$"
