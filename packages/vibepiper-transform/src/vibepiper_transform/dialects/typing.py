"""Every expression of a query with the type that DuckDB gives it: what lowerings go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify_columns import qualify_columns
from sqlglot.optimizer.qualify_tables import qualify_tables
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema
from vibepiper.errors import DefinitionError

from vibepiper_transform.dialects.columns import Columns, is_table
from vibepiper_transform.dialects.native import without_marks
from vibepiper_transform.dialects.set_operations import by_place

__all__ = ["kind", "typed"]

_KIND = "vibepiper_kind"
_SOURCE = "vp_source_"
_OPERATORS = (
    *(exp.And, exp.Or, exp.Xor, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
    *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod),
    *(exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.Pow),
)
_LINKS = (*_OPERATORS, exp.Cast)
"""What chains are made of, that may be as long as the query."""
_NAMING = (exp.Alias, exp.Paren)
_TYPED = (exp.Condition, exp.Func, exp.Filter, exp.Subquery, exp.Alias)
Kinds = Mapping[str, str]


def kind(node: exp.Expr) -> str | None:
    """The type of an expression of a `typed` query, in DuckDB's words; None where none is known."""
    return cast("str | None", node.meta.get(_KIND))


def as_kind(node: exp.Expr, known: str | None) -> exp.Expr:
    """``node``, of which the type is known."""
    node.meta[_KIND] = known
    return node


def typed(query: exp.Query, columns: Columns) -> exp.Query:
    """The query, its stars written out, its columns with their tables, its expressions typed."""
    from vibepiper_transform.kinds import kinds_of

    tables: dict[str, exp.Table] = {}
    placed = query.copy().transform(lambda node: _apart(node, query, tables))
    kinds = {name: kinds_of(columns(table)) for name, table in tables.items()}
    shown = {name: dict.fromkeys(found, "UNKNOWN") for name, found in kinds.items()}
    schema = MappingSchema(cast("dict[str, object]", shown), dialect="duckdb", normalize=False)
    try:
        tree = qualify_columns(qualify_tables(placed, dialect="duckdb"), schema=schema)
    except OptimizeError as error:
        raise DefinitionError(f"the query's columns cannot be told: {error}") from error
    for union in reversed([*tree.find_all(exp.SetOperation)]):
        if union.args.get("by_name"):
            by_place(union)
    _Typing(kinds).annotate(tree)
    return cast("exp.Query", tree.transform(lambda node: _back(node, tables), copy=False))


def _apart(node: exp.Expr, query: exp.Query, tables: dict[str, exp.Table]) -> exp.Expr:
    """Gives each table of the database a name of its own while columns are resolved: sqlglot
    knows schemas or none, not both at once."""
    if not is_table(node, query):
        return node
    table = cast("exp.Table", node)
    name = f"{_SOURCE}{len(tables)}"
    tables[name] = exp.Table(this=table.this.copy(), db=table.args.get("db"))
    alias = table.args.get("alias") or exp.TableAlias(this=table.this.copy())
    rest = {key: value for key, value in table.args.items() if key not in ("this", "db", "alias")}
    return exp.Table(this=exp.to_identifier(name, quoted=True), alias=alias, **rest)


def _back(node: exp.Expr, tables: Mapping[str, exp.Table]) -> exp.Expr:
    if isinstance(node, exp.Table) and node.name in tables:
        real = tables[node.name].copy()
        node.set("this", real.this)
        node.set("db", real.args.get("db"))
    return node


