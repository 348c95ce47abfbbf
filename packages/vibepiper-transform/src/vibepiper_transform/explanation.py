"""Where the parts of a relation run, and what moves between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from sqlglot import exp

from vibepiper_transform.backend import (
    EstimatingBackend,
    ExplainingBackend,
    RelationBackend,
    place_of,
)
from vibepiper_transform.duckdb_backend import DuckDBBackend
from vibepiper_transform.hinted_source import HintedSource
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.placement import Fragment, sent_of

__all__ = ["Explanation", "Part", "explain"]


@dataclass(frozen=True, slots=True)
class Part:
    """One query. ``place`` is where it runs; ``moves_to`` where its rows then go, None of the
    result. ``columns`` are what it gives, ``filters`` what was pushed into it, ``rows`` how many
    the engine expects, where it was asked, ``plan`` the engine's own, ``hint`` one it follows."""

    name: str
    place: str
    sql: str
    columns: tuple[str, ...]
    moves_to: str | None = None
    filters: tuple[str, ...] = ()
    rows: int | None = None
    plan: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.name}: runs in {self.place}"
        if self.moves_to is not None:
            rows = "" if self.rows is None else f", about {self.rows:,} rows"
            yield f"  moves {', '.join(self.columns)} to {self.moves_to}{rows}"
        elif self.rows is not None:
            yield f"  about {self.rows:,} rows"
        if self.filters:
            yield f"  pushed down: {' AND '.join(self.filters)}"
        if self.hint is not None:
            yield f"  hint: {self.hint}"
        yield from (f"  {line}" for line in self.sql.splitlines())
        if self.plan is not None:
            yield from (f"    {line}" for line in self.plan.splitlines())


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a relation; the last gives its result. Prints as text."""

    parts: tuple[Part, ...]

    @property
    def moved(self) -> tuple[Part, ...]:
        """The parts whose rows move."""
        return tuple(part for part in self.parts if part.moves_to is not None)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {"parts": [asdict(part) for part in self.parts]}

    def __str__(self) -> str:
        return "\n\n".join(str(part) for part in self.parts)

    __repr__ = __str__


def explain(relation: LazyQuery, *, engine: bool = False, analyze: bool = False) -> Explanation:
    """What `Relation.explain` gives."""
    return Explanation(tuple(_parts(relation, engine or analyze, analyze)))


def _parts(relation: LazyQuery, engine: bool, analyze: bool) -> Iterator[Part]:
    backend = relation.backend
    place = place_of(backend)
    here = backend.inputs if isinstance(backend, DuckDBBackend) else ()
    for source in here or sent_of(relation.sources):
        if isinstance(source, HintedSource):
            yield from _hinted(source, place, engine, analyze)
        elif isinstance(source, Fragment):
            yield _moved(source, place, engine, analyze)
    sql = relation.sql()
    plan = _plan(backend, relation.query(), analyze) if engine else None
    rows = _rows(backend, relation.query()) if engine else None
    yield Part("result", place, sql, relation.columns, rows=rows, plan=plan)


def _hinted(source: HintedSource, place: str, engine: bool, analyze: bool) -> Iterator[Part]:
    for part in _parts(source.relation, engine, analyze):
        is_last = part.moves_to is None
        name = source.name if is_last else f"{source.name}.{part.name}"
        yield Part(
            **{
                **asdict(part),
                "name": name,
                "moves_to": place if is_last else part.moves_to,
                "hint": source.hint if is_last else part.hint,
            }
        )


def _moved(fragment: Fragment, place: str, engine: bool, analyze: bool) -> Part:
    backend, query = fragment.backend, fragment.query
    return Part(
        fragment.name,
        place_of(backend),
        fragment.sql(),
        fragment.columns,
        place,
        tuple(each.sql("duckdb") for each in fragment.filters),
        _rows(backend, query) if engine else None,
        _plan(backend, query, analyze) if engine else None,
        None if fragment.may_compute else "no_pushdown",
    )


def _rows(backend: RelationBackend, query: exp.Query) -> int | None:
    return backend.rows(query) if isinstance(backend, EstimatingBackend) else None


def _plan(backend: RelationBackend, query: exp.Query, analyze: bool) -> str | None:
    if not isinstance(backend, ExplainingBackend):
        return None
    return backend.explain(query, analyze=analyze)
