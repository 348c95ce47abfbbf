"""The types of a query's expressions while its meaning is found."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import cast

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.dialects.native import copy_to_write, is_foreign
from vibepiper_transform.families import family_of
from vibepiper_transform.kinds import NULLS, common_kind, is_integer, kind_of
from vibepiper_transform.sql.kinds import integer_bits
from vibepiper_transform.sql.meets import Meets
from vibepiper_transform.sql.scope import Both, Origin, Output

__all__ = ["Operands"]

_REMEMBERED = 4096
_told: dict[tuple[object, ...], str | None] = {}
"""Types that DuckDB told of expressions, by their forms: the same few stand in many queries, and to
write one takes as long as to ask."""

_UNTOLD = object()
_ANY = (exp.Any, exp.All)
_ONES = (exp.Column, exp.Query, exp.Exists)
_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}


class Operands:
    """``known`` are what columns are, by their ids; copies that are made here are added. ``meets``
    says what the dialect does where types meet."""

    def __init__(self, known: MutableMapping[int, Output], meets: Meets) -> None:
        self.known = known
        self.meets = meets
        self._kept: list[exp.Expr] = []  # their ids must not become those of others
        self._now: dict[int, exp.Expr] = {}
        self._asked: dict[int, tuple[exp.Expr, str | None]] = {}

    def replaced(self, old: exp.Expr, new: exp.Expr) -> None:
        """Notes that ``new`` stands where ``old`` was, which columns may be made of."""
        self._now[id(old)] = new
        self._kept += old.find_all(exp.Expr)

    def copied(self, node: exp.Expr) -> exp.Expr:
        """A copy of which as much is known."""
        made = node.copy()
        self._kept.append(made)
        for old, new in zip(node.find_all(exp.Column), made.find_all(exp.Column), strict=True):
            if id(old) in self.known:
                self.known[id(new)] = self.known[id(old)]
        return made

    def kind(self, node: exp.Expr) -> str | None:
        """The type of an expression in DuckDB's words; None where it is not known."""
        if isinstance(node, exp.Column):
            found = self.known.get(id(node))
            return None if found is None else self._kind_of_origin(found.origin)
        if _is_one(node):
            return self._kind_of_rows(node)
        if isinstance(node, exp.Literal) and (node.is_string or node.is_int):
            return "VARCHAR" if node.is_string else _of_literal(node)  # without asking DuckDB
        if (asked := self._asked.get(id(node))) is None:
            asked = self._asked[id(node)] = node, self._kind_of_made(node)
        return asked[1]

    def kinds(self, query: exp.Query) -> list[str | None]:
        """The types of a query's columns."""
        tree = cast("exp.Query", query.unnest())
        if isinstance(tree, exp.SetOperation):
            sides = zip(self.kinds(tree.left), self.kinds(tree.right), strict=False)
            return [_common(*pair) for pair in sides]
        return [self.kind(column.unalias()) for column in tree.selects]

    def family(self, node: exp.Expr) -> str | None:
        """What its type is compared with: ``"number"``, ``"text"``, ``"date"``, ..."""
        if isinstance(node, exp.Literal):
            return "text" if node.is_string else "number"
        found = self.kind(node)
        return None if found is None else family_of(found)

    def is_whole(self, node: exp.Expr) -> bool:
        return is_integer(self.kind(node) or "")

    def is_float(self, node: exp.Expr) -> bool:
        return self.kind(node) in ("DOUBLE", "FLOAT")

    def is_null(self, node: exp.Expr) -> bool:
        return isinstance(node.unnest(), exp.Null)

    def is_stored(self, node: exp.Expr) -> bool:
        """Whether it is a column of an asset, as it is."""
        while isinstance(node, exp.Column) and (found := self.known.get(id(node))) is not None:
            if not isinstance(found.origin, exp.Expr):
                return isinstance(found.origin, str)
            node = self._now.get(id(found.origin), found.origin).unalias()
        return False

    def bits(self, node: exp.Expr) -> int:
        """Those of an integer; 0 for what is none or is not known."""
        found = self.kind(node) or ""
        return integer_bits(node, self.known) or _BITS.get(found.removeprefix("U"), 0)

    def _kind_of_made(self, node: exp.Expr) -> str | None:
        if isinstance(node, _ANY):
            inner = self.kind(node.this.unnest()) or ""
            return inner.removesuffix("[]") if inner.endswith("[]") else None
        if (form := self._form(node)) is None:
            return None
        # Another thread may forget all of them meanwhile.
        found = _told.get(form, _UNTOLD)
        if found is _UNTOLD:
            if len(_told) >= _REMEMBERED:
                _told.clear()
            found = _told[form] = self._kind_told(node)
        return cast("str | None", found)

    def _form(self, node: exp.Expr) -> tuple[object, ...] | None:
        """What the type of an expression follows from: its parts, with types in the place of what
        is known. None where something is not."""
        found: list[object] = []
        waiting: list[object] = [node]
        while waiting:
            part = waiting.pop()
            if isinstance(part, list):
                found.append(len(part))
                waiting += part
            elif not isinstance(part, exp.Expr):
                found.append(part)
            elif part is not node and self._is_known(part):
                if (kind := self.kind(part)) is None:
                    return None
                found.append((kind,))
            elif isinstance(part, exp.Placeholder) or is_foreign(part):
                return None
            else:
                found += (type(part), *part.args)
                waiting += part.args.values()
        return tuple(found)

    def _kind_told(self, node: exp.Expr) -> str | None:
        """DuckDB is asked, with columns in the place of what is known."""
        used: dict[str, str] = {}

        def flat(part: exp.Expr) -> exp.Expr | None:
            if not self._is_known(part):
                return None
            name = f"c{len(used)}"
            used[name] = self.kind(part) or ""
            return exp.column(name, quoted=True)

        try:
            return kind_of(copy_to_write(node, "duckdb", flat), used)
        except DefinitionError:
            return None

    def _is_known(self, node: exp.Expr) -> bool:
        """Whether it is asked for by its type: a link of a chain is, by the links before it."""
        return _is_one(node) or (isinstance(node, exp.Binary) and id(node) in self._asked)

    def _kind_of_rows(self, node: exp.Expr) -> str | None:
        query = node.this.unnest() if isinstance(node, _ANY) else node
        return next(iter(self.kinds(query)), None) if isinstance(query, exp.Query) else "BOOLEAN"

    def _kind_of_origin(self, origin: Origin) -> str | None:
        if origin is None or isinstance(origin, str):
            return origin
        if isinstance(origin, Both):
            return _common(self._kind_of_origin(origin.one), self._kind_of_origin(origin.two))
        while isinstance(origin, exp.Expr) and id(origin) in self._now:
            origin = self._now[id(origin)]
        return self.kind(origin.unalias()) if isinstance(origin, exp.Expr) else origin


def _is_one(node: exp.Expr) -> bool:
    """Whether its type is known by itself: it is a column, or has to do with a query's rows."""
    if isinstance(node, _ONES):
        return True
    if isinstance(node, _ANY):
        return isinstance(node.this.unnest(), exp.Query)
    return isinstance(node, exp.In) and node.args.get("query") is not None


def _common(one: str | None, two: str | None) -> str | None:
    """The type of what has values of both; None where engines do not agree on one."""
    if one is None or two is None:
        return None
    nulls = one in NULLS or two in NULLS
    same = nulls or (family_of(one) is not None and family_of(one) == family_of(two))
    return common_kind(one, two) if same or one == two else None


def _of_literal(node: exp.Literal) -> str:
    size = int(node.name).bit_length()
    return "INTEGER" if size < 32 else "BIGINT" if size < 64 else "HUGEINT"
