"""Which partitions there are, as spans: cut, joined, and read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, insert, select

from vibepiper.partitions.span import WHOLE, Span
from vibepiper.state.channel import Channel, Values
from vibepiper.state.records import Layer
from vibepiper.state.tables import partitions

__all__ = ["SpanChange", "apply_spans", "joined", "select_failed", "select_spans"]

_ROW = and_(
    partitions.c.environment == bindparam("of_environment"),
    partitions.c.asset == bindparam("of_asset"),
    partitions.c.layer == bindparam("of_layer"),
    partitions.c.label == bindparam("of_label"),
)
_FOUND = select(partitions.c.begin, partitions.c.end, partitions.c.code_version).where(_ROW)
# Spans of a label are disjoint: of those that begin before, only the last can reach this far.
_BEFORE = (
    _FOUND.where(partitions.c.begin < bindparam("of_begin"))
    .order_by(partitions.c.begin.desc())
    .limit(1)
)
_WITHIN = _FOUND.where(
    partitions.c.begin >= bindparam("of_begin"), partitions.c.begin <= bindparam("of_end")
).order_by(partitions.c.begin)
_DELETE = delete(partitions).where(_ROW, partitions.c.begin == bindparam("of_begin"))
_INSERT = insert(partitions).values({c: bindparam(c.name) for c in partitions.c})


@dataclass(frozen=True, slots=True)
class SpanChange:
    """Partitions that were made, or that failed."""

    environment: str
    asset: str
    span: Span
    layer: Layer
    code_version: str | None

    def row(self, layer: Layer) -> Values:
        return {
            "of_environment": self.environment,
            "of_asset": self.asset,
            "of_layer": layer,
            "of_label": self.span.label,
            "of_begin": self.span.begin,
            "of_end": self.span.end,
        }


Piece = tuple[int, int, str | None]


def apply_spans(channel: Channel, changes: list[SpanChange]) -> None:
    """Within a transaction, in which nobody else changes spans."""
    for change in changes:
        _replace(channel, change, change.layer, added=True)
        if change.layer == "materialized":
            _replace(channel, change, "failed", added=False)


def _replace(channel: Channel, change: SpanChange, layer: Layer, *, added: bool) -> None:
    """Takes the span out of what the layer holds there, and puts it in again as ``added``."""
    row = change.row(layer)
    found = channel.fetch(_BEFORE, row) + channel.fetch(_WITHIN, row)
    touched = [piece for piece in found if piece[1] >= change.span.begin]
    pieces = list(_cut(touched, change.span))
    if added:
        pieces.append((change.span.begin, change.span.end, change.code_version))
    after = _join(pieces)
    gone = [piece for piece in touched if piece not in after]
    new = [piece for piece in after if piece not in touched]
    channel.write_all(_DELETE, [{**row, "of_begin": begin} for begin, _, _ in gone])
    channel.write_all(_INSERT, [_inserted(row, piece) for piece in new])


def _cut(pieces: list[Piece], span: Span) -> Iterator[Piece]:
    """What the pieces hold outside of the span."""
    for begin, end, code in pieces:
        if begin < span.begin:
            yield begin, min(end, span.begin), code
        if end > span.end:
            yield max(begin, span.end), end, code


def _join(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for begin, end, code in sorted(pieces, key=lambda piece: piece[0]):
        if joined and joined[-1][1] == begin and joined[-1][2] == code:
            joined[-1] = (joined[-1][0], end, code)
        else:
            joined.append((begin, end, code))
    return joined


def _inserted(row: Values, piece: Piece) -> Values:
    begin, end, code = piece
    values = {name.removeprefix("of_"): value for name, value in row.items()}
    return {**values, "begin": begin, "end": end, "code_version": code}


def select_spans(environment: str, asset: str, layer: Layer) -> Select[Any, Any, Any, Any]:
    """Spans and their code versions, in order."""
    c = partitions.c
    return (
        select(c.label, c.begin, c.end, c.code_version)
        .where(c.environment == environment, c.asset == asset, c.layer == layer)
        .order_by(c.label, c.begin)
    )


def select_failed(environment: str) -> Select[Any]:
    """The assets without partitions whose last step failed."""
    c = partitions.c
    whole = (c.label == WHOLE.label, c.begin == WHOLE.begin, c.end == WHOLE.end)
    return select(c.asset).where(c.environment == environment, c.layer == "failed", *whole)


def joined(spans: Iterator[Span]) -> list[Span]:
    """Spans in order, those that touch as one."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].label == span.label and found[-1].end == span.begin:
            found[-1] = Span(span.label, found[-1].begin, span.end)
        else:
            found.append(span)
    return found
