"""UNION, INTERSECT and EXCEPT where brackets or ALL are missing."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.trees import quoted

__all__ = ["by_place", "plain_set_operations"]


def plain_set_operations(query: exp.Query) -> exp.Query:
    """SQLite's branches have no brackets, and its INTERSECT and EXCEPT no ALL: a branch becomes a
    SELECT from it, repeats are told apart by their numbers. What is put together first needs none
    on the left."""
    for operation in reversed(list(query.find_all(exp.SetOperation))):
        for side in ("this", "expression"):
            if not _is_bare(operation.args[side], exp.Query if side == "this" else exp.Select):
                operation.set(side, _around(operation.args[side]))
        if isinstance(operation, exp.Union) or operation.args.get("distinct") is not False:
            continue
        numbered = _by_number(operation)
        if operation is query:
            return numbered
        operation.replace(numbered)
    return query


def _is_bare(branch: exp.Expr, kinds: type[exp.Expr]) -> bool:
    clauses = ("order", "limit", "offset", "with_")
    bare = isinstance(branch, kinds) and not isinstance(branch, exp.Subquery)
    return bare and not any(branch.args.get(c) for c in clauses)


def _around(branch: exp.Expr) -> exp.Select:
    """A SELECT from a branch, which is used up by it."""
    inner = branch.unnest() if isinstance(branch, exp.Subquery) else branch
    assert isinstance(inner, exp.Query)
    return exp.select(*_columns(inner.named_selects)).from_(
        inner.subquery(quoted("vp_branch"), copy=False), copy=False
    )


def _by_number(operation: exp.SetOperation) -> exp.Select:
    """``A INTERSECT ALL B`` as the plain one of rows with the number of their repeat."""
    names = operation.named_selects
    sides = (_numbered(operation.args[side]) for side in ("this", "expression"))
    inner = type(operation)(this=next(sides), expression=next(sides), distinct=True)
    clauses = ("with_", "order", "limit", "offset")
    around = exp.select(*_columns(names)).from_(
        inner.subquery(quoted("vp_repeats"), copy=False), copy=False
    )
    for clause in clauses:
        around.set(clause, operation.args.get(clause))
    return around


def _numbered(branch: exp.Expr) -> exp.Select:
    assert isinstance(branch, exp.Query)
    names = branch.named_selects
    number = exp.Window(this=exp.RowNumber(), partition_by=_columns(names))
    return _around(branch).select(exp.alias_(number, quoted("vp_repeat")), copy=False)


def _columns(names: list[str]) -> list[exp.Expr]:
    return [exp.column(name, quoted=True) for name in names]


def by_place(union: exp.SetOperation) -> list[str]:
    """Gives both sides of a UNION BY NAME all columns, in one order, and tells their names. Stars
    of its SELECTs are written out."""
    left, right = (union.args[side].named_selects for side in ("this", "expression"))
    known = {name.lower() for name in left}
    names = [*left, *(name for name in right if name.lower() not in known)]
    for side in ("this", "expression"):
        union.set(side, _with_columns(union.args[side], names))
    union.set("by_name", None)
    return names


def _with_columns(branch: exp.Expr, names: list[str]) -> exp.Expr:
    """A branch with these columns, null where it has none of the name. Whose keys may be places of
    its columns, or whose rows are told apart by them, keeps them as they are."""
    if isinstance(branch, exp.Query) and branch.named_selects == names:
        return branch
    if (
        not isinstance(branch, exp.Select)
        or branch.args.get("group")
        or branch.args.get("distinct")
    ):
        branch = _around(branch)
    found = {node.alias_or_name.lower(): node for node in branch.selects}
    branch.set("expressions", [found.get(name.lower()) or _missing(name) for name in names])
    return branch


def _missing(name: str) -> exp.Expr:
    return exp.alias_(exp.Null(), name, quoted=True)
