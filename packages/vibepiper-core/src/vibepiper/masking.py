"""Columns whose values are not shown."""

from __future__ import annotations

from vibepiper.session import Session

__all__ = ["SECRET_TAGS", "masked_columns"]

SECRET_TAGS = frozenset(("secret", "pii"))
"""The tags that say so. They follow a column into what is made of it."""


def masked_columns(session: Session, asset: str) -> frozenset[str]:
    """The columns of an asset that bear such a tag. A project that declares none is not
    analyzed."""
    graph = session.project.graph
    if not any(SECRET_TAGS.intersection(c.tags) for each in graph for c in each.columns.values()):
        return frozenset()
    from vibepiper.column_lineage import ColumnLineage
    from vibepiper.validation import analyze_project

    columns = ColumnLineage(analyze_project(session)).columns(asset)
    return frozenset(column.name for column in columns if SECRET_TAGS & column.tags)
