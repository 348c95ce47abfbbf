"""History (``scd2``) as statements: the versions of every key that is staged, put together anew.

A version is an event at its ``valid_from``; where none follows at its ``valid_to``, that is an
event too, which says that the key was gone. Staged rows are events at ``order_by`` or at the
change's moment, and take the place of published ones of the same moment. Of the events in order,
those that repeat the one before are dropped, and a version is valid until the next event. What
then differs from the published rows is written.
"""

from __future__ import annotations

from sqlglot import exp

from vibepiper_sql.modes import Statement
from vibepiper_sql.table_change import TableChange
from vibepiper_sql.trees import (
    PUBLISHED,
    STAGED,
    aliased,
    column,
    delete_using,
    every,
    identifier,
    select_from,
)
from vibepiper_sql.versions import AT, KEEP, NEW, ROW, UNTIL, Versions

__all__ = ["history"]

_EDITS = "vibepiper_edits"


def history(plan: TableChange) -> list[Statement]:
    edits = exp.Table(this=identifier(_EDITS))
    made = exp.Create(
        this=edits.copy(),
        kind="TABLE",
        expression=Versions(plan).edits(),
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )
    return [
        Statement(made),
        Statement(_end(plan, edits)),
        Statement(_drop(plan, edits), "removes"),
        Statement(_add(plan, edits), "adds"),
        Statement(exp.Drop(tables=[edits.copy()], kind="TABLE")),
    ]


def _same_row(plan: TableChange) -> exp.Expr:
    row = column(plan.dialect.row_id, PUBLISHED)
    return exp.EQ(this=row, expression=column(ROW, "e"))


def _end(plan: TableChange, edits: exp.Table) -> exp.Update:
    """The published versions that end otherwise than they did."""
    until = exp.Column(this=identifier(plan.change.valid_to))
    return exp.Update(
        this=aliased(plan.published, PUBLISHED),
        expressions=[exp.EQ(this=until, expression=column(UNTIL, "e"))],
        from_=exp.From(this=aliased(edits, "e")),
        where=exp.Where(this=every([_same_row(plan), column(KEEP, "e")])),
    )


def _drop(plan: TableChange, edits: exp.Table) -> exp.Delete:
    where = every([_same_row(plan), exp.not_(column(KEEP, "e"))])
    return delete_using(aliased(plan.published, PUBLISHED), aliased(edits, "e"), where)


def _add(plan: TableChange, edits: exp.Table) -> exp.Insert:
    change = plan.change
    names = [n for n in plan.columns if n not in (change.valid_from, change.valid_to)]
    row = exp.EQ(this=column(plan.dialect.row_id, STAGED), expression=column(NEW, "e"))
    rows = select_from(
        aliased(plan.staged, STAGED),
        *(column(name, STAGED) for name in names),
        column(AT, "e"),
        column(UNTIL, "e"),
    ).join(aliased(edits, "e"), on=row)
    into = [identifier(name) for name in (*names, change.valid_from, change.valid_to)]
    return exp.insert(rows, plan.published.copy(), columns=into)
