"""Rows that few random cuts set apart from all others, by several columns at once: the isolation
forest of Liu, Ting and Zhou (2008), as scikit-learn has it."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from vibepiper.errors import DataError, DefinitionError
from vibepiper_transform import Relation, from_arrow

from vibepiper_quality.families import check_number, family_of
from vibepiper_quality.sampling import SAMPLE_ROWS, sample_rows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float64]

__all__ = ["IsolatedRows", "find_isolated_rows"]

_ROWS_OF_A_TREE = 256
_THRESHOLD = 0.7
_FARTHEST = 1e30
"""In ranges of the sample's values: farther is not told apart, and would be infinite in the
single precision that the trees cut in."""


@dataclass(frozen=True, slots=True)
class IsolatedRows:
    """``rows`` are those that score ``threshold`` or more, the highest first, and ``scores``
    theirs. ``unjudged`` rows have no finite number in one of the ``columns``."""

    columns: tuple[str, ...]
    threshold: float
    rows: pa.Table
    scores: tuple[float, ...]
    unjudged: int


def find_isolated_rows(
    data: object,
    columns: Sequence[str] | None = None,
    *,
    threshold: float | None = None,
    trees: int = 100,
    seed: int = 0,
    sample: int = SAMPLE_ROWS,
) -> IsolatedRows:
    """Scores every row by its numbers in ``columns`` (all that hold numbers, unless given): about
    0.5 or less of usual ones, towards 1 of those that are far from all others, be it far by one
    column or less so by several. Found are those of ``threshold`` (0.7) or more, and they are held
    in memory.

    Each of the ``trees`` is grown of 256 rows, of at most about ``sample`` that are chosen at
    random where the table lies; all rows then pass by in batches. The same ``seed`` gives the same
    scores of the same table. A column's unit does not matter, nor does one of equal values.
    """
    reached = _THRESHOLD if threshold is None else threshold
    if not 0 < reached < 1:
        raise DefinitionError(f"a score to be reached is between 0 and 1, found {threshold!r}")
    if trees < 1:
        raise DefinitionError(f"a forest has at least 1 tree, found {trees}")
    relation = data if isinstance(data, Relation) else from_arrow(data)
    chosen = _numbers(relation) if columns is None else [*columns]
    for name in chosen:
        check_number(relation, name)
    score = _grown(relation.select(*chosen), trees, seed, sample)
    return _judged(relation, chosen, reached, score)


def _numbers(relation: Relation) -> list[str]:
    found = [field.name for field in relation.schema if family_of(field.type) == "number"]
    if not found:
        raise DataError("anomalies are found among numbers; the table has no column of them")
    return found


def _grown(
    numbers: Relation, trees: int, seed: int, sample: int
) -> Callable[[Matrix], Matrix] | None:
    """What scores rows of finite numbers; None where the sample has no two."""
    if importlib.util.find_spec("sklearn") is None:
        raise DataError(
            "an isolation forest needs scikit-learn, which is not installed",
            hint="pip install 'vibepiper-quality[isolation-forest]'",
        )
    import numpy as np
    from sklearn.ensemble import IsolationForest

    matrix, judged = _matrix(sample_rows(numbers, numbers.count(), sample), numbers.columns)
    known = matrix[judged]
    if len(known) < 2:
        return None
    low, width = known.min(axis=0), np.ptp(known, axis=0)
    width[width == 0] = 1

    def scaled(rows: Matrix) -> Matrix:
        return np.asarray(np.clip((rows - low) / width, -_FARTHEST, _FARTHEST), dtype=np.float64)

    size: Any = min(_ROWS_OF_A_TREE, len(known))  # what is inferred of its type is "auto" alone
    forest = IsolationForest(n_estimators=trees, max_samples=size, random_state=seed)
    forest.fit(scaled(known))

    def score(rows: Matrix) -> Matrix:
        return -np.asarray(forest.score_samples(scaled(rows)), dtype=np.float64)

    return score


def _judged(
    relation: Relation,
    columns: Sequence[str],
    threshold: float,
    score: Callable[[Matrix], Matrix] | None,
) -> IsolatedRows:
    kept, scores, unjudged = [], [], 0
    for batch in relation.to_reader():
        matrix, judged = _matrix(pa.table(batch), columns)
        unjudged += len(judged) - int(judged.sum())
        if score is None or not judged.any():
            continue
        found = score(matrix[judged])
        high = found >= threshold
        kept.append(batch.filter(pa.array(judged)).filter(pa.array(high)))
        scores.append(pa.array(found[high]))
    rows = pa.Table.from_batches(kept, relation.schema)
    found_scores = pa.chunked_array(scores, pa.float64())
    order = pc.sort_indices(found_scores, sort_keys=[("", "descending")])
    ordered = tuple(found_scores.take(order).to_pylist())
    return IsolatedRows(tuple(columns), threshold, rows.take(order), ordered, unjudged)


def _matrix(rows: pa.Table, columns: Sequence[str]) -> tuple[Matrix, npt.NDArray[np.bool_]]:
    """The numbers, a row for each row, and which rows have nothing but finite ones."""
    import numpy as np

    numbers = [rows[name].cast(pa.float64(), safe=False).to_numpy() for name in columns]
    matrix = np.column_stack(numbers)
    return matrix, np.asarray(np.isfinite(matrix).all(axis=1))