class _Typing:
    """The types of a query's expressions, from the innermost query outwards."""

    def __init__(self, tables: Mapping[str, Kinds]) -> None:
        self._tables = tables
        self._outputs: dict[int, Kinds] = {}

    def annotate(self, tree: exp.Expr) -> None:
        for scope in traverse_scope(tree):
            found = scope.expression
            if isinstance(found, exp.Select):
                self._outputs[id(found)] = self._select(found, scope)
            elif isinstance(found, exp.SetOperation):
                self._outputs[id(found)] = self._set_operation(found)

    def _select(self, select: exp.Select, scope: Scope) -> Kinds:
        for node in reversed([*own_nodes(select)]):  # each after its parts
            if isinstance(node, _TYPED):
                as_kind(node, self._kind(node, scope))
        return {column.alias_or_name: kind(column) or "NULL" for column in select.selects}

    def _set_operation(self, operation: exp.SetOperation) -> Kinds:
        from vibepiper_transform.kinds import common_kind

        left, right = (self._of_query(side) for side in (operation.left, operation.right))
        pairs = zip(left.items(), right.values(), strict=False)
        return {name: common_kind(one, two) for (name, one), two in pairs}

    def _of_query(self, query: exp.Expr) -> Kinds:
        found = query.unnest()
        return self._outputs.get(id(found), {})

    def _kind(self, node: exp.Expr, scope: Scope) -> str | None:
        if isinstance(node, exp.Column):
            return self._column(node, scope)
        if isinstance(node, _NAMING) and isinstance(node.this, _TYPED):
            return kind(node.this)
        if isinstance(node, exp.Grouping):
            return "BIGINT"  # it cannot be asked for without its groups
        if isinstance(node, exp.Cast):
            alone = node.__class__(this=exp.Null(), to=node.to.copy())
            return self._asked(alone, node, scope)
        if isinstance(node, exp.Window):  # of a type whatever its rows are, which are no column's
            return self._asked(exp.Window(this=node.this.copy(), over="OVER"), node, scope)
        if not isinstance(node, _OPERATORS):
            return self._asked(node.unalias().copy(), node, scope)
        parts = [*node.iter_expressions()]
        if any(_is_link(part) and kind(part) is None for part in parts):
            return None
        if isinstance(node, exp.Connector | exp.Not) and {*map(kind, parts)} == {"BOOLEAN"}:
            return "BOOLEAN"
        return self._asked(_over_types(node), node, scope)

    def _asked(self, made: exp.Expr, node: exp.Expr, scope: Scope) -> str | None:
        """The type of ``made``, which is as ``node`` or stands for it."""
        from vibepiper_transform.kinds import kind_of

        used: dict[str, str] = {}
        flat: exp.Expr = exp.Paren(this=without_marks(made))
        for column in made.find_all(exp.Column):
            if (found := self._column(column, scope)) is not None:
                used[_flat(column)] = found
        flat = flat.transform(lambda inner: self._flattened(inner, used, node))
        names = {column.name for column in flat.find_all(exp.Column)}
        if names - used.keys():
            return None
        try:
            return kind_of(flat.this, used)
        except (DefinitionError, KeyError):
            return None

    def _flattened(self, node: exp.Expr, used: dict[str, str], whole: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Exists) or (isinstance(node, exp.In) and node.args.get("query")):
            used["vp_boolean"] = "BOOLEAN"
            return exp.column("vp_boolean", quoted=True)
        if isinstance(node, exp.Subquery):
            return self._scalar(node, used, whole)
        if isinstance(node, exp.Column):
            return exp.column(_flat(node), quoted=True)
        return node

    def _scalar(self, copied: exp.Subquery, used: dict[str, str], whole: exp.Expr) -> exp.Expr:
        """A scalar subquery as a column of its type. ``copied`` is of a copy: its original is
        found by its text."""
        text = copied.sql()
        for found in whole.find_all(exp.Subquery):
            if found.sql() == text and (outputs := self._of_query(found)):
                name = f"vp_scalar_{len(used)}"
                used[name] = next(iter(outputs.values()))
                return exp.column(name, quoted=True)
        return exp.column("vp_unknown", quoted=True)

    def _column(self, column: exp.Column, scope: Scope | None) -> str | None:
        while scope is not None:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                return self._tables.get(source.name, {}).get(column.name)
            if isinstance(source, Scope):
                return self._renamed(source, scope, column)
            scope = scope.parent
        return None

    def _renamed(self, source: Scope, scope: Scope, column: exp.Column) -> str | None:
        outputs = self._outputs.get(id(source.expression.unnest()), {})
        return outputs.get(column.name)


def _is_link(part: exp.Expr) -> bool:
    return isinstance(part.unnest(), _LINKS)


def _over_types(node: exp.Expr) -> exp.Expr:
    """An operator over values of the types of its operands, where these are links themselves: so
    each of a chain is asked about by itself, not with all before it."""
    return node.__class__(**{name: _of_type(part) for name, part in node.args.items()})


def _of_type(part: object) -> object:
    from vibepiper_transform.kinds import NULLS, null_told

    if not isinstance(part, exp.Expr):
        return part
    known = kind(part) if _is_link(part) else None
    return part.copy() if known is None or known in NULLS else null_told(known)


def _flat(column: exp.Column) -> str:
    return f"{column.table}.{column.name}"


def own_nodes(select: exp.Select) -> Iterator[exp.Expr]:
    """The nodes of a SELECT, without those of the queries within it."""
    for node in select.walk(prune=lambda node: isinstance(node, exp.Query) and node is not select):
        if node is not select:
            yield node
