"""SQL that was written in the dialect that it runs in: it stays as its author wrote it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from sqlglot import exp
from vibepiper.errors import Location

from vibepiper_transform.dialects.unsupported import UnsupportedSql

__all__ = [
    "Foreign",
    "copy_to_write",
    "is_foreign",
    "is_mixed",
    "is_native",
    "mark_foreign",
    "mark_native",
    "nodes_at_last",
    "nodes_to_write",
    "refuse_foreign",
    "stands_for",
    "with_native",
    "with_originals",
    "without_marks",
]

TreeT = TypeVar("TreeT", bound=exp.Expr)

_DIALECT = "vibepiper_dialect"
_FOREIGN = "vibepiper_foreign"
_NATIVE = "vibepiper_native"
_ORIGINAL = "vibepiper_original"


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a ``dialect`` has and nobody proved to mean the same elsewhere. ``find`` tells where it
    is written. Of what is ``mixed`` only the dialect's engine knows the type."""

    dialect: str
    feature: str
    why: str
    hint: str
    find: Callable[[], Location]
    mixed: bool = False


def is_foreign(node: exp.Expr) -> bool:
    """Whether it has its meaning in its own dialect alone."""
    return node._meta is not None and _FOREIGN in node._meta


def is_mixed(node: exp.Expr) -> bool:
    """Whether values of several types meet in it, of which only its engine knows what they
    become."""
    found: Foreign | None = node._meta.get(_FOREIGN) if node._meta else None
    return found is not None and found.mixed


def mark_foreign(node: exp.Expr, foreign: Foreign) -> None:
    """Notes that a node has its meaning in its own dialect alone."""
    node.meta[_FOREIGN] = foreign


def refuse_foreign(query: exp.Expr, dialect: str) -> None:
    """Raises `UnsupportedSql` for the first node that has no meaning in ``dialect``."""
    for node in query.walk():
        found: Foreign | None = node._meta.get(_FOREIGN) if node._meta else None
        if found is not None and not (found.dialect == dialect and is_native(node)):
            feature = f"the {found.feature} of {found.dialect}"
            raise UnsupportedSql(feature, dialect, found.why, found.hint, at=found.find())


def copy_to_write(
    query: TreeT, dialect: str, instead: Callable[[exp.Expr], exp.Expr | None] | None = None
) -> TreeT:
    """A copy whose nodes share what is noted of them with the first ones, in half the time of a
    whole copy: to be written, not to be noted on. ``instead`` may give others for its parts.
    Raises as `refuse_foreign` does."""
    return cast("TreeT", nodes_to_write(query, dialect, instead)[0])


def nodes_to_write(
    query: exp.Expr, dialect: str, instead: Callable[[exp.Expr], exp.Expr | None] | None = None
) -> list[exp.Expr]:
    """The nodes of `copy_to_write`, each before its parts: the first is the copy. To look through
    them takes a tenth of a walk."""
    made = [query.__class__()]
    waiting = [query]
    for node, copy in zip(waiting, made, strict=True):
        if (meta := node._meta) is not None:
            if _FOREIGN in meta:
                refuse_foreign(query, dialect)
            copy._meta = meta
        if node._type is not None:
            copy._type = node._type
        if node.comments:
            copy.comments = [*node.comments]
        args = copy.args
        for key, value in node.args.items():
            if isinstance(value, exp.Expr):
                other = None if instead is None else instead(value)
                args[key] = part = type(value)() if other is None else other
                part.parent, part.arg_key = copy, key
                if other is None:
                    waiting.append(value)
                    made.append(part)
            elif type(value) is list:
                args[key] = listed = list[object]()
                for index, each in enumerate(value):
                    listed.append(each)
                    if isinstance(each, exp.Expr):
                        other = None if instead is None else instead(each)
                        listed[index] = part = type(each)() if other is None else other
                        part.parent, part.arg_key, part.index = copy, key, index
                        if other is None:
                            waiting.append(each)
                            made.append(part)
            else:
                args[key] = value
    return made


def nodes_at_last(query: exp.Expr, dialect: str) -> list[exp.Expr]:
    """The nodes of a query itself, each before its parts, for who writes it as nobody looks at it
    afterwards. Raises as `refuse_foreign` does."""
    nodes = [*query.walk()]
    if any(_FOREIGN in node._meta for node in nodes if node._meta):
        refuse_foreign(query, dialect)
    return nodes


def without_marks(tree: TreeT) -> TreeT:
    """``tree``, itself changed, without the notes of `mark_foreign`: for who asks for its types
    and does not run it."""
    for node in tree.walk():
        if node._meta:
            node._meta.pop(_FOREIGN, None)
    return tree


def mark_native(select: exp.Select, dialect: str) -> None:
    """Notes in which dialect a SELECT was written."""
    select.meta[_DIALECT] = dialect


def stands_for(made: exp.Expr, original: exp.Expr, dialect: str) -> exp.Expr:
    """``made``, which means in DuckDB what ``original`` means in its dialect."""
    if original.find(exp.Query, exp.Table) is None:  # what it reads is placed in the tree alone
        made.meta[_ORIGINAL] = (dialect, original)
    return made


def with_native(query: exp.Query, dialect: str) -> exp.Query:
    """``query``, itself changed, with the originals of what was written in ``dialect``."""
    found = False
    for select in query.find_all(exp.Select):
        written = select.meta.pop(_DIALECT, None) if select._meta else None
        if written == dialect:
            select.meta[_NATIVE] = True
            found = True
    return with_originals(query, dialect) if found else query


def with_originals(tree: TreeT, dialect: str) -> TreeT:
    """``tree``, itself changed, with all that stands for something of ``dialect`` as it was."""
    return cast("TreeT", tree.transform(_original(dialect), copy=False))


def _original(dialect: str) -> Callable[[exp.Expr], exp.Expr]:
    def restore(node: exp.Expr) -> exp.Expr:
        written, original = (node._meta or {}).get(_ORIGINAL, (None, None))
        if written != dialect or original is None or _columns(node) != _columns(original):
            return node
        return cast("exp.Expr", original.copy())

    return restore


def _columns(node: exp.Expr) -> set[tuple[str, str]]:
    return {(column.table, column.name) for column in node.find_all(exp.Column)}


def is_native(node: exp.Expr) -> bool:
    """Whether a node is of a SELECT that was written in the dialect that it runs in."""
    select = node if isinstance(node, exp.Select) else node.find_ancestor(exp.Select)
    return select is not None and bool((select._meta or {}).get(_NATIVE))
