"""Texts of values as DuckDB writes them, in PostgreSQL's words."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.rules import refuse
from vibepiper_transform.dialects.trees import call, case, integer, text
from vibepiper_transform.dialects.typing import kind

__all__ = ["text_of"]

_OTHERS = ("FLOAT", "INTERVAL", "BLOB", "BIT", "TIME WITH TIME ZONE")


def text_of(node: exp.Cast) -> exp.Expr:
    """A cast to a text: PostgreSQL writes doubles, lists and some others otherwise."""
    known = kind(node.this) or ""
    if known == "DOUBLE":
        return _of_double(node)
    if known in _OTHERS or known.endswith("]") or "(" in known.replace("DECIMAL(", ""):
        shown = known.partition("(")[0]
        raise refuse(f"the text of a {shown}", "postgresql", "it writes it otherwise than DuckDB")
    return node


def _of_double(node: exp.Cast) -> exp.Expr:
    """A whole one with ``.0``, of 16 digits without an exponent too; infinity as ``inf``."""
    written = [
        (_is(node, r"^-?\d+$"), exp.DPipe(this=node.copy(), expression=text(".0"))),
        (_is(node, r"^-?\d+(\.\d+)?e\+15$"), _without_exponent(node)),
        (_is(node, "Infinity"), call("REPLACE", node, text("Infinity"), text("inf"))),
        (_is(node, "NaN"), text("nan")),
    ]
    return case(*written, otherwise=node)


def _is(node: exp.Expr, pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=node.copy(), expression=text(pattern))


def _without_exponent(node: exp.Expr) -> exp.Expr:
    """Of ``1.5e+15`` the digits, up to 16 of them before the point."""
    sign = exp.Nullif(this=call("LEFT", node, integer(1)), expression=text("-"))
    minus = case((exp.Is(this=sign, expression=exp.Null()), text("-")), otherwise=text(""))
    cleaned = call("REGEXP_REPLACE", node, text(r"[.-]|e\+15$"), text(""), text("g"))
    before = call("RPAD", call("LEFT", cleaned, integer(16)), integer(16), text("0"))
    rest = call("SUBSTR", cleaned, integer(17))
    after = exp.Coalesce(this=exp.Nullif(this=rest, expression=text("")), expressions=[text("0")])
    return call("CONCAT", minus, before, text("."), after)
