"""Comparisons with a text that no value of a column can be, which engines find when they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from vibepiper_transform.bound_types import is_castable

__all__ = ["wrong_texts"]

_COMPARISONS = (
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.In,
    exp.Between,
)


def wrong_texts(
    tree: exp.Expr, kind_of: Callable[[exp.Column], str | None]
) -> Iterator[tuple[exp.Column, exp.Literal, str]]:
    """The columns that are compared with a text which cannot be read as their type, the text and
    the type. ``kind_of`` gives a column's type, and None where it is not known."""
    for node in tree.find_all(*_COMPARISONS):
        parts = list(node.iter_expressions())
        texts = [part for part in parts if isinstance(part, exp.Literal) and part.is_string]
        for column in parts if texts else ():
            if not isinstance(column, exp.Column) or (kind := kind_of(column)) is None:
                continue
            for text in texts:
                if not is_castable(text.this, kind):
                    yield column, text, kind
