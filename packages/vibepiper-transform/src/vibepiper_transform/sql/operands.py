"""The types of a query's expressions while its meaning is found."""

from __future__ import annotations

from collections.abc import MutableMapping

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.families import family_of
from vibepiper_transform.kinds import Kinds, is_integer, kind_of
from vibepiper_transform.sql.kinds import integer_bits
from vibepiper_transform.sql.scope import Output

__all__ = ["Operands"]

_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}


class Operands:
    """``known`` are what columns are, by their ids; copies that are made here are added."""

    def __init__(self, known: MutableMapping[int, Output]) -> None:
        self.known = known
        self._kept: list[exp.Expr] = []  # their ids must not become those of others
        self._now: dict[int, exp.Expr] = {}

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
            return self._column(node)
        if isinstance(node, exp.Literal) and (node.is_string or node.is_int):
            return "VARCHAR" if node.is_string else _of_literal(node)  # without asking DuckDB
        if node.find(exp.Query, exp.Placeholder) is not None:
            return None
        flat, used = node.copy(), dict[str, str]()
        pairs = zip(node.find_all(exp.Column), flat.find_all(exp.Column), strict=True)
        for number, (column, bare) in enumerate(list(pairs)):
            if (found := self._column(column)) is None:
                return None
            bare.set("this", exp.to_identifier(f"c{number}", quoted=True))
            bare.set("table", None)
            used[f"c{number}"] = found
        return _kind(flat, used)

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

    def bits(self, node: exp.Expr) -> int:
        """Those of an integer; 0 for what is none or is not known."""
        found = self.kind(node) or ""
        return integer_bits(node, self.known) or _BITS.get(found.removeprefix("U"), 0)

    def _column(self, column: exp.Column) -> str | None:
        found = self.known.get(id(column))
        origin = None if found is None else found.origin
        while isinstance(origin, exp.Expr) and id(origin) in self._now:
            origin = self._now[id(origin)]
        return self.kind(origin.unalias()) if isinstance(origin, exp.Expr) else origin


def _of_literal(node: exp.Literal) -> str:
    size = int(node.name).bit_length()
    return "INTEGER" if size < 32 else "BIGINT" if size < 64 else "HUGEINT"


def _kind(tree: exp.Expr, used: Kinds) -> str | None:
    try:
        return kind_of(tree, used)
    except DefinitionError:
        return None
