"""Python functions of rows, all told in one pass over the data, batch by batch."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp
from vibepiper.errors import DataError
from vibepiper_transform import Relation

from vibepiper_expectations.bare_column import BareColumn
from vibepiper_expectations.failures import Counted, RowFunction
from vibepiper_expectations.questions import rows_in_utc

__all__ = ["FunctionPass", "Told", "truths"]


@dataclass
class Told:
    """What a function said so far."""

    function: RowFunction
    check: str
    when: str | None
    shown: tuple[str, ...]
    examined: int = 0
    failed: int = 0
    kept: list[pa.Table] = field(default_factory=list)

    @property
    def counted(self) -> Counted:
        return Counted(self.examined, self.failed)

    def examples(self, limit: int) -> tuple[Mapping[str, Any], ...]:
        """The first failing rows, in the order in which the data came."""
        return tuple(row for table in self.kept for row in table.to_pylist())[:limit]

    def keys(self, identity: Sequence[BareColumn]) -> pa.Table:
        """The keys of all failing rows, in their order."""
        names = [column.name for column in identity]
        return pa.concat_tables([table.select(names) for table in self.kept]).sort_by(
            [(name, "ascending") for name in names]
        )


class FunctionPass:
    """The functions of one asset's checks. ``identity`` names the columns that say which row."""

    def __init__(
        self, relation: Relation, asset: str, identity: Sequence[BareColumn], limit: int | None
    ) -> None:
        self._relation = relation
        self._asset = asset
        self._identity = tuple(identity)
        self._limit = limit
        self._told: list[Told] = []
        self._conditions: dict[exp.Expr, str] = {}
        self.seconds = 0.0

    def keep_all(self) -> None:
        """Has every failing row kept, not only the first."""
        self._limit = None

    def add(self, function: RowFunction, check: str) -> Told:
        """What will be told of it, once the pass has run."""
        when = None
        if function.when is not None:
            when = self._conditions.setdefault(function.when, f"when_{len(self._conditions)}")
        columns = (*self._identity, *function.columns)
        told = Told(function, check, when, tuple(dict.fromkeys(c.name for c in columns)))
        self._told.append(told)
        return told

    def run(self) -> None:
        if not self._told:
            return
        started = time.perf_counter()
        with self._relation.derive(self._query).to_reader() as reader:
            for batch in reader:
                for told in self._told:
                    self._tell(told, batch)
        self.seconds = time.perf_counter() - started

    def _query(self, table: exp.Table) -> exp.Query:
        names = dict.fromkeys(name for told in self._told for name in told.shown)
        flags = [exp.alias_(exp.paren(c.copy()), n) for c, n in self._conditions.items()]
        return exp.select(*(exp.column(n, quoted=True) for n in names), *flags).from_(table)

    def _tell(self, told: Told, batch: pa.RecordBatch) -> None:
        if told.when is not None:
            batch = batch.filter(batch[told.when])
        fails = self._asked(told, batch.select([c.name for c in told.function.columns]))
        told.examined += len(fails) - fails.null_count
        told.failed += pc.sum(fails).as_py() or 0
        room = None if self._limit is None else self._limit - sum(t.num_rows for t in told.kept)
        if room is None or room > 0:
            rows = pa.Table.from_batches([batch.filter(fails).select(list(told.shown))])
            told.kept.append(rows_in_utc(rows if room is None else rows.slice(0, room)))

    def _asked(self, told: Told, batch: pa.RecordBatch) -> pa.BooleanArray:
        found = told.function.fails(batch)
        if not isinstance(found, pa.BooleanArray) or len(found) != batch.num_rows:
            raise DataError(
                f"asset '{self._asset}': {told.check} gave {type(found).__name__} of {len(found)} "
                f"for {batch.num_rows} rows, expected a truth for each"
            )
        return found


def truths(
    check: str,
    function: Callable[[pa.RecordBatch], object],
    batch: pa.RecordBatch,
    *,
    inverted: bool = False,
) -> pa.BooleanArray:
    """What a user's function says of each row of a batch, in Arrow; ``inverted``, what it does
    not. Raises `DataError` for what is no truth."""
    found = function(batch)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    try:
        array: Any = found if isinstance(found, pa.Array) else pa.array(cast("Any", found))
    except (TypeError, pa.ArrowException) as error:
        raise DataError(f"{check} gave {found!r}, expected a truth for each row") from error
    if pa.types.is_null(array.type):
        array = array.cast(pa.bool_())
    if not pa.types.is_boolean(array.type) or len(array) != batch.num_rows:
        raise DataError(
            f"{check} gave {len(array)} of {array.type} for {batch.num_rows} rows, expected a "
            "truth for each"
        )
    return cast("pa.BooleanArray", pc.invert(array) if inverted else array)
