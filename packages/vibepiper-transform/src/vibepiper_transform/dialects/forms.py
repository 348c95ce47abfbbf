"""Forms of expressions that DuckDB alone takes, in those that every engine has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.trees import case, text
from vibepiper_transform.dialects.typing import as_kind, kind

__all__ = ["JOINED", "plain_forms"]

JOINED: tuple[type[exp.Expr], ...] = (exp.Concat, exp.ConcatWs, exp.DPipe)
"""What makes texts of all that it puts together."""
_PLAIN = re.compile(r"(0|[1-9]\d*)(\.\d+)?")


def plain_forms(query: exp.Query) -> exp.Query:
    """``query``, itself changed. Of a `typed` one also what is no text becomes one where it is put
    together with texts."""
    for node in list(query.find_all(exp.Count, exp.DateAdd, exp.DPipe, exp.In)):
        if not is_native(node) and node.parent is not None:
            _plain(node)
    for joined in list(query.find_all(*JOINED)):
        if not is_native(joined):
            for part in list(joined.iter_expressions()):
                _as_text(part)
    return query


def _plain(node: exp.Expr) -> None:
    if isinstance(node, exp.In):
        if not any(node.args.get(name) for name in ("expressions", "query", "unnest", "field")):
            known = exp.Not(this=exp.Is(this=exp.paren(node.this.copy()), expression=exp.Null()))
            node.replace(as_kind(exp.paren(case((known, exp.false()))), "BOOLEAN"))
    elif isinstance(node, exp.Count):
        if node.this is None and not node.expressions:
            node.set("this", exp.Star())
    elif isinstance(node, exp.DateAdd):
        if isinstance(node.expression, exp.Interval):
            moved = exp.Add(this=node.this, expression=node.expression)
            node.replace(as_kind(exp.paren(as_kind(moved, kind(node)), copy=False), kind(node)))
    elif isinstance(node.expression.unnest(), exp.DPipe) and kind(node) in ("VARCHAR", None):
        _from_the_left(node)


def _from_the_left(chain: exp.Expr) -> None:
    """``a || (b || c)`` as ``(a || b) || c``: SQLite reads only some 30 of the others."""
    if isinstance(_around(chain), exp.DPipe):
        return
    first, *others = _links(chain)
    found = first
    for other in others[:-1]:
        found = as_kind(exp.DPipe(this=found, expression=other), kind(chain))
    chain.set("this", found)
    chain.set("expression", others[-1])


def _around(node: exp.Expr) -> exp.Expr | None:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def _links(chain: exp.Expr) -> Iterator[exp.Expr]:
    waiting = [chain]
    while waiting:
        node = waiting.pop()
        link = node.unnest()
        if isinstance(link, exp.DPipe):
            waiting += [link.expression, link.this]
        else:
            yield node


def _as_text(part: exp.Expr) -> None:
    known = kind(part)
    if isinstance(part, exp.Literal):
        if not part.is_string and (written := _written(part.name)) is not None:
            part.replace(as_kind(text(written), "VARCHAR"))
    elif known is not None and not known.endswith("]") and known not in _TEXTS:
        made = exp.Cast(this=part.copy(), to=exp.DataType.build("VARCHAR"))
        part.replace(as_kind(made, "VARCHAR"))


def _written(number: str) -> str | None:
    """The text of a number: of one with an exponent that of a double."""
    if _PLAIN.fullmatch(number):
        return number
    is_double = "e" in number.lower() and math.isfinite(float(number))
    return repr(float(number)) if is_double else None


_TEXTS = ("VARCHAR", "NULL", '"NULL"')
