"""Values in the place of their marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlglot import exp
from vibepiper.errors import DefinitionError, a_type

from vibepiper_transform.literals import literal
from vibepiper_transform.sql.marks import Reference

if TYPE_CHECKING:
    from vibepiper_transform.sql.parsing import ParsedQuery

__all__ = ["mark_of", "value_list", "value_tree"]

_CHOOSES = (exp.Ordered, exp.Group, exp.Rollup, exp.Cube, exp.GroupingSets)


def mark_of(node: exp.Expr | None, parsed: ParsedQuery) -> str | None:
    """The mark that a column is, if it is one."""
    if not isinstance(node, exp.Column):
        return None
    name = node.name
    return name if name in parsed.expected and len(node.parts) == 1 else None


def value_tree(node: exp.Column, held: object, parsed: ParsedQuery) -> exp.Expr:
    """The literal that stands in a mark's place. Raises `DefinitionError` where it would mean
    something else: a number in an ORDER BY is no value but a column."""
    if isinstance(held, Reference):
        raise parsed.error(
            f"the asset '{held.key}' stands where only a value can",
            node,
            "An asset stands after FROM or JOIN.",
        )
    if isinstance(held, tuple):
        raise parsed.error(
            "a list stands where only one value can",
            node,
            "A list stands after IN: WHERE name IN {{ names }}. Elsewhere, loop over it.",
        )
    if isinstance(node.parent, _CHOOSES):
        raise parsed.error(
            "a value cannot choose a column to order or group by",
            node,
            "Choose by the template: {% if by_name %} name {% else %} id {% endif %}.",
        )
    return _literal(node, held, parsed)


def value_list(node: exp.In, parsed: ParsedQuery) -> list[str]:
    """Puts the values of lists into an IN, and returns the marks that it replaced. Nothing is in
    an empty list."""
    field = node.args.get("field")
    places = [field] if field is not None else list(node.expressions)
    used: list[str] = []
    values: list[exp.Expr] = []
    for place in places:
        mark = mark_of(place, parsed)
        held = parsed.marks[mark] if mark is not None else None
        if mark is not None and field is not None and not isinstance(held, (tuple, Reference)):
            raise parsed.error(
                f"{a_type(held)} stands after IN, where a list can: {held!r}",
                place,
                "A single value stands in brackets: WHERE name IN ({{ name }}).",
            )
        if mark is None or not isinstance(held, tuple):
            values.append(place)
            continue
        used.append(mark)
        values += [_literal(cast("exp.Column", place), each, parsed) for each in held]
    if not used:
        return []
    if values:
        node.set("field", None)
        node.set("expressions", values)
    else:
        node.replace(exp.false())
    return used


def _literal(node: exp.Column, held: object, parsed: ParsedQuery) -> exp.Expr:
    try:
        return literal(held)
    except DefinitionError as error:
        raise parsed.error(error.message, node, error.hint) from None
