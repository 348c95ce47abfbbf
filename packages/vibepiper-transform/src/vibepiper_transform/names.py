"""Names of columns and tables, in trees and in results."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.operand import Operand, column_tree

__all__ = ["TABLE", "alias", "check_names", "column", "name_of", "subquery"]

TABLE = "relation"


def check_names(names: Iterable[str], hint: str = "Name one of them otherwise.") -> None:
    """Refuses a result with no column, with one that has no name, or with two whose names are
    equal but for case."""
    seen: dict[str, str] = {}
    for name in names:
        if not name:
            raise DefinitionError("a column needs a name, found ''", at=callsite())
        if (other := seen.get(name.lower())) is not None:
            problem = f"the columns '{other}' and '{name}' would have the same name"
            raise DefinitionError(problem, at=callsite(), hint=hint)
        seen[name.lower()] = name
    if not seen:
        raise DefinitionError("a relation needs at least one column", at=callsite())


def name_of(column: str | Operand) -> str:
    """The name that a result has a column under when it is given none."""
    if isinstance(column, str):
        return column
    tree = column_tree(column)
    if isinstance(tree, exp.Column):
        return tree.name
    raise DefinitionError(
        "an expression needs a name", at=callsite(), hint="Give it one: name=expression."
    )


def column(name: str, table: str | None = None) -> exp.Expr:
    return exp.column(name, table, quoted=True)


def alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


def subquery(tree: exp.Query, name: str) -> exp.Subquery:
    return exp.Subquery(this=tree.copy(), alias=alias(name))
