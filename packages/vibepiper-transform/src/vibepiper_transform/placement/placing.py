"""Deciding where the parts of a query run, and what moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from vibepiper_transform.backend import ReceivingBackend, RelationBackend
from vibepiper_transform.hinted_source import HintedSource
from vibepiper_transform.placement.columns import Pruning
from vibepiper_transform.placement.cutting import Cutting, placed
from vibepiper_transform.placement.filters import Filters
from vibepiper_transform.placement.fragment import Fragment
from vibepiper_transform.placement.scopes import Columns, Scope
from vibepiper_transform.sources import ArrowSource, DatabaseSource, ScanSource, Source

__all__ = ["Moves", "home_of", "move_least", "placed", "sent_of"]


def home_of(sources: Mapping[str, Source]) -> RelationBackend | None:
    """The one database that holds all sources but those that can be sent to it; None where there
    is none such."""
    sent = sent_of(sources)
    homes = {_home(source) for source in sources.values() if source not in sent}
    home = homes.pop() if len(homes) == 1 else None
    return None if sent and not isinstance(home, ReceivingBackend) else home


def sent_of(sources: Mapping[str, Source]) -> tuple[HintedSource, ...]:
    """The sources that are to be sent to where the others are."""
    hinted = (source for source in sources.values() if isinstance(source, HintedSource))
    return tuple(source for source in hinted if source.hint == "broadcast")


def _home(source: Source) -> RelationBackend | None:
    return source.backend if isinstance(source, DatabaseSource) and source.may_compute else None


@dataclass(frozen=True, slots=True)
class Moves:
    """``query`` is what runs in this process, over what moves there, and over ``sources``."""

    query: exp.Query
    fragments: tuple[Fragment, ...]
    sources: Mapping[str, Source]


def move_least(tree: exp.Query, sources: Mapping[str, Source]) -> Moves:
    """Cuts a tree into the largest parts that each run in one database, with the filters that may
    be tested there and the columns that the rest needs."""
    if not any(_can_give_less(source) for source in sources.values()):
        return Moves(tree, (), sources)
    columns = {name: _columns(source) for name, source in sources.items()}
    cutting = Cutting(tree, sources, Scope(columns))
    moved: dict[str, Columns] = {n: f.columns for n, f in cutting.fragments.items()}
    scope = Scope({**columns, **moved})
    computing = [name for name, f in cutting.fragments.items() if f.may_compute]
    filters = Filters(cutting.tree, scope, computing)
    pruning = Pruning(cutting.tree, scope, {**_narrowable(sources), **moved})
    narrowed: dict[str, Fragment] = {}
    for name, fragment in cutting.fragments.items():
        kept = [c for c in fragment.columns if c.lower() in pruning.needed[name]]
        narrowed[name] = fragment.narrowed(kept, filters.pushed[name])
    query, fragments = _shared(pruning.tree, narrowed)
    here = {name: _narrowed(s, pruning.needed[name]) for name, s in sources.items()}
    return Moves(query, fragments, here)


def _can_give_less(source: Source) -> bool:
    if isinstance(source, ArrowSource):
        return source.project is not None
    return isinstance(source, DatabaseSource)


def _narrowable(sources: Mapping[str, Source]) -> dict[str, Columns]:
    found = {n: s for n, s in sources.items() if isinstance(s, ArrowSource) and s.project}
    return {name: tuple(source.schema.names) for name, source in found.items()}


def _narrowed(source: Source, needed: set[str]) -> Source:
    if not isinstance(source, ArrowSource) or source.project is None:
        return source
    return source.narrowed([name for name in source.schema.names if name.lower() in needed])


def _shared(
    tree: exp.Query, fragments: Mapping[str, Fragment]
) -> tuple[exp.Query, tuple[Fragment, ...]]:
    """Without fragments that give what another gives."""
    kept: list[Fragment] = []
    names: dict[str, str] = {}
    for fragment in fragments.values():
        same = next((other for other in kept if other.is_same(fragment)), None)
        if same is None:
            kept.append(fragment)
        names[fragment.name] = (same or fragment).name
    for table in list(tree.find_all(exp.Table)):
        if names.get(table.name, table.name) != table.name:
            table.this.set("this", names[table.name])
    return tree, tuple(kept)


def _columns(source: Source) -> Columns:
    return source.columns if isinstance(source, ScanSource) else tuple(source.schema.names)
