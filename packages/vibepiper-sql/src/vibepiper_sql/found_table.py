"""What a catalog says of a table, and what VibePiper notes there."""

from __future__ import annotations

import json
from dataclasses import dataclass

__all__ = ["FoundTable", "Mark"]

_MARK = "vibepiper "


@dataclass(frozen=True, slots=True)
class Mark:
    """What VibePiper notes in the last line of a table's comment, so that it is changed in one
    transaction with the table: whose data it is and which load wrote it."""

    asset: str
    load_id: str
    rows: int

    @classmethod
    def read(cls, comment: str | None) -> Mark | None:
        line = (comment or "").rpartition("\n")[2]
        if not line.startswith(_MARK):
            return None
        try:
            noted = json.loads(line.removeprefix(_MARK))
            return cls(str(noted["asset"]), str(noted["load_id"]), int(noted["rows"]))
        except (ValueError, KeyError, TypeError):  # people may write such a line as well
            return None

    def written(self, before: str | None = None) -> str:
        """The comment; what people wrote above an earlier mark in ``before`` is kept."""
        kept, _, last = (before or "").rpartition("\n")
        if not last.startswith(_MARK):
            kept = before or ""
        noted = {"asset": self.asset, "load_id": self.load_id, "rows": self.rows}
        line = _MARK + json.dumps(noted)
        return f"{kept}\n{line}" if kept else line


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table, view or the like. ``other`` says what it is where it is no ordinary table, with
    its article: ``a view``."""

    comment: str | None
    other: str | None

    @property
    def mark(self) -> Mark | None:
        return Mark.read(self.comment)
