"""Functions of numbers and of texts, which some engines make of other values."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from vibepiper_transform.sql.meanings.constants import is_text, unread
from vibepiper_transform.sql.meanings.mixing import group
from vibepiper_transform.sql.meanings.rule import Differs, Mixed
from vibepiper_transform.sql.operands import Operands

__all__ = ["check_argument"]

_NUMERIC = frozenset({
    exp.Abs, exp.Atan, exp.Atan2, exp.Cbrt, exp.Ceil, exp.Cos, exp.Cot, exp.Degrees, exp.Exp,
    exp.Floor, exp.Ln, exp.Log, exp.Pow, exp.Radians, exp.Round, exp.Sign, exp.Sin, exp.Sqrt,
    exp.Tan, exp.Trunc,
})  # fmt: skip
_TEXTUAL = frozenset({
    exp.Ascii, exp.Glob, exp.ILike, exp.Left, exp.Length, exp.Like, exp.Lower, exp.MD5, exp.Pad,
    exp.RegexpLike, exp.Repeat, exp.Replace, exp.Reverse, exp.Right, exp.SplitPart,
    exp.StartsWith, exp.StrPosition, exp.Substring, exp.Translate, exp.Trim, exp.Unicode,
    exp.Upper,
})  # fmt: skip
_BESIDE: Mapping[type[exp.Expr], tuple[str, ...]] = {
    **dict.fromkeys((exp.Glob, exp.ILike, exp.Like, exp.RegexpLike), ("expression",)),
    exp.Replace: ("expression", "replacement"),
    exp.StrPosition: ("substr",),
}
_FAMILIES = ("number", "text", "date", "boolean")


def check_argument(node: exp.Expr, of: Operands) -> None:
    """Raises `Differs` where a node is given values of another type than it takes."""
    if type(node) in _NUMERIC and node.this is not None:
        _check_taken(node, node.this, "number", of)
    elif type(node) in _TEXTUAL and node.this is not None:
        for name in ("this", *_BESIDE.get(type(node), ())):
            _check_taken(node, node.args[name], "text", of)


def _check_taken(node: exp.Expr, value: exp.Expr, takes: str, of: Operands) -> None:
    found = None if of.is_null(value) else group(value, of)
    if found in (None, takes):
        return
    name = f"{node.key}()" if isinstance(node, exp.Func) else node.key.upper()
    if is_text(value):
        raise unread(value, of, name, "DOUBLE")
    error = of.meets.refused and found in _FAMILIES
    made = Mixed if error else Differs
    if takes == "text":
        raise made(f"{name} of what is no text", "engines write its text differently", "Cast it.")
    raise made(f"{name} of a {found}", "each engine makes another number of it", "Cast it.")
