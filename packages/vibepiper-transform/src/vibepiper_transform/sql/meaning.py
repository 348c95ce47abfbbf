"""What a dialect means by what it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING

from sqlglot import exp

from vibepiper_transform.dialects.native import (
    Foreign,
    mark_foreign,
    mark_native,
    stands_for,
    with_originals,
)
from vibepiper_transform.dialects.result_types import cast_of, may_differ
from vibepiper_transform.dialects.trees import is_made, results_of
from vibepiper_transform.families import family_of
from vibepiper_transform.kinds import CAST
from vibepiper_transform.mixed_types import MIXING, mixed_in
from vibepiper_transform.sql.foreign import function_name
from vibepiper_transform.sql.kinds import SUM_OF_SMALL, integer_bits
from vibepiper_transform.sql.meanings.arguments import check_argument
from vibepiper_transform.sql.meanings.common import CONDITIONED, has_more, not_zero, truths
from vibepiper_transform.sql.meanings.mixing import MEETING, united
from vibepiper_transform.sql.meanings.mysql import MYSQL
from vibepiper_transform.sql.meanings.postgresql import POSTGRESQL
from vibepiper_transform.sql.meanings.rule import DUCKDB, Differs, Meaning, Mixed, Rule
from vibepiper_transform.sql.meanings.sqlite import SQLITE
from vibepiper_transform.sql.meanings.warehouses import WAREHOUSE
from vibepiper_transform.sql.meets import Meets
from vibepiper_transform.sql.operands import Operands
from vibepiper_transform.sql.scope import Output

if TYPE_CHECKING:
    from vibepiper_transform.sql.parsing import ParsedQuery

__all__ = ["give_meaning"]

_BIGINT, _DOUBLE = exp.DataType.build("BIGINT"), exp.DataType.build("DOUBLE")
_MEANS = (exp.Avg, exp.Stddev, exp.StddevSamp, exp.StddevPop, exp.Variance, exp.VariancePop)
_AROUND = (exp.Paren, exp.Window, exp.Filter)
_UNPROVEN = "nobody proved what it is elsewhere"
_JOIN = "Put the query into a WITH, and join it."
_WHOLE = frozenset({exp.Column, exp.Identifier, exp.Literal})
_FIRST = ("with_", "from_", "joins", "laterals")


_DIVISIONS = (exp.Div, exp.IntDiv, exp.Mod)


def _by_zero_null(node: exp.Expr, of: Operands) -> exp.Expr:
    """DuckDB makes inf, nan or an error of it, by the types; other engines have no inf."""
    node.set("expression", not_zero(node.expression))
    return node


_MET: Mapping[type[exp.Expr], Rule] = {
    **MEETING,
    **dict.fromkeys(_DIVISIONS, _by_zero_null),
    **dict.fromkeys(CONDITIONED, truths),
    **dict.fromkeys((exp.Greatest, exp.Least), united),
}
_DUCKDB_MEETS = Meets(truths=True, constants=True)
_MEANINGS: Mapping[str, Meaning] = {
    "bigquery": WAREHOUSE,
    "mysql": MYSQL,
    "postgresql": POSTGRESQL,
    "snowflake": WAREHOUSE,
    "sqlite": SQLITE,
}


def give_meaning(parsed: ParsedQuery, dialect: str, known: MutableMapping[int, Output]) -> None:
    """Changes a query of a dialect so that it means in DuckDB, and so in any relation, what its
    author means. What differs keeps its original, for where it runs in its own dialect; what
    nobody proved to mean the same is marked, and refused anywhere else. ``known`` are the columns
    by their ids. Raises `DefinitionError` for values that meet and become nothing that is known."""
    meaning = _MEANINGS.get(dialect)
    of = Operands(known, _DUCKDB_MEETS if meaning is None else meaning.meets)
    if meaning is None:
        _refuse_mixed(parsed, of)
    else:
        reading = _Reading(parsed, dialect, meaning, of)
        for node in _inside_out(parsed.tree):
            reading.read(node)
    _type_results(parsed.tree, dialect, of)


def _refuse_mixed(parsed: ParsedQuery, of: Operands) -> None:
    """Of DuckDB's own SQL what other engines convert otherwise, and DuckDB by what the rows hold:
    texts beside values of other types. Raises `DefinitionError` at its place. Booleans beside
    numbers become numbers, numbers that are conditions such, and what is divided by zero null."""
    for node in _inside_out(parsed.tree):
        if type(node) in MIXING:
            for place, wrong in mixed_in(node, of.kind):
                if place.find_ancestor(exp.Try) is None:  # which gives null of what fails
                    raise parsed.error(wrong, place, CAST)
        if (rule := _MET.get(type(node))) is None:
            continue
        parent, name, index = node.parent, node.arg_key, node.index
        try:
            made = rule(node, of)
        except Mixed as mixed:
            told = f"{mixed.feature}: {mixed.why}"
            raise parsed.error(told, mixed.at or node, mixed.hint) from None
        except Differs:
            made = node  # DuckDB's meaning is that of every engine
        if made is node or parent is None or name is None or isinstance(node, exp.Nullif):
            _settle(node, parent, name, index)  # NULLIF has the type of its first value
        else:
            of.replaced(node, made)
            parent.set(name, made, index)


class _Reading:
    """Gives the nodes of a query their meaning, each after those that it is made of."""

    def __init__(self, parsed: ParsedQuery, dialect: str, meaning: Meaning, of: Operands) -> None:
        self._parsed = parsed
        self._dialect = dialect
        self._meaning = meaning
        self._of = of

    def read(self, node: exp.Expr) -> None:
        if isinstance(node, exp.Select):
            mark_native(node, self._dialect)
        rule = self._meaning.rules.get(type(node))
        if rule is None and type(node) not in self._meaning.same:
            self._mark(node, Differs(_name(node), _UNPROVEN))
            return
        parent, name, index = node.parent, node.arg_key, node.index
        try:
            check_argument(node, self._of)
            made = node if rule is None else rule(node, self._of)
        except Differs as differs:
            _settle(node, parent, name, index)
            self._mark(node, differs)
            return
        if made is node or parent is None or name is None:
            _settle(node, parent, name, index)
            if _is_more(node):
                self._mark(node, Differs(_name(node), _UNPROVEN))
        elif node.find(exp.Query) is not None:
            _settle(node, parent, name, index)
            self._mark(node, Differs(f"{_name(node)} of a query", _UNPROVEN, _JOIN))
        else:
            self._of.replaced(node, made)
            if not is_made(made):
                original = with_originals(exp.paren(node), self._dialect).this
                made = stands_for(made, original, self._dialect)
            parent.set(name, made, index)

    def _mark(self, node: exp.Expr, differs: Differs) -> None:
        mixed, place = isinstance(differs, Mixed), differs.at or node
        if mixed and self._meaning.meets.refused:
            raise self._parsed.error(f"{differs.feature}: {differs.why}", place, differs.hint)
        find = self._parsed.finder(place)
        hint = differs.hint if differs.hint == DUCKDB else f"{differs.hint} {DUCKDB}"
        foreign = Foreign(self._dialect, differs.feature, differs.why, hint, find, mixed=mixed)
        mark_foreign(place, foreign)


def _settle(node: exp.Expr, parent: exp.Expr | None, name: str | None, index: int | None) -> None:
    """Puts a node back where it was, and what it is made of into it: a rule may have tried them
    elsewhere."""
    if any(each.parent is not node for each in node.iter_expressions()):
        for key, value in node.args.items():
            if isinstance(value, exp.Expr | list):
                node.set(key, value)
    if parent is not None and name is not None and node.parent is not parent:
        parent.set(name, node, index)


def _inside_out(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Every node after its parts, a SELECT's tables before its columns. What a column's name is
    made of means the same anywhere."""
    waiting, found = [tree], list[exp.Expr]()
    while waiting:
        node = waiting.pop()
        found.append(node)
        if type(node) not in _WHOLE:
            parts = node.iter_expressions()
            waiting += sorted(parts, key=_is_later) if isinstance(node, exp.Query) else parts
    return reversed(found)


