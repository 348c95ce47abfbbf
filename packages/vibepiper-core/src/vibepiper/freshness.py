"""Whether what is published is what a run would make, and if not, why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

from vibepiper.data_versions import digest, is_other, of_all_partitions, of_one, of_several
from vibepiper.io_manager import AssetRef
from vibepiper.partition_presence import held_by
from vibepiper.planned import PlannedAsset, PlannedStep, Reason
from vibepiper.session import Session, Store
from vibepiper.state.records import Layer, Materialization

if TYPE_CHECKING:
    from vibepiper.partitions import Partitions, PartitionSet
    from vibepiper.state import StateStore

__all__ = ["Freshness", "data_version_of_view", "not_stored"]

_SHOWN = 3
_MADE: Layer = "materialized"
_COMPARED = 5_000
"""Partitions whose upstreams and stores are compared one by one; of more only code and presence
are."""


class Freshness:
    """What state knows of an environment's assets, compared with what a plan would make."""

    def __init__(self, session: Session, state: StateStore | None, *, force: bool = False) -> None:
        self._environment = session.project.environment
        self._state = state
        self._force = force
        self.latest: dict[str, Materialization] = {}
        self._failed: Collection[str] = ()
        self._asked: dict[str, tuple[PartitionSet, PartitionSet]] = {}
        if state is not None:
            self.latest = state.latest(self._environment)
            self._failed = state.failed_assets(self._environment)

    def reason(self, of: PlannedAsset, remade: Collection[str]) -> Reason:
        """Why an asset without partitions is made, or is not. ``remade`` are the assets that
        come before it in the plan and are made."""
        if self._force:
            return Reason("forced", "forced")
        previous = self.latest.get(of.key)
        return (
            self._unpublished(of, previous)
            or self._changed(of, previous, self.inputs(of, None))
            or _outside(of)  # before what may come out the same, and end there
            or self._remade(of, remade)
            or Reason("unchanged", _since(previous))
        )

    def split(
        self, of: PlannedAsset, chosen: PartitionSet, remade: Collection[str]
    ) -> Iterator[tuple[Reason, PartitionSet]]:
        """The chosen partitions by why they are made, or are not."""
        if self._force:
            yield Reason("forced", "forced"), chosen
            return
        failed, made, current = self._recorded(of)
        yield Reason("failed_before", "failed last time"), chosen & failed
        chosen = chosen - failed
        yield Reason("partition_missing", "partition missing"), chosen - made
        yield Reason("code_changed", "code changed"), (chosen & made) - current
        rest = self.stored(of.store, of.ref, chosen & current)
        yield not_stored(of.store), (chosen & current) - rest
        again = _outside(of) or self._remade(of, remade)
        if again is not None:
            yield again, rest
            return
        stale = self._stale(of, rest)
        yield Reason("upstream_changed", "upstream changed"), stale
        yield Reason("unchanged", "same code and inputs as when it was made"), rest - stale

    def dynamic(self, name: str) -> Iterable[str]:
        """The keys of a dynamic dimension, in the order in which they were added."""
        return () if self._state is None else self._state.dynamic_partitions(name)

    def made(self, key: str, declared: Partitions) -> PartitionSet:
        """The partitions of an asset that any run has made."""
        from vibepiper.partitions import PartitionSet

        spans = () if self._state is None else self._state.spans(self._environment, key, _MADE)
        return PartitionSet.from_spans(declared, spans)

    def stored(self, store: Store, ref: AssetRef, made: PartitionSet) -> PartitionSet:
        """Those of the partitions, which runs have made, whose data is there. A store is asked
        once about each, however often this is."""
        if not store.supports("durable"):
            return made - made
        asked, found = self._asked.get(ref.key, (made - made, made - made))
        if not (new := made - asked).is_empty:
            new_found = held_by(store, ref, new) - self._elsewhere(store, ref.key, new)
            asked, found = self._asked[ref.key] = (asked | new, found | new_found)
        return made & found

    def missing(self, of: PlannedAsset, chosen: PartitionSet) -> PartitionSet:
        """The chosen partitions that no run has made, or whose data is gone."""
        assert of.asset.partitions is not None
        made = chosen & self.made(of.key, of.asset.partitions)
        return chosen - self.stored(of.store, of.ref, made)

    def failed(self, of: PlannedAsset, chosen: PartitionSet) -> PartitionSet:
        """The chosen partitions whose last step failed."""
        failed, _, _ = self._recorded(of)
        return chosen & failed

    def inputs(self, of: PlannedAsset, part: PartitionSet | None) -> dict[str, JsonValue]:
        """The versions of everything that a step is made of beside its code: of each upstream
        (of several partitions a list, of many what stands for it), then of its settings."""
        found: dict[str, JsonValue] = {key: self._version(of, key, part) for key in of.upstream}
        for name, value in of.arguments.items():
            found[f"--param {name}"] = digest(repr(value))
        if of.uri is not None:
            found["uri"] = of.uri
        return found

    def same_inputs(self, of: PlannedAsset, part: PartitionSet | None) -> bool:
        """Whether what is published was made of the same, by the same code; not of what reads from
        outside."""
        if _outside(of) is not None:
            return False
        if part is None:
            previous = self.latest.get(of.key)
            return previous is not None and self._is_of_now(of, previous, None)
        if part.count() > _COMPARED:
            return False
        made = self.latest_partitions(of.key, part)
        return all(
            key.text in made and self._is_of_now(of, made[key.text], part.only(key)) for key in part
        )

    def latest_partitions(self, key: str, part: PartitionSet) -> Mapping[str, Materialization]:
        """By key, the newest materialization of each partition that was made."""
        if self._state is None:
            return {}
        named = ((each.text, each.span) for each in part)
        return self._state.latest_partitions(self._environment, key, named)

    def published(self, of: PlannedAsset, part: PartitionSet | None) -> str:
        """The load that is published, or what stands for those of several partitions; empty for
        nothing, and of many partitions."""
        if part is None:
            made = self.latest.get(of.key)
            return "" if made is None else made.load_id
        if part.count() > _COMPARED:
            return ""
        known = self.latest_partitions(of.key, part)
        return digest({key: made.load_id for key, made in known.items()}) if known else ""

    def describe_inputs(self, step: PlannedStep) -> Iterator[str]:
        """A line for each upstream that has data: its version and size. Of many partitions the
        first few."""
        for key in step.of.upstream:
            found = [self.latest.get(key)]
            if self._state is not None and (needed := step.needs.get(key)) is not None:
                found = [*self.latest_partitions(key, needed.first(_SHOWN)).values()]
            # Several may have been made in one load.
            yield from dict.fromkeys(_described(made) for made in found if made is not None)

    def _version(self, of: PlannedAsset, upstream: str, part: PartitionSet | None) -> JsonValue:
        view = of.view(upstream)
        if view is not None:
            return data_version_of_view(view, self.inputs(view, None))
        needed = of.needed(upstream, part)
        if needed is not None and self._state is not None and needed.count() <= _COMPARED:
            known = self.latest_partitions(upstream, needed)
            return of_several([of_one(known.get(key.text)) for key in needed])
        made = self.latest.get(upstream)
        if made is None or self._state is None or not made.partition:
            return of_one(made)
        return of_all_partitions(self._state.last_change(self._environment, upstream))

    def _is_of_now(
        self, of: PlannedAsset, made: Materialization, part: PartitionSet | None
    ) -> bool:
        """Whether ``part``, which ``made`` published alone or with others, would be made of the
        same by the same code."""
        if made.code_version != of.code_version:
            return False
        return self._inputs_of(of, made, part) == self.inputs(of, part)

    def _inputs_of(
        self, of: PlannedAsset, made: Materialization, part: PartitionSet | None
    ) -> dict[str, JsonValue]:
        """What went into ``part``, as `inputs` gives it."""
        found = _inputs(made)
        declared = of.asset.partitions
        if made.span is None or declared is None:
            return found
        from vibepiper.partitions import PartitionSet

        whole = PartitionSet.from_spans(declared, [made.span])
        for upstream in of.upstream:
            read, own = of.needed(upstream, whole), of.needed(upstream, part)
            versions = found.get(upstream)
            if read is None or own is None:
                continue
            if isinstance(versions, list) and len(versions) == read.count():
                known = dict(zip(read, versions, strict=True))
                found[upstream] = of_several([known.get(key, "") for key in own])
            elif versions == self._version(of, upstream, whole):
                # Nothing of what a digest stands for has changed.
                found[upstream] = self._version(of, upstream, part)
        return found

    def _unpublished(self, of: PlannedAsset, previous: Materialization | None) -> Reason | None:
        if of.key in self._failed:
            return Reason("failed_before", "failed last time")
        if previous is None:
            return Reason("never_made", "never made")
        if of.asset.is_view:
            return None
        if (
            not of.store.supports("durable")
            or previous.store != of.store.name
            or not of.store.manager.exists(of.ref)
        ):
            return not_stored(of.store)
        return None

    def _changed(
        self, of: PlannedAsset, previous: Materialization | None, inputs: Mapping[str, JsonValue]
    ) -> Reason | None:
        if previous is None or previous.code_version != of.code_version:
            return Reason("code_changed", "code changed")
        before = _inputs(previous)
        changed = [name for name in inputs if inputs[name] != before.get(name)]
        changed += [name for name in before if name not in inputs]
        if not changed:
            return None
        names = ", ".join(f"'{name}'" if name in of.upstream else name for name in changed)
        if any(name in of.upstream for name in changed):
            return Reason("upstream_changed", f"upstream changed: {names}")
        return Reason("settings_changed", f"changed: {names}")

    def _remade(self, of: PlannedAsset, remade: Collection[str]) -> Reason | None:
        again = [f"'{key}'" for key in of.upstream if key in remade]
        if not again:
            return None
        return Reason("upstream_changed", f"upstream {', '.join(again)} is made again")

    def _recorded(self, of: PlannedAsset) -> tuple[PartitionSet, PartitionSet, PartitionSet]:
        """Partitions that failed last, that were made, and that were made by this code."""
        from vibepiper.partitions import PartitionSet

        declared = of.asset.partitions
        assert declared is not None
        if self._state is None:
            nothing = PartitionSet.from_spans(declared, ())
            return nothing, nothing, nothing
        failed = self._state.spans(self._environment, of.key, "failed")
        made = self._state.spans_of_code(self._environment, of.key, _MADE)
        current = [span for span, version in made if version == of.code_version]
        return (
            PartitionSet.from_spans(declared, failed),
            PartitionSet.from_spans(declared, [span for span, _ in made]),
            PartitionSet.from_spans(declared, current),
        )

    def _elsewhere(self, store: Store, key: str, parts: PartitionSet) -> PartitionSet:
        """Those that were made last in another store: what this one holds is older."""
        newest = self.latest.get(key)
        if parts.count() > _COMPARED:
            return parts if newest is not None and newest.store != store.name else parts - parts
        made = self.latest_partitions(key, parts)
        others = (k for k in parts if k.text in made and made[k.text].store != store.name)
        return parts.partitions.set_of(others)

    def _stale(self, of: PlannedAsset, parts: PartitionSet) -> PartitionSet:
        """Those whose upstreams have other versions than when they were made."""
        if not of.upstream or parts.count() > _COMPARED:
            return parts - parts
        stale = parts - parts
        made = self.latest_partitions(of.key, parts)
        for key in parts:
            only, previous = parts.only(key), made.get(key.text)
            # Rows older than the retention are gone: the span says that it was made.
            if previous and _differ(self._inputs_of(of, previous, only), self.inputs(of, only)):
                stale = stale | only
        return stale


