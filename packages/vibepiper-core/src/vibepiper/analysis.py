"""What is known of an asset's columns before it runs: their types, where they come from, and what
is wrong with them. A component of kind ``analyzer`` finds it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from vibepiper.checks import Severity
from vibepiper.errors import Location, VibePiperError

if TYPE_CHECKING:
    import pyarrow as pa

    from vibepiper.assets import Asset
    from vibepiper.database import DatabaseTable

__all__ = [
    "VALUE_KINDS",
    "Analyzer",
    "AnalyzerRequest",
    "AssetAnalysis",
    "ColumnSource",
    "ColumnUse",
    "KnownTables",
    "KnownUpstream",
    "OutputColumn",
    "Problem",
    "SourceKind",
    "problem_of",
]

SourceKind = Literal[
    "identity",
    "expression",
    "window",
    "aggregate",
    "declared",
    "filter",
    "join_key",
    "group_key",
]
"""How a column comes from another: its value as it is (``identity``), computed of it in the same
row (``expression``), of rows around it (``window``) or of many rows (``aggregate``), or in a way
that only the author knows (``declared``). The others say that a value decides which rows there
are, without being in them: it is filtered by, joined on or grouped by."""

VALUE_KINDS: frozenset[SourceKind] = frozenset(
    {"identity", "expression", "window", "aggregate", "declared"}
)
"""The kinds by which something of a value itself arrives; tags follow these."""


@dataclass(frozen=True, slots=True, order=True)
class ColumnSource:
    """A column that another is made of. ``asset`` is an upstream's key, or the name of a table
    that is no asset (see `vibepiper.database.DatabaseTable.of`)."""

    asset: str
    column: str
    kind: SourceKind


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of an asset. ``type`` is None where it is not known; ``opaque``: not all of its
    sources are."""

    name: str
    type: pa.DataType | None
    sources: tuple[ColumnSource, ...] = ()
    opaque: bool = False
    description: str | None = None
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """Where an asset's code names a column of an upstream."""

    asset: str
    column: str
    at: Location


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, found without running anything. The first of ``places`` is where to mend it,
    the others are what it has to do with. An analyzer's problem is ``certain`` that is there
    whatever columns the upstreams have; others are warnings until these are known."""

    severity: Severity
    message: str
    asset: str | None = None
    places: tuple[Location, ...] = ()
    hint: str | None = None
    certain: bool = False

    def __str__(self) -> str:
        at = f"{self.places[0]}: " if self.places else ""
        also = "".join(f"\n  see {place}" for place in self.places[1:])
        return f"{at}{self.message}{also}" + (f"\n  {self.hint}" if self.hint else "")


@dataclass(frozen=True, slots=True)
class KnownUpstream:
    """An upstream asset as a parameter takes it; ``schema`` is None where its columns are not
    known."""

    key: str
    schema: pa.Schema | None


class KnownTables(Protocol):
    """A database of which an asset takes tables, and nothing else."""

    @property
    def resource(self) -> str:
        """What the project file calls it."""
        ...

    @property
    def is_known(self) -> bool:
        """Whether it told the columns of its tables."""
        ...

    def schema(self, table: DatabaseTable) -> pa.Schema | None:
        """The columns of one; None where they are not known."""
        ...

    def lacks(self, table: DatabaseTable) -> bool:
        """Whether the database told that it has none of this name."""
        ...


@dataclass(frozen=True, slots=True)
class AnalyzerRequest:
    """What an analyzer is told: the asset, its upstreams by the parameters that take them, the
    values of its other parameters, the ``dialect`` of the one engine that holds all that it is
    made of, if one does: what that engine has no words for is refused; whether its store takes
    ``objects`` that are no tables; and by the parameters that take a database its ``tables``, of
    an asset whose function tells which it takes (see `vibepiper.known_tables.TakesTables`)."""

    asset: Asset
    upstreams: Mapping[str, KnownUpstream]
    arguments: Mapping[str, object]
    root: Path
    dialect: str | None = None
    objects: bool = True
    tables: Mapping[str, KnownTables] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssetAnalysis:
    """What was found out. ``columns`` is None where they are not known; ``opaque`` says why no
    analyzer could look into the asset."""

    columns: tuple[OutputColumn, ...] | None
    uses: tuple[ColumnUse, ...] = ()
    problems: tuple[Problem, ...] = ()
    opaque: str | None = None


class Analyzer(Protocol):
    """A component of kind ``analyzer``, named for the kind of asset that it knows (``transform``,
    ``sql``, ``python``). Its class is constructed without arguments.

    Its declaration's capabilities name the inputs that it can follow; with any, only assets are
    brought to it that have an upstream which arrives so.
    """

    def analyze(self, request: AnalyzerRequest) -> AssetAnalysis:
        """Looks into one asset. It reads no data and reaches no store. What the asset's code does
        wrong are problems of the answer; only a fault of the analyzer itself is raised. The same
        request gives the same answer."""
        ...


def problem_of(
    error: VibePiperError, asset: str | None = None, severity: Severity = "error"
) -> Problem:
    """An error as a problem, at the same place."""
    places = () if error.at is None else (error.at,)
    return Problem(severity, error.message, asset, places, error.hint)
