# ruff: noqa: S608 - the texts are made of the names in this file
"""SQL models that stand on each other, made by chance: for tests and benchmarks of what follows
columns through them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["SqlModel", "sql_models"]


@dataclass(frozen=True, slots=True)
class SqlModel:
    """A query over other models and sources, which are named in it as tables. All of them have the
    columns ``c0``, ``c1`` ..., each a BIGINT."""

    name: str
    sql: str
    inputs: tuple[str, ...]


def sql_models(
    number: int, *, columns: int = 15, sources: int = 10, seed: int = 0
) -> list[SqlModel]:
    """Models ``m0``, ``m1`` ..., each over up to two of the sources ``s0`` ... and of the models
    before it. What they are made of: filters, joins, groups, windows, unions, CTEs, ``SELECT *``,
    scalar and correlated subqueries. The same seed gives the same models."""
    chance = random.Random(seed)
    names = [f"s{place}" for place in range(sources)]
    models = []
    for place in range(number):
        near = names[-40:]
        one, two = chance.sample(near, 2)
        form = chance.choice(_FORMS)
        sql = form(_Writer(chance, columns), one, two)
        inputs = tuple(name for name in (one, two) if f" {name} " in f"{sql} ")
        models.append(SqlModel(f"m{place}", sql, inputs))
        names.append(f"m{place}")
    return models


class _Writer:
    def __init__(self, chance: random.Random, columns: int) -> None:
        self.chance = chance
        self.names = [f"c{place}" for place in range(columns)]

    def column(self, table: str = "") -> str:
        name = self.chance.choice(self.names)
        return f"{table}.{name}" if table else name

    def value(self, table: str = "") -> str:
        a, b, c = (self.column(table) for _ in range(3))
        return self.chance.choice(
            [
                a,
                f"{a} + {b}",
                f"COALESCE({a}, {b}, 0)",
                f"CASE WHEN {a} > {b} THEN {c} ELSE 7 END",
                f"CAST(abs({a}) AS BIGINT)",
                f"NULLIF({a} * 3, {b})",
            ]
        )

    def outputs(self, value: Callable[[], str], kept: Sequence[str] = ()) -> str:
        made = [*kept, *(value() for _ in self.names[len(kept) :])]
        return ", ".join(f"{each} AS {name}" for each, name in zip(made, self.names, strict=True))


def _projected(write: _Writer, one: str, two: str) -> str:
    return f"SELECT {write.outputs(write.value)} FROM {one} WHERE {write.column()} > 2"


def _starred(write: _Writer, one: str, two: str) -> str:
    changed, other = write.chance.sample(write.names, 2)
    return (
        f"WITH base AS (SELECT * FROM {one} ), changed AS (SELECT * REPLACE ({other} - 1 AS "
        f"{changed}) FROM base) SELECT * FROM changed WHERE {other} IS NOT NULL"
    )


def _joined(write: _Writer, one: str, two: str) -> str:
    kind = write.chance.choice(["JOIN", "LEFT JOIN"])
    condition = f"a.{write.column()} = b.{write.column()}"
    sides = write.chance.choices("ab", k=len(write.names))
    made = write.outputs(iter([write.value(side) for side in sides]).__next__)
    return f"SELECT {made} FROM {one} AS a {kind} {two} AS b ON {condition}"


def _grouped(write: _Writer, one: str, two: str) -> str:
    keys = write.chance.sample(write.names, 2)

    def aggregate() -> str:
        name = write.chance.choice(["sum", "min", "max", "count"])
        return f"CAST({name}({write.value()}) AS BIGINT)"

    made = write.outputs(aggregate, keys)
    return f"SELECT {made} FROM {one} GROUP BY {keys[0]}, {keys[1]} HAVING count(*) > 0"


def _windowed(write: _Writer, one: str, two: str) -> str:
    def window() -> str:
        name = write.chance.choice([f"sum({write.column()})", "rank()", f"max({write.column()})"])
        over = f"PARTITION BY {write.column()} ORDER BY {write.column()}"
        return write.chance.choice([write.column(), f"CAST({name} OVER ({over}) AS BIGINT)"])

    return f"SELECT {write.outputs(window)} FROM {one} "


def _united(write: _Writer, one: str, two: str) -> str:
    first = f"SELECT {write.outputs(write.value)} FROM {one} "
    return f"{first}UNION ALL SELECT {write.outputs(write.column)} FROM {two} "


def _nested(write: _Writer, one: str, two: str) -> str:
    key, other = write.column("a"), write.column("b")
    scalar = (
        f"(SELECT CAST(max({write.column('b')}) AS BIGINT) FROM {two} AS b WHERE {other} = {key})"
    )
    made = write.outputs(lambda: write.value("a"), [scalar])
    exists = f"EXISTS (SELECT 1 FROM {two} AS b WHERE b.{write.column()} >= a.{write.column()})"
    return f"SELECT {made} FROM (SELECT * FROM {one} ) AS a WHERE {exists}"


_FORMS = (_projected, _starred, _joined, _grouped, _windowed, _united, _nested)
