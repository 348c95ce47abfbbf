"""One rendering of a template: what its names stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from vibepiper.database import DatabaseTable
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.sql.fragment import Fragment, Piece
from vibepiper_transform.sql.marks import Marks, Reference, is_mark

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["OWN", "HasTables", "Own", "Rendering", "current", "rendering"]


@runtime_checkable
class HasTables(Protocol):
    """A connector whose tables are relations."""

    def relation(self, name: str, *, schema: str | None = None) -> Relation: ...


class Own:
    """``{{ this }}``: what is published of the asset itself."""


OWN = Own()

_LISTS = (list, tuple, set, frozenset, range)


@dataclass(frozen=True)
class Rendering:
    """``names`` are what the template may use, ``references`` the upstream assets by the names
    that ``ref`` takes, ``own`` the asset's published table if it adds to one, ``connectors`` what
    ``source`` takes; ``tables`` are those that it took, by the keys of their references."""

    names: Mapping[str, object] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    own: Reference | None = None
    connectors: Mapping[str, object] = field(default_factory=dict)
    tables: dict[str, Relation] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)

    def output(self, value: object) -> Fragment:
        """What ``{{ value }}`` writes: SQL as it is, and for anything else a mark."""
        if isinstance(value, Fragment):
            return value
        return Fragment((Piece(self.marks.add(self._held(value))),))

    def reference(self, name: object) -> Reference:
        if not isinstance(name, str):
            raise DefinitionError(f"ref() takes the key of an asset, found {name!r}")
        if (found := self.references.get(name)) is None:
            raise DefinitionError(
                f"ref('{name}') names no upstream of this asset",
                hint=_upstream_hint(name, self.references.keys()),
            )
        return found

    def table(self, connector: str, table: DatabaseTable) -> Reference:
        """A table of a database that is no asset."""
        holder = self.connectors.get(connector)
        if not isinstance(holder, HasTables):
            raise DefinitionError(
                f"source('{connector}', ...) names no database whose tables can be queried",
                hint="It is a resource of the project, such as one of postgres or duckdb, that is "
                "called as no asset is.",
            )
        key = table.of(connector)
        if key not in self.tables:
            self.tables[key] = holder.relation(table.name, schema=table.schema)
        return Reference(key, table.name)

    def param(self, name: str, default: object) -> object:
        return self.names.get(name, default)

    def _held(self, value: object) -> object:
        if isinstance(value, Reference):
            return value
        if isinstance(value, Own):
            return self._own()
        # Imported here, for assets need no Jinja.
        from jinja2 import Undefined

        if isinstance(value, Undefined):
            str(value)  # raises, and says which name it is
        listed = tuple(value) if isinstance(value, _LISTS) else None
        if any(isinstance(each, str) and is_mark(each) for each in listed or (value,)):
            raise DefinitionError(
                "SQL of the template was changed by a filter or an operator, and so is no SQL",
                hint="Filters work on values: {{ name | upper }}; SQL is written by the template.",
            )
        if listed is not None:
            return listed
        if callable(value):
            raise DefinitionError(
                "a macro or a function stands where a value can", hint="Call it: name()."
            )
        return value

    def _own(self) -> Reference:
        if self.own is None:
            raise DefinitionError(
                "'this' is what is published of the asset, and there is nothing to add to",
                hint="Use it within {% if is_incremental() %}.",
            )
        return self.own


def _upstream_hint(name: str, known: Set[str]) -> str:
    return f"{suggest(name, known)} Others are named by depends_on."


_current: ContextVar[Rendering] = ContextVar("vibepiper_sql_rendering")


def current() -> Rendering:
    """The rendering that runs here: macros of other files see it too."""
    return _current.get()


@contextmanager
def rendering(one: Rendering) -> Iterator[None]:
    token = _current.set(one)
    try:
        yield
    finally:
        _current.reset(token)
