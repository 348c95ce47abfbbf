"""How an upstream becomes a relation."""

from __future__ import annotations

from typing import cast

from vibepiper.inputs import InputSource
from vibepiper.io_manager import QueryIOManager

from vibepiper_transform.constructors import as_relation
from vibepiper_transform.relation import Relation

__all__ = ["RelationInput"]


class RelationInput:
    """``vibepiper_transform.Relation``: over the stored table where it lies, if its store
    answers queries, else over the loaded data."""

    def load(self, source: InputSource) -> Relation:
        if source.supports("query"):
            return cast("Relation", cast("QueryIOManager", source.store).relation(source.ref))
        return as_relation(source.data)
