"""Fake data: tables of a schema, the same for the same seed."""

from __future__ import annotations

import random

import pyarrow as pa
from vibepiper.errors import DefinitionError

from vibepiper_testing.constraints import KEYWORDS, Column, SchemaLike, columns_of
from vibepiper_testing.fake_arrays import array_of
from vibepiper_testing.fake_values import breaking_value, fake_value

__all__ = ["fake_breaking", "fake_table"]

_ATTEMPTS = 1_000


def fake_table(
    schema: SchemaLike, rows: int = 100, *, seed: int = 0, nulls: float = 0.1
) -> pa.Table:
    """A table of ``rows`` rows that keeps to a schema or contract.

    ``schema`` is an Arrow schema, a mapping of names to types, or what has a ``to_arrow()``.
    ``nulls`` is the share of missing values in columns that may have them. Raises
    `DefinitionError` for a column that cannot be made, such as one of more unique values than
    there are.
    """
    dice = random.Random(seed)
    arrow, arrays = [], []
    for column in columns_of(schema):
        values = _values(column, rows, dice, nulls)
        arrow.append(pa.field(column.name, column.type, column.nullable))
        arrays.append(array_of(values, column.type))
    return pa.Table.from_arrays(arrays, schema=pa.schema(arrow))


def fake_breaking(
    schema: SchemaLike,
    column: str,
    constraint: str,
    rows: int = 100,
    *,
    broken: int = 1,
    seed: int = 0,
) -> pa.Table:
    """A table that keeps to the schema, but for ``broken`` rows that break one constraint of one
    column: one of `KEYWORDS`, which the column must have. The rows are at its end.

    Of ``unique``, that many rows have the value of the first one. Its fields allow nulls, so that
    a missing value can be held.
    """
    columns = {c.name: c for c in columns_of(schema)}
    rules = columns[column].constraints if column in columns else {}
    if rules.get(constraint, False) is False:
        raise DefinitionError(
            f"column '{column}' has no constraint '{constraint}' to break",
            hint=f"Constraints are {', '.join(KEYWORDS)}.",
        )
    if not 0 < broken < rows:
        raise DefinitionError(f"broken must be 1 to {rows - 1}, found {broken}")
    table = fake_table(schema, rows, seed=seed, nulls=0.0)
    dice = random.Random(f"{seed}/{column}/{constraint}")
    values = table[column].to_pylist()
    for place in range(rows - broken, rows):
        values[place] = (
            values[0]
            if constraint == "unique"
            else breaking_value(columns[column], constraint, dice, set(map(repr, values)))
        )
    fields = [field.with_nullable(True) for field in table.schema]
    arrays = [table[field.name].combine_chunks() for field in fields]
    arrays[table.schema.names.index(column)] = array_of(values, columns[column].type)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _values(column: Column, rows: int, dice: random.Random, nulls: float) -> list[object]:
    if pa.types.is_null(column.type):
        return [None] * rows
    share = nulls if column.nullable else 0.0
    seen: set[str] = set()
    values: list[object] = []
    for _ in range(rows):
        if dice.random() < share:
            values.append(None)
        else:
            values.append(_fresh(column, dice, seen) if column.unique else fake_value(column, dice))
    return values


def _fresh(column: Column, dice: random.Random, seen: set[str]) -> object:
    for _ in range(_ATTEMPTS):
        value = fake_value(column, dice)
        if repr(value) not in seen:
            seen.add(repr(value))
            return value
    raise DefinitionError(
        f"column '{column.name}': no further unique value was found after {len(seen):,}",
        hint="Ask for fewer rows, or allow more values.",
    )
