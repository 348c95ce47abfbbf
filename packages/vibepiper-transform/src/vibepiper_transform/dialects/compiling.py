"""Queries as the SQL of one dialect, with DuckDB's meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError
from vibepiper.errors import DefinitionError

from vibepiper_transform.dialects.clauses import needs_columns, plain_clauses
from vibepiper_transform.dialects.columns import Columns
from vibepiper_transform.dialects.constant_rows import values_by_union
from vibepiper_transform.dialects.constants import arguments_read, constants_read
from vibepiper_transform.dialects.denials import denials_apart
from vibepiper_transform.dialects.depth import check_depth
from vibepiper_transform.dialects.derived import refuse_outer_names
from vibepiper_transform.dialects.forms import plain_forms
from vibepiper_transform.dialects.full_joins import (
    full_joins_by_union,
    unequal_full_joins_by_union,
)
from vibepiper_transform.dialects.known import (
    MYSQL_KNOWS,
    POSTGRESQL_KNOWS,
    SQLITE_KNOWS,
    refuse_unknown,
)
from vibepiper_transform.dialects.mysql import MYSQL
from vibepiper_transform.dialects.names import dialect_name, sqlglot_name
from vibepiper_transform.dialects.native import nodes_to_write, refuse_foreign, with_native
from vibepiper_transform.dialects.postgresql import NEEDS_TYPES, POSTGRESQL
from vibepiper_transform.dialects.result_types import has_decimals, typed_nulls, typed_results
from vibepiper_transform.dialects.rows import rows_apart
from vibepiper_transform.dialects.rules import Rules, refuse, rewritten
from vibepiper_transform.dialects.selecting import asof_by_windows, grouping_sets_by_union
from vibepiper_transform.dialects.semi_joins import semi_joins_by_exists
from vibepiper_transform.dialects.set_operations import plain_set_operations
from vibepiper_transform.dialects.spoken import spoken
from vibepiper_transform.dialects.sqlite import SQLITE
from vibepiper_transform.dialects.truths import may_mix_truths, truths_as_numbers
from vibepiper_transform.dialects.typing import typed
from vibepiper_transform.dialects.warehouses import BIGQUERY, SNOWFLAKE
from vibepiper_transform.dialects.window_sorts import windows_apart
from vibepiper_transform.dialects.wording import reword
from vibepiper_transform.dialects.wrapping import (
    distinct_on_by_number,
    having_around,
    ordered_distinct_on,
    qualified_around,
)

__all__ = ["compile_query", "lower_query", "write_query"]

Lowering = Callable[[exp.Query, Columns | None], exp.Query]


def lower_query(query: exp.Query, dialect: str, columns: Columns | None = None) -> exp.Query:
    """``query`` in words that the dialect has, and that mean there what they mean in DuckDB.
    What was written in the dialect itself stays as it was. ``columns`` tells those of the tables
    that it reads. Raises `UnsupportedSql` for what the dialect cannot do."""
    name = dialect_name(dialect)
    if name not in _LOWERINGS:
        nodes = nodes_to_write(query, name)
        reword(nodes, name)
        return cast("exp.Query", nodes[0])
    tree = with_native(query.copy(), name)
    refuse_foreign(tree, name)
    with _not_too_deep():
        return _LOWERINGS[name](rows_apart(denials_apart(tree), name), columns)


def compile_query(
    query: exp.Query, dialect: str, columns: Columns | None = None, *, pretty: bool = False
) -> str:
    """The text of `lower_query`."""
    return write_query(lower_query(query, dialect, columns), dialect, pretty=pretty)


def write_query(lowered: exp.Expr, dialect: str, *, pretty: bool = False) -> str:
    """The text of a query that is lowered already, or of a statement around one, which is used up
    by it. Names are quoted."""
    name = sqlglot_name(dialect)
    level = ErrorLevel.IGNORE if name in ("duckdb", "postgres") else ErrorLevel.RAISE
    options = {"copy": False, "identify": True, "pretty": pretty}
    try:
        with _not_too_deep():
            text = lowered.sql(spoken(name), unsupported_level=level, **options)
            if name == "sqlite":
                check_depth(text, lowered)
            return text
    except UnsupportedError as error:
        raise refuse("this", dialect_name(dialect), str(error)) from error


@contextmanager
def _not_too_deep() -> Iterator[None]:
    """Raises `DefinitionError` where Python's stack ends."""
    try:
        yield
    except RecursionError as error:
        raise DefinitionError(
            "the query has too many steps or operators, one in the other, to be written as SQL",
            hint="Name many values with is_in, and break a long chain of steps into assets.",
        ) from error


