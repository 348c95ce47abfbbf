"""Combining relations, as functions."""

from __future__ import annotations

from vibepiper_transform.constructors import as_relation
from vibepiper_transform.join_sides import Suffix
from vibepiper_transform.joining import How, On
from vibepiper_transform.relation import Relation

__all__ = ["How", "On", "join", "union"]


def join(
    left: object, right: object, *, on: On = (), how: How = "inner", suffix: Suffix = "_right"
) -> Relation:
    """`Relation.join`, of relations or any Arrow data."""
    return as_relation(left).join(right, on=on, how=how, suffix=suffix)


def union(first: object, *others: object, distinct: bool = False) -> Relation:
    """`Relation.union`, of relations or any Arrow data."""
    return as_relation(first).union(*others, distinct=distinct)
