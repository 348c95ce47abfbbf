"""The tables that a query reads, told apart from its common table expressions."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

__all__ = ["ctes_of", "is_recursive", "nested_queries", "renamed", "tables_of"]


def ctes_of(query: exp.Expr) -> list[exp.CTE]:
    """The common table expressions that the query itself defines, in order."""
    below = query.args.get("with_")
    return list(below.expressions) if below is not None else []


def is_recursive(query: exp.Expr) -> bool:
    below = query.args.get("with_")
    return below is not None and bool(below.args.get("recursive"))


def tables_of(node: exp.Expr, defined: frozenset[str] = frozenset()) -> Iterator[exp.Table]:
    """The tables below ``node`` that are none of its own common table expressions."""
    ahead = [(node, defined)]
    while ahead:  # not by recursion: queries may be deeper than Python's stack
        node, defined = ahead.pop()
        ctes = ctes_of(node)
        if is_recursive(node):
            defined |= {cte.alias.lower() for cte in ctes}
        inside: list[tuple[exp.Expr, frozenset[str]]] = []
        for cte in ctes:
            inside.append((cte.this, defined))
            defined |= {cte.alias.lower()}
        if isinstance(node, exp.Table) and not (not node.db and node.name.lower() in defined):
            yield node
        rest = (child for child in node.iter_expressions() if not isinstance(child, exp.With))
        inside.extend((child, defined) for child in rest)
        ahead.extend(reversed(inside))


def nested_queries(node: exp.Expr) -> Iterator[exp.Query]:
    """The outermost queries below ``node``."""
    for child in node.iter_expressions():
        if isinstance(child, exp.Query):
            yield child
        else:
            yield from nested_queries(child)


def renamed(node: exp.Expr, by: exp.Expr) -> exp.Expr:
    """``by`` in the place of a table or a subquery: under its alias, with its sample and so on."""
    for name, value in node.args.items():
        if value and name not in ("this", "db", "catalog", "with_"):
            by.set(name, value)
    if not by.args.get("alias") and isinstance(node, exp.Table):
        by.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
    return by