def _postgresql(query: exp.Query, columns: Columns | None) -> exp.Query:
    query = semi_joins_by_exists(query)
    if columns is not None and _goes_by_types(query, columns):
        query = typed_results(typed_nulls(truths_as_numbers(typed(query, columns))))
        query = unequal_full_joins_by_union(query, "postgresql")
    query = plain_clauses(plain_forms(arguments_read(query)), "postgresql")
    query = ordered_distinct_on(qualified_around(query, "postgresql"))
    query = asof_by_windows(query, "postgresql")
    query = rewritten(query, POSTGRESQL)
    refuse_unknown(query, POSTGRESQL_KNOWS, "postgresql")
    reword([*query.walk()], "postgresql")
    return query


def _goes_by_types(query: exp.Query, columns: Columns) -> bool:
    """Whether PostgreSQL's words for it depend on them."""
    if query.find(*NEEDS_TYPES) or any(join.side == "FULL" for join in query.find_all(exp.Join)):
        return True
    if query.find(exp.SetOperation) and query.find(exp.Null):
        return True
    return needs_columns(query) or has_decimals(query, columns) or may_mix_truths(query, columns)


def _warehouse(
    query: exp.Query, columns: Columns | None, *, dialect: str, rules: Rules
) -> exp.Query:
    """For engines that are like DuckDB: by types where they are known."""
    if columns is not None:
        query = truths_as_numbers(typed(query, columns))
    if columns is not None and dialect == "bigquery":
        query = unequal_full_joins_by_union(query, dialect)
    return rewritten(asof_by_windows(query, dialect), rules)


def _typed(
    query: exp.Query,
    columns: Columns | None,
    *,
    dialect: str,
    rules: Rules,
    known: frozenset[type[exp.Expr]],
) -> exp.Query:
    """For engines whose types are not DuckDB's: by the types of the expressions."""
    if columns is None:
        hint = "Give `columns`, which tells the columns of a table."
        raise refuse("a query over unknown columns", dialect, "it goes by their types", hint)
    query = values_by_union(semi_joins_by_exists(query), dialect)
    query = typed_nulls(truths_as_numbers(typed(query, columns)))
    query = arguments_read(constants_read(query))
    query = plain_clauses(plain_forms(query), dialect)
    query = distinct_on_by_number(qualified_around(query, dialect))
    query = asof_by_windows(query, dialect)
    query = grouping_sets_by_union(query, dialect)
    if dialect == "mysql":
        query = having_around(query)
        query = full_joins_by_union(query, dialect)
    query = rewritten(query, rules)
    refuse_unknown(query, known, dialect)
    if dialect == "sqlite":
        return plain_set_operations(query)
    refuse_outer_names(query)
    query = windows_apart(query)
    reword([*query.walk()], dialect)
    return query


_LOWERINGS: dict[str, Lowering] = {
    "postgresql": _postgresql,
    "mysql": partial(_typed, dialect="mysql", rules=MYSQL, known=MYSQL_KNOWS),
    "sqlite": partial(_typed, dialect="sqlite", rules=SQLITE, known=SQLITE_KNOWS),
    "snowflake": partial(_warehouse, dialect="snowflake", rules=SNOWFLAKE),
    "bigquery": partial(_warehouse, dialect="bigquery", rules=BIGQUERY),
}