def not_stored(store: Store) -> Reason:
    """Why what runs have made is made again when its data is not there."""
    if not store.supports("durable"):
        return Reason("not_stored", "kept in memory only")
    return Reason("not_stored", f"not in the store '{store.name}'")


def _differ(before: Mapping[str, JsonValue], now: Mapping[str, JsonValue]) -> bool:
    """Whether inputs are others than before. What has no version now that it had before is older
    than the retention: it was not made again."""
    return before.keys() != now.keys() or any(
        is_other(before[name], version) for name, version in now.items()
    )


def _outside(of: PlannedAsset) -> Reason | None:
    """An asset whose data comes from where no version is known, also through views, is made every
    time; what comes out the same stops there. The partition of a source is made once."""
    if of.asset.cache is not None:
        return None if of.asset.cache else Reason("reads_outside", "cache=False")
    if of.asset.partitions is not None:
        return None
    if of.resources:
        names = ", ".join(f"'{binding.name}'" for binding in of.resources)
        return Reason("reads_outside", f"reads from {names}")
    if of.wants_cursor:
        return Reason("reads_outside", "reads what is new after its cursor")
    if not of.inputs:
        # Others that it waits for, or is checked against, are no data of its function.
        why = "takes the data of none" if of.upstream else "has no upstream"
        return Reason("reads_outside", f"{why}: what it reads may be new")
    views = [(each.upstream.key, each.view) for each in of.inputs if each.view is not None]
    found = ((key, _outside(view)) for key, view in views)
    through = (f"its view '{key}': {reason}" for key, reason in found if reason is not None)
    return next((Reason("reads_outside", text) for text in through), None)


def _described(made: Materialization) -> str:
    name = f"{made.asset}[{made.partition}]" if made.partition else made.asset
    rows = "" if made.rows is None else f", {made.rows:,} rows"
    return f"input '{name}': version {of_one(made)}{rows}"


def _since(previous: Materialization | None) -> str:
    if previous is None:
        return "unchanged"
    return f"unchanged since {previous.created_at:%Y-%m-%d %H:%M} UTC"


def _inputs(made: Materialization) -> dict[str, JsonValue]:
    return {**(made.upstream or {}), **(made.settings or {})}


def data_version_of_view(view: PlannedAsset, inputs: Mapping[str, JsonValue]) -> str:
    """A view holds what its code makes of its inputs, whenever it is read."""
    return digest([view.code_version, sorted(inputs.items())])
