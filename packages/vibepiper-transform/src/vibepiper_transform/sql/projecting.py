"""The columns of a SELECT: stars written out, and a name for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from sqlglot import exp
from vibepiper.errors import suggest

from vibepiper_transform.sql.scope import Output, Scope, ScopeTable

if TYPE_CHECKING:
    from vibepiper_transform.sql.resolving import Resolver

__all__ = ["column_tree", "project"]


def project(resolver: Resolver, select: exp.Select, scope: Scope) -> list[Output]:
    """Resolves the columns of a SELECT, and tells which it has."""
    chosen: list[exp.Expr] = []
    outputs: list[Output] = []
    for number in range(len(select.expressions)):
        node = select.expressions[number]
        if (star := _star(node)) is not None:
            expanded = list(_expanded(resolver, node, star, scope))
        else:
            resolver.walk(node, scope, aliases=True)
            expanded = [select.expressions[number]]
        for each in expanded:
            output = _output(resolver, each)
            if isinstance(each, exp.Alias):
                scope.aliases[output.name.lower()] = each.this
            chosen.append(each)
            outputs.append(output)
    select.set("expressions", chosen)
    return outputs


def column_tree(name: str, table: str) -> exp.Column:
    return exp.column(name, table, quoted=True)


def _star(node: exp.Expr) -> exp.Star | None:
    if isinstance(node, exp.Star):
        return node
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
        return node.this
    return None


def _output(resolver: Resolver, node: exp.Expr) -> Output:
    if isinstance(node, exp.Aliases):
        raise resolver.parsed.error("a column has one name", node)
    if isinstance(node, exp.Alias):
        name = resolver.named(node.args["alias"])
        node.set("alias", exp.to_identifier(name, quoted=True))
        return Output(name, node.this)
    name = node.name if isinstance(node, (exp.Column, exp.Dot)) else ""
    return Output(name, node)


def _expanded(
    resolver: Resolver, node: exp.Expr, star: exp.Star, scope: Scope
) -> Iterator[exp.Expr]:
    left_out = _names(star, "except_")
    renamed = {
        each.this.name.lower(): resolver.named(each.args["alias"])
        for each in star.args.get("rename") or ()
    }
    replaced = {
        resolver.named(each.args["alias"]).lower(): each for each in star.args.get("replace") or ()
    }
    found = list(_columns(resolver, node, scope))
    known = {name.lower() for name, _ in found}
    for name in (*left_out, *renamed, *replaced):
        if name not in known:
            hint = suggest(name, [each for each, _ in found])
            raise resolver.parsed.error(f"there is no column '{name}' in the star", node, hint)
    for name, tree in found:
        lower = name.lower()
        if lower in left_out:
            continue
        if lower in replaced:
            resolver.walk(replaced[lower], scope)
            yield exp.alias_(replaced[lower].this, name, quoted=True)
        elif lower in renamed:
            yield exp.alias_(tree, renamed[lower], quoted=True)
        else:
            yield tree if isinstance(tree, exp.Column) else exp.alias_(tree, name, quoted=True)


def _names(star: exp.Star, which: str) -> set[str]:
    return {each.name.lower() for each in star.args.get(which) or ()}


def _columns(resolver: Resolver, node: exp.Expr, scope: Scope) -> Iterator[tuple[str, exp.Expr]]:
    """The columns that a star stands for."""
    if isinstance(node, exp.Column):
        table = resolver.columns.table(node, cast("exp.Identifier", node.parts[0]), scope)
        for output in table.columns:
            yield output.name, _known(resolver, table, output)
        return
    if not scope.tables:
        raise resolver.parsed.error("a star needs a FROM", node)
    waiting = dict(scope.merged)
    if not resolver.merges_in_place:
        for output, tree in scope.merged.values():
            yield output.name, resolver.columns.copied(tree)
        waiting.clear()
    for table in scope.tables:
        for output in table.columns:
            if output.name.lower() not in table.hidden:
                yield output.name, _known(resolver, table, output)
            elif (found := waiting.pop(output.name.lower(), None)) is not None:
                yield found[0].name, resolver.columns.copied(found[1])


def _known(resolver: Resolver, table: ScopeTable, output: Output) -> exp.Column:
    made = column_tree(output.name, table.name)
    resolver.columns.outputs[id(made)] = output
    return made
