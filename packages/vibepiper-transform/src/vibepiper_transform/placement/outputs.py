"""The outputs of a SELECT that can be left out."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

__all__ = ["drop_outputs", "has_ordinals"]

_MAKES_ROWS = (exp.UDTF, exp.Explode, exp.Anonymous)


def drop_outputs(select: exp.Select, needed: frozenset[str], inputs: frozenset[str]) -> None:
    """Leaves out what is not needed, where that changes no row: some output always stays.
    ``inputs`` are the columns that are known of what it selects from."""
    if select.args.get("distinct") or has_ordinals(select):
        return
    named = frozenset(_unqualified(select, inputs))
    kept = [chosen for chosen in select.expressions if _stays(chosen, select, needed, named)]
    select.set("expressions", kept or [_cheapest(select)])


def _cheapest(select: exp.Select) -> exp.Expr:
    """To have rows, it needs an output: if it can be, one that it reads anyhow."""
    parts = (v for k, v in select.args.items() if k not in ("expressions", "from_", "with_"))
    nodes = (n for part in parts for n in (part if isinstance(part, list) else [part]) if n)
    read = {column for node in nodes for column in node.find_all(exp.Column)}
    outputs: list[exp.Expr] = select.expressions
    return next((chosen for chosen in outputs if chosen.unalias() in read), outputs[0])


def has_ordinals(select: exp.Select) -> bool:
    """Whether outputs are meant by their place, or all of them."""
    group, order = select.args.get("group"), select.args.get("order")
    terms = list(group.expressions) if group is not None else []
    terms += [term.this for term in order.expressions] if order is not None else []
    if group is not None and group.args.get("all"):
        return True
    return any(isinstance(term, exp.Literal) or term.name.upper() == "ALL" for term in terms)


def _stays(
    chosen: exp.Expr, select: exp.Select, needed: frozenset[str], named: frozenset[str]
) -> bool:
    name = chosen.alias_or_name.lower()
    if chosen.is_star or not name or name in needed or name in named:
        return True
    if not isinstance(chosen, (exp.Alias, exp.Column)) or chosen.find(*_MAKES_ROWS) is not None:
        return True
    # Without GROUP BY it is the aggregates that make one row of all.
    return select.args.get("group") is None and chosen.find(exp.AggFunc) is not None


def _unqualified(select: exp.Select, inputs: frozenset[str]) -> Iterator[str]:
    """By what names the query itself may mean its outputs: in a list of outputs, an input of that
    name comes first."""
    for part, value in select.args.items():
        if part in ("from_", "with_", "joins", "laterals"):
            continue
        for node in value if isinstance(value, list) else [value]:
            for column in node.find_all(exp.Column) if isinstance(node, exp.Expr) else ():
                name = column.name.lower()
                if not column.table and not (part == "expressions" and name in inputs):
                    yield name
