"""Which data is a relation that an engine can write by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from vibepiper.lazy import imported

if TYPE_CHECKING:
    from vibepiper_transform.backend import RelationBackend
    from vibepiper_transform.relation import Relation

__all__ = ["relation_at"]


def relation_at(data: object, backend: RelationBackend) -> Relation | None:
    """``data``, where it is a `Relation` that ``backend`` answers; None for all else.

    Imports nothing: where the builder was not imported, nothing is a relation, and a store of
    plain tables starts without it.
    """
    relations = imported("vibepiper_transform.relation", "Relation")
    if relations is None or not isinstance(data, relations):
        return None
    relation = cast("Relation", data)
    return relation if relation.backend == backend else None
