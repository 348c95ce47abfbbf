"""The columns of tables that are no assets, asked of their databases before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

from vibepiper.database import DatabaseTable, DescribingConnector
from vibepiper.engines import engine_of
from vibepiper.errors import Location, VibePiperError
from vibepiper.known_columns import fields_of
from vibepiper.planned import PlannedAsset
from vibepiper.session import Session

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AskedDatabase", "ReadTables", "TakesTables", "tables_of"]


_Answer: TypeAlias = "Mapping[DatabaseTable, pa.Schema] | None"


class TakesTables(Protocol):
    """What an asset is made by that takes tables of some databases, and nothing else of them."""

    @property
    def tables(self) -> Mapping[str, Collection[DatabaseTable]]:
        """By the parameters that take such a database, those that it is known to take before it
        is called."""
        ...


def tables_of(of: PlannedAsset) -> Mapping[str, Collection[DatabaseTable]] | None:
    """The tables that an asset takes by the parameters of its resources; None where it may do
    anything with one of these."""
    if not of.resources:
        return {}
    told: Mapping[str, Collection[DatabaseTable]] = getattr(of.asset.function, "tables", {})
    names = [binding.parameter.name for binding in of.resources]
    return {name: told[name] for name in names} if told.keys() >= {*names} else None


class AskedDatabase:
    """A database, asked once for all tables that the assets of a project are known to take of it,
    which ``mentioned`` gives. Once it gave no answer it is not asked again, and ``refusal`` says
    why, without a secret."""

    def __init__(
        self, session: Session, resource: str, mentioned: Callable[[], Collection[DatabaseTable]]
    ) -> None:
        self.resource = resource
        self.refusal: str | None = None
        self._session = session
        self._mentioned = mentioned
        self._others: dict[DatabaseTable, _Answer] = {}

    @property
    def place(self) -> Location:
        """Where the project file has it."""
        return self._session.project.place("resources", self.resource)

    @property
    def engine(self) -> object | None:
        return engine_of(self._session.resource(self.resource))

    @property
    def is_known(self) -> bool:
        return self._first is not None

    def schema(self, table: DatabaseTable) -> pa.Schema | None:
        return (self._answer(table) or {}).get(table)

    def schema_of(self, name: str) -> pa.Schema | None:
        """The columns of the table of this name, as `DatabaseTable.of` has it, if it was asked for
        them."""
        asked = (t for t in (*self._tables, *self._others) if t.of(self.resource) == name)
        return next((self.schema(table) for table in asked), None)

    def lacks(self, table: DatabaseTable) -> bool:
        answer = self._answer(table)
        return answer is not None and table not in answer

    def _answer(self, table: DatabaseTable) -> _Answer:
        if table in self._tables:
            return self._first
        if table not in self._others:
            self._others[table] = self._ask((table,))
        return self._others[table]

    @cached_property
    def _tables(self) -> frozenset[DatabaseTable]:
        return frozenset(self._mentioned())

    @cached_property
    def _first(self) -> _Answer:
        return self._ask(self._tables)

    def _ask(self, tables: Collection[DatabaseTable]) -> _Answer:
        if self.refusal is not None:
            return None
        connector = self._session.resource(self.resource)
        if not isinstance(connector, DescribingConnector):
            self.refusal = "its connector does not tell them"
            return None
        try:
            return connector.schemas(tables)
        except VibePiperError as error:
            # What the columns are is not needed to go on: a database that is away tells nothing.
            self.refusal = self._session.mask(error.message)
            return None


@dataclass(slots=True)
class ReadTables:
    """Those of a database that one asset takes: the ``mentioned``, and what it asks for beside,
    which makes its analysis one that rests on something ``unforeseen``."""

    database: AskedDatabase
    mentioned: Collection[DatabaseTable]
    unforeseen: bool = field(default=False, init=False)

    @property
    def resource(self) -> str:
        return self.database.resource

    @property
    def is_known(self) -> bool:
        return self.database.is_known

    def schema(self, table: DatabaseTable) -> pa.Schema | None:
        self.unforeseen = self.unforeseen or table not in self.mentioned
        return self.database.schema(table)

    def lacks(self, table: DatabaseTable) -> bool:
        self.unforeseen = self.unforeseen or table not in self.mentioned
        return self.database.lacks(table)

    def text(self) -> str:
        """Stands for the columns of those that are mentioned."""
        if not self.is_known:
            return f"{self.resource} unknown"
        found = {table.of(self.resource): self.database.schema(table) for table in self.mentioned}
        told = [(name, schema and fields_of(schema)) for name, schema in sorted(found.items())]
        return repr(told)
