"""Turning columns into rows and nested data into columns and rows."""

from __future__ import annotations

import re
from typing import Self

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.families import shown
from vibepiper_transform.kinds import check_comparable, common_kind, fields_of
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.literals import literal
from vibepiper_transform.names import alias, check_names, column, subquery

__all__ = ["Reshaping"]


class Reshaping(LazyQuery):
    """What changes both the rows and the columns of a relation, and no value."""

    def unpivot(self, *columns: str, name: str = "name", value: str = "value") -> Self:
        """A row for each of these columns instead of one with all: its name in the column
        ``name``, its value, also null, in ``value``. The other columns come first, repeated."""
        if not columns:
            raise DefinitionError("an unpivot needs at least one column", at=callsite())
        for each in columns:
            self.check(each)
        kept = {n: kind for n, kind in self.kinds.items() if n not in columns}
        check_names([*kept, name, value])
        kind = self.kinds[columns[0]]
        for each in columns[1:]:
            check_comparable(each, self.kinds[each], kind)
            kind = common_kind(kind, self.kinds[each])
        names = column(name, "u")
        chosen = exp.Case()
        for each in columns:
            test = exp.EQ(this=names.copy(), expression=literal(each))
            chosen = chosen.when(test, column(each, "l"), copy=False)
        query = exp.select(
            *(exp.alias_(column(n, "l"), n, quoted=True) for n in kept),
            exp.alias_(names, name, quoted=True),
            exp.alias_(chosen, value, quoted=True),
        ).from_(self._left())
        query = query.join(subquery(_listed(name, columns), "u"), join_type="cross")
        return self.replace(query, {**kept, name: "VARCHAR", value: kind})

    def unnest(self, name: str, *, position: str | None = None, keep_empty: bool = False) -> Self:
        """A row for each element of a list, which takes the list's place. ``position`` names a
        column of where it was, from 1. A row whose list is empty or null is left out, unless
        ``keep_empty``, where it comes once with null."""
        self.check(name)
        kind = self.kinds[name]
        if not kind.endswith("]"):
            problem = f"'{name}' is no list but {shown(kind)}"
            raise DefinitionError(problem, at=callsite())
        new = {} if position is None else {position: "BIGINT"}
        check_names([*self.columns, *new])
        outputs = [
            exp.alias_(column(n, "u" if n == name else "l"), n, quoted=True) for n in self.columns
        ]
        outputs += [exp.alias_(column(n, "u"), n, quoted=True) for n in new]
        table = alias("u")
        table.set("columns", [exp.to_identifier(name, quoted=True)])
        ordinal = None if position is None else exp.to_identifier(position, quoted=True)
        elements = exp.Unnest(expressions=[column(name, "l")], alias=table, offset=ordinal)
        join = exp.Join(this=elements, kind="CROSS")
        if keep_empty:
            join = exp.Join(this=elements, side="LEFT", on=exp.Boolean(this=True))
        query = exp.select(*outputs).from_(self._left()).join(join)
        element = re.sub(r"\[\d*\]$", "", kind)
        return self.replace(query, {**self.kinds, name: element, **new})

    def unpack(self, name: str, *, prefix: str = "") -> Self:
        """The fields of a struct as columns, in its place; ``prefix`` begins their names."""
        self.check(name)
        fields = fields_of(self.kinds[name])
        if fields is None:
            problem = f"'{name}' is no struct but {shown(self.kinds[name])}"
            raise DefinitionError(problem, at=callsite())
        outputs: dict[str, exp.Expr] = {}
        found: list[str] = []
        for each in self.columns:
            for field in fields if each == name else [None]:
                label = each if field is None else prefix + field
                part = exp.to_identifier(field, quoted=True) if field is not None else None
                tree = column(each)
                outputs[label] = tree if part is None else exp.Dot(this=tree, expression=part)
                found.append(label)
        check_names(found, "Give the fields a prefix.")
        columns = [exp.alias_(tree, label, quoted=True) for label, tree in outputs.items()]
        kinds = {label: self.kind_of(tree) for label, tree in outputs.items()}
        return self.replace(exp.select(*columns).from_(self.body()), kinds)

    def _left(self) -> exp.Expr:
        body = self.body()
        body.set("alias", alias("l"))
        return body


def _listed(name: str, values: tuple[str, ...]) -> exp.Query:
    """A table of one column; engines have no other words for it in common."""
    first, *rest = (exp.select(exp.alias_(literal(value), name, quoted=True)) for value in values)
    tree: exp.Query = first
    for row in rest:
        tree = tree.union(row, distinct=False, copy=False)
    return tree
