r"""Regular expressions that mean the same in DuckDB (RE2), Postgres (ARE) and MariaDB (PCRE).

A pattern is searched for, not anchored; ``.`` matches every character, newline included;
``\d``, ``\w`` and ``\s`` are ASCII. What the engines read differently (look-around,
back-references, ``\A``, ``[[:alpha:]]``) is refused when the check is declared.
"""

from __future__ import annotations

import re
import warnings

from vibepiper.errors import DefinitionError

__all__ = ["check_pattern", "like_to_regex"]

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<group>\(\?(?:P?<\w+>|P=\w+|<[=!]|[a-zA-Z]+\)|.))"
    r"|(?P<braces>\{(?:\d+(?:,\d*)?\})?)|(?P<possessive>(?<=[*+?}])\+)|(?P<set>\[\^?\]?)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_IN_SET = re.compile(r"(?P<escape>\\.)|(?P<end>\])|(?P<other>.)", re.DOTALL)
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
    if "\0" in pattern:
        raise _refuse(pattern, "a NUL character")
    _check_parts(pattern)


def _check_parts(pattern: str) -> None:
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        assert token is not None  # the last alternative matches any character
        text, start, at = token.group(), token.start(), token.end()
        match token.lastgroup:
            case "escape":
                _check_escape(pattern, text, "dwsbB")
            case "group":
                _check_group(pattern, text, start)
            case "braces":
                _check_braces(pattern, text)
            case "possessive" if start > 0:
                raise _refuse(pattern, "a possessive quantifier")
            case "set":
                at = _end_of_set(pattern, at)
            case _:
                pass


def _check_escape(pattern: str, text: str, classes: str) -> None:
    letter = text[1]
    known = letter in classes or (letter in "DWS" and "B" in classes)
    if not known and letter not in _LITERAL_ESCAPES and letter.isalnum():
        raise _refuse(pattern, f"'{text}'")


def _check_group(pattern: str, text: str, start: int) -> None:
    if text != "(?:" and not (text == "(?i)" and start == 0):
        raise _refuse(pattern, f"'{text}'")


def _check_braces(pattern: str, text: str) -> None:
    if text == "{":
        raise _refuse(pattern, "'{' that begins no {m}, {m,} or {m,n}")
    if any(int(count) > _MAX_REPEAT for count in re.findall(r"\d+", text)):
        raise _refuse(pattern, f"more than {_MAX_REPEAT} repetitions in '{text}'")


def _end_of_set(pattern: str, at: int) -> int:
    while (token := _IN_SET.match(pattern, at)) is not None:
        text, at = token.group(), token.end()
        if token.lastgroup == "escape":
            _check_escape(pattern, text, "dws")
        elif text == "[" and pattern[at : at + 1] in (":", ".", "="):
            raise _refuse(pattern, f"'[{pattern[at]}' in a set")
        if token.lastgroup == "end":
            break
    return at


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
