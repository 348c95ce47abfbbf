"""Profiling: a table's columns in at most three scans, where it lies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pyarrow as pa
from vibepiper.errors import DefinitionError, suggest
from vibepiper_transform import Relation, from_arrow

from vibepiper_quality import relating, values
from vibepiper_quality.counting import Counts, count_all
from vibepiper_quality.families import family_of
from vibepiper_quality.profile import ColumnProfile, Lengths, Profile
from vibepiper_quality.sampling import SAMPLE_ROWS, sample_rows
from vibepiper_quality.uniqueness import distinct_in_all

__all__ = ["profile_table"]


def profile_table(
    data: object,
    *,
    dependencies: bool = False,
    masked: Collection[str] = (),
    sample: int = SAMPLE_ROWS,
) -> Profile:
    """The profile of a Relation, or of anything that Arrow reads.

    All rows are counted by the engine that holds them, in one query. Of a table of up to
    ``sample`` rows everything is exact; of a larger one, what tells single values is of a random
    sample of about that many, and whether a column is a key is asked of all rows again. Of
    ``masked`` columns no value is told.
    """
    relation = data if isinstance(data, Relation) else from_arrow(data)
    for name in masked:
        if name not in relation.columns:
            hint = suggest(name, relation.columns)
            raise DefinitionError(f"the table has no column '{name}' to mask", hint=hint)
    counts, rows = count_all(relation, sample)
    scans = 1 if rows is not None else 2
    rows = sample_rows(relation, counts.rows, sample) if rows is None else rows
    return _Profiling(relation, counts, rows, scans, frozenset(masked)).profile(dependencies)


class _Profiling:
    def __init__(
        self,
        relation: Relation,
        counts: Counts,
        sample: pa.Table,
        scans: int,
        masked: frozenset[str],
    ) -> None:
        self._relation = relation
        self._counts = counts
        self._sample = sample
        self._scans = scans
        self._masked = masked
        self._exact = counts.rows == sample.num_rows
        self._plain = [f.name for f in sample.schema if not pa.types.is_nested(f.type)]

    def profile(self, dependencies: bool) -> Profile:
        columns = tuple(self._column(field) for field in self._sample.schema)
        columns, scans = self._with_keys(columns)
        keys: list[tuple[str, ...]] = [(each.name,) for each in columns if each.unique]
        if not keys and self._exact and self._counts.rows:
            whole = [each.name for each in columns if not each.nulls and each.name in self._plain]
            keys = list(relating.key_pairs(self._sample, whole))
        numbers = [each.name for each in columns if each.family == "number"]
        found = relating.dependencies(self._sample, self._plain) if dependencies else None
        return Profile(
            rows=self._counts.rows,
            sampled=self._sample.num_rows,
            scans=scans,
            columns=columns,
            keys=tuple(keys),
            correlations=tuple(relating.correlations(self._sample, numbers)),
            dependencies=None if found is None else tuple(found),
        )

    def _with_keys(
        self, columns: tuple[ColumnProfile, ...]
    ) -> tuple[tuple[ColumnProfile, ...], int]:
        """What is known only now of columns whose sampled values all differ."""
        possible = [each for each in columns if each.unique]
        open_ones = [each.name for each in possible if not each.distinct_exact]
        proved = distinct_in_all(self._relation, open_ones, self._counts)
        known = {each.name: proved.get(each.name, each.distinct) for each in possible}
        settled = tuple(
            replace(
                each,
                distinct=known[each.name],
                distinct_exact=each.distinct_exact or each.name in proved,
                unique=(each.distinct_exact or each.name in proved)
                and known[each.name] == self._counts.rows,
            )
            if each.unique
            else each
            for each in columns
        )
        return settled, self._scans + bool(open_ones)

    def _column(self, field: pa.Field) -> ColumnProfile:
        family, found = family_of(field.type), self._counts.of[field.name]
        column = ColumnProfile(
            name=field.name,
            type=str(field.type),
            family=family,
            nulls=found["nulls"],
            mean=found.get("mean"),
            low=found.get("low"),
            high=found.get("high"),
            lengths=_lengths(found),
            distinct=found.get("distinct"),
            distinct_exact=self._counts.distinct_exact,
        )
        if field.name in self._plain:
            column = self._with_values(column, self._sample[field.name])
        return _masked(column) if field.name in self._masked else column

    def _with_values(self, column: ColumnProfile, sampled: pa.ChunkedArray) -> ColumnProfile:
        kind, family = sampled.type, column.family
        top, different = values.frequent(sampled)
        usable = values.finite(sampled, family)
        has_range = family in ("number", "time")
        repeats = column.nulls > 0 or different < len(sampled) or not len(sampled)
        return replace(
            column,
            distinct=different if self._exact else column.distinct,
            distinct_exact=self._exact or column.distinct_exact,
            unique=not repeats,
            deviation=values.deviation(usable) if family == "number" else None,
            not_finite=len(sampled) - sampled.null_count - len(usable) if family == "number" else 0,
            quantiles=values.quantiles(usable, kind, family) if has_range else {},
            histogram=values.histogram(usable, kind, family) if has_range else (),
            top=top,
            complete=self._exact and different == len(top),
            patterns=values.patterns(sampled) if family == "text" else (),
        )


def _lengths(found: Any) -> Lengths | None:
    if found.get("longest") is None:
        return None
    return Lengths(int(found["shortest"]), int(found["longest"]), float(found["length"]))


def _masked(column: ColumnProfile) -> ColumnProfile:
    return replace(
        column,
        masked=True,
        low=None,
        high=None,
        mean=None,
        deviation=None,
        quantiles={},
        histogram=(),
        top=(),
        patterns=(),
    )
