"""What comes from outside."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute
from vibepiper import asset

from mill.rounds import changes, entered, snapshot, table


@asset
def source() -> pa.Table:
    return table(snapshot(entered("source")))


@asset
def changed() -> pa.Table:
    number = entered("changed")
    return table(changes(number, number))


@asset
def letters() -> list[dict[str, str]]:
    """The same in every round."""
    entered("letters")
    return [{"letter": letter} for letter in "abcdé"]


@asset
def capitals(letters: pa.Table) -> list[dict[str, str]]:
    entered("capitals")
    return [{"letter": row["letter"].upper()} for row in letters.to_pylist()]


@asset(materialization="view")
def open_orders(source: pa.Table) -> pa.Table:
    return source.filter(pa.compute.equal(source["region"], "eu"))
