"""What was found when two tables were compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

__all__ = ["ChangedRow", "TableDiff"]


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of one key. ``columns`` are those whose values differ, with the left and the right
    value; of a row that only one side has, all of that side's."""

    kind: Literal["added", "removed", "changed"]
    key: Mapping[str, object]
    columns: Mapping[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class TableDiff:
    """The right table as a change of the left one.

    ``retyped`` columns have other types on the two sides, left and right; those that cannot be
    compared are in ``uncompared``. ``added``, ``removed`` and ``changed`` count keys,
    ``by_column`` the changed keys in which a column differs. ``moved`` is how many rows were
    fetched to find out: none where one engine holds both sides.
    """

    left_rows: int
    right_rows: int
    added: int
    removed: int
    changed: int
    by_column: Mapping[str, int]
    added_columns: tuple[str, ...] = ()
    removed_columns: tuple[str, ...] = ()
    retyped: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    uncompared: tuple[str, ...] = ()
    samples: tuple[ChangedRow, ...] = ()
    moved: int = 0

    @property
    def is_same(self) -> bool:
        schema = self.added_columns or self.removed_columns or self.retyped
        return not (schema or self.added or self.removed or self.changed)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {"same": self.is_same, **asdict(self)}