def _is_later(node: exp.Expr) -> bool:
    return node.arg_key not in _FIRST


def _is_more(node: exp.Expr) -> bool:
    return isinstance(node, exp.Func | exp.Binary) and has_more(node)


def _name(node: exp.Expr) -> str:
    return f"{function_name(node)}()" if isinstance(node, exp.Func) else node.key


def _type_results(query: exp.Query, dialect: str, of: Operands) -> None:
    """Sums of integers have 64 bits, and means are doubles, as in any relation: engines have each
    their own types for them. Where PostgreSQL's own run there, others of its types are told too."""
    for select in results_of(query):
        select.set("expressions", [_typed(node, dialect, of) for node in select.expressions])


def _typed(node: exp.Expr, dialect: str, of: Operands) -> exp.Expr:
    value = node.unalias()
    target = _result_type(value, of.known)
    if target is not None and family_of(of.kind(value) or "") != "date":
        made: exp.Expr | None = _sum(value, target, dialect)
    elif dialect == "postgresql" and may_differ(value):
        made = cast_of(value, of.kind(value))
    else:
        return node
    if made is None:
        return node
    if isinstance(node, exp.Alias):
        node.set("this", made)
        return node
    return exp.alias_(made, node.name, quoted=True, copy=False) if node.name else made


def _sum(value: exp.Expr, target: exp.DataType, dialect: str) -> exp.Expr:
    """A cast to the type, where it may not hide that a sum has left 64 bits: SQLite's sums are
    integers or an error, and MySQL's decimals."""
    made = exp.Cast(this=value, to=target.copy())
    if target is not _BIGINT or dialect not in ("mysql", "sqlite"):
        return made
    native = with_originals(exp.paren(value), dialect)
    one = exp.Literal.number(1)
    whole = native if dialect == "sqlite" else exp.IntDiv(this=native, expression=one)
    return stands_for(made, whole, dialect)


def _result_type(value: exp.Expr, known: Mapping[int, Output]) -> exp.DataType | None:
    if integer_bits(value, known) >= SUM_OF_SMALL:
        return _BIGINT
    while isinstance(value, _AROUND):
        value = value.this
    return _DOUBLE if isinstance(value, _MEANS) else None
