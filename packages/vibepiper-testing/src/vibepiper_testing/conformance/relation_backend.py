"""The suite of relation backends: engines in which relations run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa
import pytest
from vibepiper.errors import VibePiperError
from vibepiper_transform import Avg, Count, Max, Min, Relation, Sum, col, from_arrow
from vibepiper_transform.diff import TableDiff, diff_tables

from vibepiper_testing.conformance.suite import Suite

__all__ = ["RelationBackendSuite"]

DATA = pa.table(
    {
        "k": ["a", "b", None, "a", "é'\"", "b"],
        "n": pa.array([1, None, 3, 2**62, -5, 0], pa.int64()),
        "x": pa.array([0.5, 1.0, None, -2.5, 1e300, 0.0]),
        "ok": [True, False, None, True, True, False],
    }
)
OTHER = pa.table({"k": ["a", "b", "z", None], "label": ["A", "B", "Z", "none"]})

CHANGED = pa.table(
    {
        "k": ["a", "b", None, "a", "é'\"", None],
        "n": pa.array([1, None, 3, 2**62, 7, None], pa.int64()),
        "x": pa.array([0.5, None, 1e-9, -2.5, 1e300, 0.0]),
        "ok": [True, True, None, True, None, False],
    }
)

QUERIES: dict[str, Callable[[Relation, Relation], Relation]] = {
    "all": lambda r, o: r,
    "select": lambda r, o: r.select("n", "k"),
    "filter": lambda r, o: r.filter(col("n") > 0),
    "filter text": lambda r, o: r.filter(col("k") == "é'\""),
    "nulls": lambda r, o: r.filter(col("k").is_null()),
    "mutate": lambda r, o: r.mutate(twice=col("x") * 2, less=col("n") < 2),
    "distinct": lambda r, o: r.select("k").distinct(),
    "join": lambda r, o: r.join(o, on="k"),
    "left join": lambda r, o: r.join(o, on="k", how="left"),
    "full join": lambda r, o: r.join(o, on="k", how="full"),
    "filtered full join": lambda r, o: r.join(
        o.rename(key="k"), on=col("k") == col("key"), how="full"
    ).filter(col("label").is_null()),
    "counted full join": lambda r, o: (
        r.join(o.rename(key="k"), on=col("k") == col("key"), how="full")
        .mutate(both=col("k") == col("key"))
        .groupby("both")
        .aggregate(rows=Count())
    ),
    "union": lambda r, o: r.select("k").union(o.select("k")),
    "aggregate": lambda r, o: r.groupby("k").aggregate(
        rows=Count(), low=Min("x"), high=Max("x"), mean=Avg("x")
    ),
    "sum": lambda r, o: r.filter(col("n") < 100).groupby("ok").aggregate(total=Sum("n")),
    "limit": lambda r, o: r.order_by("n").limit(2),
    "empty": lambda r, o: r.filter(col("n") == 12345),
}

Made: TypeAlias = Callable[[pa.Table], Relation]


class RelationBackendSuite(Suite):
    """What every engine promises: DuckDB's answers. A subclass gives a fixture ``relation``, which
    stores a table in the engine and returns a Relation over it.

    ::

        class TestAcme(RelationBackendSuite):
            @pytest.fixture
            def relation(self, connector):
                def made(table): ...
                return made
    """

    @pytest.fixture
    def relation(self) -> Made:
        raise TypeError(f"{type(self).__name__} has no fixture 'relation'")

    @pytest.mark.parametrize("query", QUERIES)
    def test_the_answers_are_duckdbs(self, relation: Made, query: str) -> None:
        """A query gives the rows that DuckDB gives, nulls and NaN included."""
        build = QUERIES[query]
        expected = build(from_arrow(DATA), from_arrow(OTHER)).to_table()
        found = build(relation(DATA), relation(OTHER)).to_table()
        assert found.column_names == expected.column_names
        assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, expected.to_pylist()))

    @pytest.mark.parametrize("query", QUERIES)
    def test_the_schema_is_known_before_it_runs(self, relation: Made, query: str) -> None:
        """A relation's schema is that of its rows, and is had without running it."""
        built = QUERIES[query](relation(DATA), relation(OTHER))
        assert built.schema.equals(built.to_table().schema)

    def test_rows_stream_in_batches(self, relation: Made) -> None:
        """Rows come in batches of no more than was asked for."""
        stream = relation(pa.table({"n": range(10_000)})).to_reader(batch_rows=1_000)
        sizes = [batch.num_rows for batch in stream]
        assert sum(sizes) == 10_000
        assert max(sizes) <= 1_000

    def test_a_relation_runs_again(self, relation: Made) -> None:
        """A relation can be run again, also while it runs."""
        made = relation(DATA)
        half = made.to_reader(batch_rows=2)
        half.read_next_batch()
        assert made.count() == made.to_table().num_rows == DATA.num_rows

    def test_relations_of_one_engine_are_equal_in_it(self, relation: Made) -> None:
        """Two relations of one engine have equal backends, which no other engine's equals."""
        one, two = relation(DATA), relation(OTHER)
        assert one.backend == two.backend
        assert hash(one.backend) == hash(two.backend)
        assert one.backend != object()

    @pytest.mark.parametrize("other", ["the engine", "another"])
    def test_tables_are_compared(self, relation: Made, other: str) -> None:
        """Two tables of the engine, or one of it and one elsewhere, differ as they do in DuckDB:
        by keys that may hold nulls, and in nulls, numbers and booleans."""
        key = ["k", "n"]
        expected = diff_tables(from_arrow(DATA), from_arrow(CHANGED), key)
        right = relation(CHANGED) if other == "the engine" else from_arrow(CHANGED)
        found = diff_tables(relation(DATA), right, key)
        assert _told(found) == _told(expected)
        assert diff_tables(relation(DATA), relation(DATA), key).is_same

    def test_a_wrong_column_is_refused_before_it_runs(self, relation: Made) -> None:
        """A column that is not there is refused with an error that names it."""
        with pytest.raises(VibePiperError, match="no_such"):
            _ = relation(DATA).filter(col("no_such") > 1).schema


def _told(found: TableDiff) -> tuple[object, ...]:
    counts = found.added, found.removed, found.changed, dict(found.by_column)
    shown = [(row.kind, dict(row.key), dict(row.columns)) for row in found.samples]
    return (*counts, sorted(map(repr, shown)))
