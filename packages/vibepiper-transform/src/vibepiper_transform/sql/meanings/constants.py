"""Texts that are constants, read as values of what they meet."""

from __future__ import annotations

import re

from sqlglot import exp

from vibepiper_transform.bound_types import is_castable
from vibepiper_transform.families import family_of
from vibepiper_transform.kinds import is_integer
from vibepiper_transform.sql.meanings.rule import Differs, Mixed
from vibepiper_transform.sql.operands import Operands

__all__ = ["is_read", "is_text", "unread"]

_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_FRACTION = re.compile(r"[+-]?\d{1,9}(\.\d{1,6})?")
_READABLE = {
    "whole": re.compile(r"\s*[+-]?(\d[\d_]*|0[xbo]\w+)\s*", re.I),
    "number": re.compile(
        r"\s*[+-]?(\d[\d_]*\.?[\d_]*(e[+-]?\d+)?|\.\d+|0[xbo]\w+|nan|inf\w*)\s*", re.I
    ),
    "boolean": re.compile(r"\s*(t(r(ue?)?)?|f(a(l(se?)?)?)?|y(es?)?|no?|on|off?|[01])\s*", re.I),
    "date": re.compile(
        r".*\d\D+\d.*|\d{6}.*|\s*(now|today|tomorrow|yesterday|epoch|-?infinity)\s*", re.I
    ),
}
"""What PostgreSQL may read as a value; of anything else it makes an error."""


def is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def is_read(text: str, kind: str) -> bool:
    """Whether each engine reads it as the same value of the type."""
    family = family_of(kind)
    if family == "date":
        form = _DATE if kind == "DATE" else _TIME
    elif family == "number":
        form = _FRACTION if kind == "DOUBLE" else _WHOLE
    else:
        return False
    return form.fullmatch(text) is not None and is_castable(text, kind)


def unread(text: exp.Expr, of: Operands, what: str, kind: str = "") -> Differs:
    """Where an engine is known to read no such value, it is an error there."""
    form = _READABLE.get("whole" if is_integer(kind) else family_of(kind) or "")
    fits = form is not None and form.fullmatch(text.name) is not None
    wrong = form is not None and not (
        fits and (not is_integer(kind) or is_castable(text.name, kind))
    )
    made = Mixed if wrong and of.meets.refused else Differs
    return made(
        f"{what} of {kind or 'a value'} with the text {text.sql()}",
        "engines do not read it as the same value",
        "Write a value of that type.",
    )
