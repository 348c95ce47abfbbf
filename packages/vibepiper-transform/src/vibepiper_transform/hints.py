"""What a relation is told of where it should run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.hinted_source import Hint, HintedSource
from vibepiper_transform.names import alias
from vibepiper_transform.placement.tables import tables_of
from vibepiper_transform.sources import DatabaseSource, Source, new_name

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["Hint", "hinted"]


def hinted(relation: Relation, hint: Hint) -> Relation:
    """What `Relation.hint` gives."""
    if hint not in get_args(Hint):
        raise DefinitionError(
            f"there is no hint '{hint}'", at=callsite(), hint=suggest(hint, get_args(Hint))
        )
    if hint == "no_pushdown":
        return _only_read(relation)
    source = HintedSource(relation, hint, new_name("hinted"))
    tree = exp.select("*").from_(exp.table_(source.name, quoted=True))
    return relation.replace(tree, relation.kinds, {source.name: source})


def _only_read(relation: Relation) -> Relation:
    """Over sources of its own, for others may use the same without the hint."""
    tree, sources = relation.tree, dict(relation.sources)
    names: dict[str, str] = {}
    for name, source in relation.sources.items():
        if isinstance(source, DatabaseSource):
            other = replace(source, name=new_name(), may_compute=False)
            sources.pop(name)
            sources[other.name] = other
            names[name] = other.name
    for table in list(tables_of(tree)):
        if table.name in names and not table.db:
            if not table.alias:
                table.set("alias", alias(table.name))
            table.this.set("this", names[table.name])
    found: dict[str, Source] = sources
    return relation.replace(tree, relation.kinds, found)
