"""Claims: what live runs write, and whether a new one would write the same."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select

from vibepiper.errors import AssetBusy
from vibepiper.partitions.span import Span
from vibepiper.state.channel import Channel, Values
from vibepiper.state.records import Claim
from vibepiper.state.tables import claims, runs

__all__ = ["record_claims", "refuse_busy"]

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class _Held:
    """What a live run has claimed, and where it runs."""

    claim: Claim
    run_id: str
    host: str
    pid: int
    since: datetime


def refuse_busy(channel: Channel, environment: str, wanted: Sequence[Claim]) -> None:
    """Raises `AssetBusy` when a run has claimed any of it."""
    held = _Index(_held(channel, environment))
    for claim in wanted:
        if (found := held.overlapping(claim)) is not None:
            raise _busy(claim, found)


def record_claims(channel: Channel, environment: str, run_id: str, wanted: Sequence[Claim]) -> None:
    run = {"environment": environment, "run_id": run_id}
    values = [{**run, "asset": claim.asset, **_span(claim.span)} for claim in _merged(wanted)]
    if values:
        channel.connection.execute(insert(claims), values)


def _held(channel: Channel, environment: str) -> Iterator[_Held]:
    query = (
        select(claims, runs.c.host, runs.c.pid, runs.c.started_at)
        .join(runs, runs.c.id == claims.c.run_id)
        .where(claims.c.environment == environment)
    )
    for row in channel.rows(query):
        span = None if row.label is None else Span(row.label, row.begin, row.end)
        yield _Held(Claim(row.asset, span), row.run_id, row.host, row.pid, row.started_at)


class _Index:
    """Claims by asset and label; those of one label do not overlap, so that the one that a span
    meets is found by halving."""

    def __init__(self, held: Iterable[_Held]) -> None:
        self._whole: dict[str, _Held] = {}
        self._any: dict[str, _Held] = {}
        self._spans: dict[tuple[str, str], list[tuple[int, int, _Held]]] = {}
        for one in held:
            asset, span = one.claim.asset, one.claim.span
            self._any[asset] = one
            if span is None:
                self._whole[asset] = one
            else:
                self._spans.setdefault((asset, span.label), []).append((span.begin, span.end, one))
        for spans in self._spans.values():
            spans.sort(key=lambda entry: entry[0])

    def overlapping(self, claim: Claim) -> _Held | None:
        if claim.span is None or claim.asset in self._whole:
            return self._any.get(claim.asset)
        spans = self._spans.get((claim.asset, claim.span.label), [])
        after = bisect.bisect_left(spans, claim.span.end, key=lambda entry: entry[0])
        if after and spans[after - 1][1] > claim.span.begin:
            return spans[after - 1][2]
        return None


def _merged(wanted: Sequence[Claim]) -> Iterator[Claim]:
    """The claims without those that others cover; spans that touch as one."""
    whole = {claim.asset for claim in wanted if claim.span is None}
    yield from (Claim(asset) for asset in sorted(whole))
    last: tuple[str, Span] | None = None
    spans = {(c.asset, c.span) for c in wanted if c.span is not None and c.asset not in whole}
    for asset, span in sorted(spans):
        if last is not None and last[0] == asset and _touch(last[1], span):
            span = Span(span.label, last[1].begin, max(last[1].end, span.end))
        elif last is not None:
            yield Claim(*last)
        last = (asset, span)
    if last is not None:
        yield Claim(*last)


def _touch(before: Span, span: Span) -> bool:
    return before.label == span.label and span.begin <= before.end


def _span(span: Span | None) -> Values:
    if span is None:
        return {"label": None, "begin": None, "end": None}
    return {"label": span.label, "begin": span.begin, "end": span.end}


def _busy(wanted: Claim, held: _Held) -> AssetBusy:
    what = f"asset '{wanted.asset}'"
    if held.claim.span is not None:
        what += f", partitions {_describe(held.claim.span)},"
    return AssetBusy(
        f"{what} is being made by run {held.run_id} since {held.since:%Y-%m-%d %H:%M:%S} UTC "
        f"(process {held.pid} on {held.host})",
        hint="Wait for it (vibepiper run --wait SECONDS), or stop it. "
        f"`vibepiper runs {held.run_id}` shows how far it is.",
    )


def _describe(span: Span) -> str:
    label = f"'{span.label}'" if span.label else ""
    if (span.begin, span.end) == (0, 1):
        return label
    times = f"{_moment(span.begin)} .. {_moment(span.end)}"
    return f"{label} {times}" if label else times


def _moment(seconds: int) -> str:
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):  # before the year 1, after 9999
        return str(seconds)
    return f"{at:%Y-%m-%d}" if seconds % _DAY == 0 else f"{at:%Y-%m-%dT%H:%MZ}"
