"""What a dialect means by what it has in common with the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from vibepiper_transform.dialects.native import mark_native, stands_for
from vibepiper_transform.sql.kinds import SUM_OF_SMALL, integer_bits
from vibepiper_transform.sql.scope import Output

__all__ = ["give_meaning", "results_of"]

_BIGINT, _DOUBLE = exp.DataType.build("BIGINT"), exp.DataType.build("DOUBLE")
_MEANS = (exp.Avg, exp.StddevSamp, exp.StddevPop, exp.Variance, exp.VariancePop)
_AROUND = (exp.Paren, exp.Window, exp.Filter)


def give_meaning(query: exp.Query, dialect: str, known: Mapping[int, Output]) -> None:
    """Changes a query of a dialect so that it means in DuckDB, and so in any relation, what its
    author means. What differs keeps its original, for where it runs in its own dialect. ``known``
    are the columns by their ids."""
    for node in list(query.find_all(exp.Select, exp.Div, exp.Like)):
        if isinstance(node, exp.Select):
            if dialect != "duckdb":
                mark_native(node, dialect)
        elif isinstance(node, exp.Div):
            if node.args.get("typed"):
                _divide(node, dialect, known)
        elif isinstance(node, exp.Like) and dialect == "sqlite":
            _like(node, dialect)
    _type_results(query, known)


def results_of(query: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs whose rows are those of the query."""
    if isinstance(query, exp.SetOperation):
        yield from results_of(query.this)
        yield from results_of(query.expression)
    elif isinstance(query, exp.Subquery):
        yield from results_of(query.this)
    elif isinstance(query, exp.Select):
        yield query


def _type_results(query: exp.Query, known: Mapping[int, Output]) -> None:
    """Sums of integers have 64 bits, and means are doubles, as in any relation: engines have each
    their own types for them."""
    for select in results_of(query):
        for node in list(select.expressions):
            value = node.this if isinstance(node, exp.Alias) else node
            if (target := _result_type(value, known)) is None:
                continue
            if isinstance(node, exp.Alias):
                node.set("this", exp.Cast(this=value, to=target.copy()))
            else:
                cast = exp.Cast(this=value.copy(), to=target.copy())
                node.replace(exp.alias_(cast, node.name, quoted=True))


def _result_type(value: exp.Expr, known: Mapping[int, Output]) -> exp.DataType | None:
    if integer_bits(value, known) >= SUM_OF_SMALL:
        return _BIGINT
    while isinstance(value, _AROUND):
        value = value.this
    return _DOUBLE if isinstance(value, _MEANS) else None


def _divide(node: exp.Div, dialect: str, known: Mapping[int, Output]) -> None:
    """In dialects where integers divide without a remainder."""
    bits = [integer_bits(each, known) for each in (node.this, node.expression)]
    one, two = node.this, node.expression
    original = node.copy()
    made: exp.Expr
    if all(bits) and max(bits) <= SUM_OF_SMALL:
        made = exp.IntDiv(this=one, expression=two)
    else:
        made = exp.Div(this=one, expression=two, typed=False, safe=True)
    node.replace(stands_for(made, original, dialect))


def _like(node: exp.Like, dialect: str) -> None:
    """SQLite's LIKE tells no case. MySQL's does what the column's collation says, and that of a
    table which VibePiper made tells case."""
    original = node.copy()
    made = exp.ILike(this=node.this, expression=node.expression)
    node.replace(stands_for(made, original, dialect))
