"""``vibepiper why`` and ``vibepiper why-not``: what state knows of an asset, and what a run would
do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vibepiper.cli.console import stdout
from vibepiper.cli.looking import looking
from vibepiper.cli.output import print_json
from vibepiper.cli.requests import Request
from vibepiper.cli.stores import existing_state
from vibepiper.code_version import describe_changes
from vibepiper.data_versions import of_one
from vibepiper.freshness import Freshness
from vibepiper.planned import PlannedAsset, PlannedGroup
from vibepiper.session import Session
from vibepiper.state import StateStore
from vibepiper.state.records import Materialization

__all__ = ["show_why"]


def show_why(request: Request, asset: str, *, run: bool, as_json: bool) -> None:
    """``run``: why it would run; else why it would not. The answer is the same, told from the
    other end."""
    with looking():
        project = request.project()
        with existing_state(project) as state, Session(project, request.host) as session:
            key = project.graph[asset].key
            fresh = Freshness(session, state)
            plan = replace(request, select=[f"+{key}"]).plan(session, state)
            groups = [group for group in plan.groups if group.of.key == key]
            of = groups[0].of if groups else None
            previous = _previous(groups, fresh, state, project.environment, key)
            version = None if previous is None else previous.code_version
            before = state.code_parts(version) if state is not None and version else None
            changes = [] if of is None else list(_changes(of, previous, before, fresh))
    if as_json:
        print_json(
            {
                "asset": key,
                "groups": [
                    {
                        "runs": group.is_made,
                        "reason": group.reason.text,
                        "reason_kind": group.reason.kind,
                        "partitions": group.partitions and group.partitions.describe(),
                    }
                    for group in groups
                ],
                "last": previous,
                "changes": changes,
            }
        )
        return
    for group in groups:
        stdout.print(_sentence(group, run=run))
    for change in changes:
        stdout.print(f"  {change}")
    stdout.print(_last(previous))


def _previous(
    groups: Sequence[PlannedGroup],
    fresh: Freshness,
    state: StateStore | None,
    environment: str,
    key: str,
) -> Materialization | None:
    """When it was last made; of one partition, when that was."""
    parts = [group.partitions for group in groups if group.partitions is not None]
    if state is None or len(parts) != 1 or parts[0].count() != 1:
        return fresh.latest.get(key)
    if groups[0].reason.kind == "partition_missing":
        return None
    made = fresh.latest_partitions(key, parts[0])
    return next(iter(made.values()), None) or fresh.latest.get(key)


def _sentence(group: PlannedGroup, *, run: bool) -> str:
    part = "" if group.partitions is None else f" {group.partitions.describe()}"
    verb = "would run" if group.is_made else "would not run"
    expected = group.is_made is run
    return f"'{group.of.key}'{part} {verb}{'' if expected else ' after all'}: {group.reason.text}."


def _changes(
    of: PlannedAsset,
    previous: Materialization | None,
    before: Mapping[str, str] | None,
    fresh: Freshness,
) -> Iterator[str]:
    if previous is None:
        return
    if previous.code_version not in (None, of.code_version):
        yield from describe_changes(before, of.explain()) if before else ()
    if of.asset.partitions is not None:
        return
    kept = {**(previous.upstream or {}), **(previous.settings or {})}
    inputs = fresh.inputs(of, None)
    for name in sorted(kept.keys() | inputs.keys()):
        if kept.get(name) != inputs.get(name):
            yield f"input {name}: version {kept.get(name)} then, {inputs.get(name)} now"


def _last(previous: Materialization | None) -> str:
    if previous is None:
        return "It was never made here."
    rows = "" if previous.rows is None else f", {previous.rows:,} rows"
    part = f" (partition {previous.partition})" if previous.partition else ""
    return (
        f"Last made {previous.created_at:%Y-%m-%d %H:%M:%S} UTC by run {previous.run_id}{part}"
        f"{rows}, version {of_one(previous)}."
    )
