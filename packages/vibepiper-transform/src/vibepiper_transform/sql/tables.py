"""The tables of a FROM, and their joins."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.errors import nearest, suggest

from vibepiper_transform.sql.foreign import function_name
from vibepiper_transform.sql.marks import Reference
from vibepiper_transform.sql.parsing import offset_of
from vibepiper_transform.sql.scope import Both, Output, Scope, ScopeTable

if TYPE_CHECKING:
    from vibepiper_transform.sql.resolving import Resolver

__all__ = ["add_tables", "renamed"]

_MAKE_ROWS = frozenset(
    {"generate_series", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest"}
)
_READ = ("dblink", "glob", "parquet", "pg_", "query", "read", "scan")


def add_tables(resolver: Resolver, select: exp.Select, scope: Scope) -> None:
    """Puts what a SELECT reads into its scope, and assets into the tree."""
    if (start := select.args.get("from_")) is not None:
        _add(resolver, start.this, scope)
    for join in select.args.get("joins") or ():
        _join(resolver, join, scope)
    for view in select.args.get("laterals") or ():
        raise resolver.parsed.error("LATERAL VIEW is not supported", view, "Use UNNEST.")


def renamed(
    resolver: Resolver, alias: exp.TableAlias | None, outputs: list[Output]
) -> list[Output]:
    """The columns under the names that ``AS t(a, b)`` gives them."""
    given = alias.args.get("columns") if alias is not None else None
    if not given:
        return outputs
    if len(given) > len(outputs):
        raise resolver.parsed.error(
            f"{len(given)} names for {len(outputs)} columns", given[len(outputs)]
        )
    made = []
    for name, output in zip(given, outputs, strict=False):
        made.append(Output(_define(resolver, name), output.origin))
    return made + outputs[len(given) :]


def _define(resolver: Resolver, name: exp.Identifier) -> str:
    text = resolver.named(name)
    name.set("this", text)
    name.set("quoted", True)
    return text


def _add(resolver: Resolver, node: exp.Expr, scope: Scope, *, lateral: bool = False) -> None:
    joins = node.args.get("joins") or []
    if node.args.get("pivots"):
        raise _pivot(resolver, node)
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
        _add(resolver, node.this, scope)  # a join in parentheses
    elif isinstance(node, exp.Subquery):
        outer = scope if lateral else scope.outer
        outputs = resolver.query(node, outer, scope.ctes)
        _show(resolver, node, node, outputs, scope)
    elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        _named(resolver, node, scope)
    elif isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
        outputs = resolver.query(node.this, scope, scope.ctes)
        _show(resolver, node, node, outputs, scope)
    elif isinstance(node, exp.Values):
        _values(resolver, node, scope)
    elif isinstance(node, (exp.Unnest, exp.Lateral, exp.Table)):
        _function(resolver, node, scope)
    else:
        raise resolver.parsed.error("a FROM reads assets, and this is none", node)
    for join in joins:
        _join(resolver, join, scope)


def _named(resolver: Resolver, node: exp.Table, scope: Scope) -> None:
    name = str(node.this.this)
    if node.args.get("db") is None and name in resolver.parsed.marks:
        _asset(resolver, node, resolver.parsed.marks[name], scope)
        resolver.used[name] += 1
        return
    found = scope.ctes.get(name.lower()) if node.args.get("db") is None else None
    if found is None:
        raise _no_table(resolver, node, scope)
    node.set("this", exp.to_identifier(found[0], quoted=True))
    _show(resolver, node, node, found[1], scope, default=found[0])


def _pivot(resolver: Resolver, node: exp.Expr) -> Exception:
    back = node.args["pivots"][0].args.get("unpivot")
    instead = "UNION ALL" if back else "CASE"
    name = "unpivot" if back else "pivot"
    return resolver.parsed.error(
        f"{name.upper()} is not supported in SQL assets",
        node,
        f"Use {instead}, or Relation.{name} in Python.",
    )


def _asset(resolver: Resolver, node: exp.Table, held: object, scope: Scope) -> None:
    if not isinstance(held, Reference):
        raise resolver.parsed.error(
            "a value stands where only an asset can", node, "Name it by ref('asset')."
        )
    upstream = resolver.upstreams[held.key]
    resolver.read[held.key] = None
    body = upstream.body()
    for arg in ("alias", "sample"):
        body.set(arg, node.args.get(arg))
    if joins := node.args.get("joins"):
        body.set("joins", joins)
    node.replace(body)
    outputs = upstream.outputs()
    _show(resolver, node, body, outputs, scope, default=held.name, asset=held.key)


def _no_table(resolver: Resolver, node: exp.Table, scope: Scope) -> Exception:
    name = node.name
    known = {reference.name: key for key, reference in resolver.references.items()}
    if name in known:
        hint = f"Refer to the asset: {{{{ {name} }}}}, or {{{{ ref('{known[name]}') }}}}."
    else:
        near = nearest(name, [*(cte for cte, _ in scope.ctes.values()), *known])
        meant = f"{{{{ {near} }}}}" if near in known else f"'{near}'"
        hint = f"Did you mean {meant}?" if near else f"Write {{{{ {name} }}}} to read an asset."
    return resolver.parsed.error(
        f"'{name}' is neither an asset of the template nor a WITH of the query", node, hint
    )


def _values(resolver: Resolver, node: exp.Values, scope: Scope) -> None:
    rows = node.expressions
    resolver.walk_all(rows, scope)
    width = len(rows[0].expressions) if rows and isinstance(rows[0], exp.Tuple) else 1
    alias = node.args.get("alias")
    if alias is None or len(alias.args.get("columns") or ()) != width:
        raise resolver.parsed.error(
            "VALUES needs names for its columns", node, "Such as (VALUES (1, 'x')) AS t(id, name)."
        )
    cells = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in rows]
    columns = zip(*cells, strict=False)
    _show(resolver, node, node, [Output("", reduce(Both, column)) for column in columns], scope)


def _reads_elsewhere(name: str, resolver: Resolver) -> bool:
    """Of DuckDB's own, which reads files, tables and addresses of memory by functions of many
    names, and runs SQL that is a text, only those that make rows of their values."""
    return name not in _MAKE_ROWS if resolver.is_duckdb else name.startswith(_READ)


def _function(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    """A function that gives a table. Its arguments may be columns of the tables before it."""
    called = node.this if isinstance(node, (exp.Table, exp.Lateral)) else node
    name = function_name(called)
    if _reads_elsewhere(name, resolver):
        raise resolver.parsed.error(
            f"a SQL asset reads assets, not files or tables by {name}()",
            node,
            "Make what is read an asset, and refer to it.",
        )
    for key, value in list(called.args.items()):
        if key != "alias":
            resolver.walk_all(value if isinstance(value, list) else [value], scope)
    alias = node.args.get("alias")
    if alias is None or not (alias.this or alias.args.get("columns")):
        raise resolver.parsed.error(
            f"the table that {name}() gives needs a name", node, "Such as AS numbers(n)."
        )
    if not alias.this:
        alias.set("this", exp.to_identifier(resolver.fresh("table")))
    if not alias.args.get("columns"):
        alias.set("columns", [alias.this.copy()])
    columns = [Output("") for _ in alias.args["columns"]]
    _show(resolver, node, node, columns, scope)


def _show(
    resolver: Resolver,
    at: exp.Expr,
    node: exp.Expr,
    outputs: list[Output],
    scope: Scope,
    *,
    default: str | None = None,
    asset: str | None = None,
) -> None:
    """Adds a table to the scope, and writes its alias into the tree."""
    alias: exp.TableAlias | None = node.args.get("alias")
    columns = renamed(resolver, alias, outputs)
    if alias is not None and alias.this:
        name = _define(resolver, alias.this)
    else:
        name = default or resolver.fresh("subquery")
        given = alias.args.get("columns") if alias is not None else None
        table = exp.TableAlias(this=exp.to_identifier(name, quoted=True), columns=given)
        node.set("alias", table)
    if any(table.name.lower() == name.lower() for table in scope.tables):
        raise resolver.parsed.error(
            f"two tables of this FROM are called '{name}'",
            at,
            "Give one of them another: AS other.",
        )
    scope.tables.append(ScopeTable(name, columns, asset))


def _join(resolver: Resolver, join: exp.Join, scope: Scope) -> None:
    before = len(scope.tables)
    written = join.this.copy() if join.method == "NATURAL" else None
    _add(resolver, join.this, scope)
    left, right = scope.tables[:before], scope.tables[before:]
    if names := _shared(resolver, join, left, right, written):
        conditions = _merge(resolver, join, names, left, right, scope)
        join.set("on", exp.and_(*conditions, copy=False))
        join.set("using", None)
        if join.method == "NATURAL":
            join.set("method", None)
    elif (condition := join.args.get("on")) is not None:
        resolver.walk(condition, scope)
    if (condition := join.args.get("match_condition")) is not None:
        resolver.walk(condition, scope)
    if join.kind in ("SEMI", "ANTI"):
        for table in right:
            table.hidden |= {output.name.lower() for output in table.columns}


def _shared(
    resolver: Resolver,
    join: exp.Join,
    left: list[ScopeTable],
    right: list[ScopeTable],
    written: exp.Expr | None,
) -> list[exp.Identifier]:
    """The names of a USING, and those that a NATURAL join finds: they stand where what it joins is
    ``written``."""
    if written is None:
        return list(join.args.get("using") or ())
    ours = {output.name.lower() for table in left for output in _shown(table)}
    found = [o.name for table in right for o in _shown(table) if o.name.lower() in ours]
    if not found:
        raise resolver.parsed.error("the two sides of NATURAL JOIN share no column", written)
    names = [exp.to_identifier(name) for name in found]
    for name in names:
        name.meta["start"] = offset_of(written)
    return names


def _shown(table: ScopeTable) -> Iterable[Output]:
    return (output for output in table.columns if output.name.lower() not in table.hidden)


def _merge(
    resolver: Resolver,
    join: exp.Join,
    names: list[exp.Identifier],
    left: list[ScopeTable],
    right: list[ScopeTable],
    scope: Scope,
) -> list[exp.Expr]:
    """The conditions of a USING, of which the last of an ASOF join is an order; its columns are one
    from then on."""
    conditions: list[exp.Expr] = []
    for name in names:
        one = _side(resolver, name, left, scope.merged)
        two = _side(resolver, name, right, {})
        sides = [resolver.columns.copied(tree) for _, tree in (one, two)]
        last = join.method == "ASOF" and name is names[-1]
        found = (exp.GTE if last else exp.EQ)(this=sides[0], expression=sides[1])
        conditions.append(_placed(found, name))
        if join.kind in ("SEMI", "ANTI"):
            continue
        lower = one[0].name.lower()
        for table in (*left, *right):
            if table.find(lower, exact=False):
                table.hidden.add(lower)
        scope.merged[lower] = (one[0], _merged(join.side, one[1], two[1]))
    latest = [name.this.lower() for name in names if name.this.lower() in scope.merged]
    order = dict.fromkeys((*latest, *scope.merged))  # those of the last join come first
    scope.merged.update({name: scope.merged.pop(name) for name in order})
    return conditions


def _placed(condition: exp.Expr, name: exp.Identifier) -> exp.Expr:
    """A condition that stands where its columns' name does."""
    if "start" in name.meta:
        condition.meta["start"] = name.meta["start"]
    return condition


def _merged(side: str, one: exp.Expr, two: exp.Expr) -> exp.Expr:
    if side == "FULL":
        return exp.Coalesce(this=one, expressions=[two])
    return two if side == "RIGHT" else one


def _side(
    resolver: Resolver,
    name: exp.Identifier,
    tables: list[ScopeTable],
    merged: dict[str, tuple[Output, exp.Expr]],
) -> tuple[Output, exp.Expr]:
    if (before := merged.get(str(name.this).lower())) is not None:
        return before
    found = resolver.columns.match(name, Scope(None, {}, tables))
    if found is None:
        known = [output.name for table in tables for output in _shown(table)]
        where = " or ".join(f"'{table.name}'" for table in tables)
        raise resolver.parsed.error(
            f"there is no column '{name.this}' in {where}", name, suggest(str(name.this), known)
        )
    table, output = found
    made = exp.column(output.name, table.name, quoted=True)
    resolver.columns.outputs[id(made)] = output
    return output, made
