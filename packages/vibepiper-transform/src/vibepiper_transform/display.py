"""Relations as notebooks show them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pyarrow as pa

from vibepiper_transform.families import shown
from vibepiper_transform.selection import Selection

__all__ = ["Display", "Preview"]


class Display(Selection):
    """What a relation looks like. Nothing is run, unless for a `preview`."""

    def preview(self, rows: int = 10) -> Preview:
        """Its first rows, for the eyes: runs the query with a limit."""
        return Preview(self.limit(rows).to_table())

    def _repr_html_(self) -> str:
        """Its columns and types, and its SQL."""
        heads = [(name, shown(kind)) for name, kind in self.kinds.items()]
        place = f"<p>Relation in {escape(self.backend.dialect)}, not run</p>"
        sql = f"<details><summary>SQL</summary><pre>{escape(self.sql())}</pre></details>"
        return f"<div>{place}{_table(heads, [])}{sql}</div>"


@dataclass(frozen=True)
class Preview:
    """The first rows of a relation; a table in a notebook, and text elsewhere."""

    table: pa.Table

    def __str__(self) -> str:
        columns = [[name, *map(_cell, self.table[name].to_pylist())] for name in self._names()]
        widths = [max(map(len, column)) for column in columns]
        lines = zip(*columns, strict=True)
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heads = [(field.name, str(field.type)) for field in self.table.schema]
        rows = zip(*(self.table[name].to_pylist() for name in self._names()), strict=True)
        return _table(heads, [[_cell(value) for value in row] for row in rows])

    def _names(self) -> list[str]:
        return list(self.table.column_names)


def _table(heads: list[tuple[str, str]], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(name)}<br><i>{escape(kind)}</i></th>" for name, kind in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    """One line of at most 80 characters."""
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= 80 else text[:79] + "…"
