"""The third scan: whether columns in which the sample repeats nothing are keys of all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp
from vibepiper_transform import Relation

from vibepiper_quality.counting import Counts

__all__ = ["distinct_in_all"]


def distinct_in_all(
    relation: Relation, columns: Sequence[str], counts: Counts
) -> Mapping[str, int]:
    """The exact number of different values of columns without nulls, in DuckDB. One that may be
    in order is compared with the row before, which costs a tenth of hashing it; one that turns
    out not to be is left out."""
    if not columns:
        return {}
    in_order = [name for name in columns if name in counts.ascending]

    def build(table: exp.Table) -> exp.Query:
        before = [exp.alias_(_before(name), _previous(name), quoted=True) for name in in_order]
        rows = exp.select(*(_column(name) for name in columns), *before).from_(table)
        asked = [_is_ascending(n) if n in in_order else _distinct(n) for n in columns]
        named = [exp.alias_(tree, f"m{n}", quoted=True) for n, tree in enumerate(asked)]
        return exp.select(*named).from_(rows.subquery("pairs"))

    (row,) = relation.derive(build).to_table().to_pylist()
    found = dict(zip(columns, row.values(), strict=True))
    proved = {name: counts.rows for name in in_order if found[name]}
    return proved | {name: found[name] for name in columns if name not in in_order}


def _column(name: str) -> exp.Expr:
    return exp.column(name, quoted=True)


def _previous(name: str) -> str:
    return f"{name} before"


def _before(name: str) -> exp.Expr:
    return exp.Window(this=exp.Lag(this=_column(name)))


def _is_ascending(name: str) -> exp.Expr:
    above = exp.GT(this=_column(name), expression=_column(_previous(name)))
    return exp.LogicalAnd(this=exp.Coalesce(this=above, expressions=[exp.true()]))


def _distinct(name: str) -> exp.Expr:
    return exp.Count(this=exp.Distinct(expressions=[_column(name)]))
