"""Plans in files: a run that is bound to one does what was looked at, or nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from vibepiper.errors import PlanError
from vibepiper.freshness import Freshness
from vibepiper.planned import Plan, PlannedGroup
from vibepiper.run_request import RunRequest
from vibepiper.session import Session

__all__ = ["PlanFile", "PlanFileGroup", "read_plan", "refuse_changes", "write_plan"]

FORMAT = 2


class PlanFileGroup(BaseModel):
    """One group of steps, the versions of everything it would be made of, and the load that is
    published: what it takes the place of or adds to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asset: str
    partitions: list[tuple[str, int, int]] | None
    steps: int
    made: bool
    reason: str
    mode: str
    store: str
    code_version: str
    inputs: dict[str, JsonValue]
    published: str


class PlanFile(BaseModel):
    """What a plan's file holds. ``request`` is what the plan was made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    project: str
    environment: str
    request: RunRequest
    groups: list[PlanFileGroup]


def describe(plan: Plan, session: Session, fresh: Freshness) -> PlanFile:
    """The plan as a file holds it."""
    return PlanFile(
        format=FORMAT,
        project=session.project.name,
        environment=session.project.environment,
        request=plan.request,
        groups=[_described(group, fresh) for group in plan.groups],
    )


def write_plan(plan: Plan, session: Session, fresh: Freshness, path: Path) -> None:
    """Raises `PlanError` when the file cannot be written."""
    text = describe(plan, session, fresh).model_dump_json(indent=2)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise PlanError(f"the plan cannot be written to {path}: {error.strerror}") from error


def read_plan(path: Path) -> PlanFile:
    """Raises `PlanError` for a file that holds no plan, or one of another format."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        _refuse_other_format(path, content)
        return PlanFile.model_validate(content)
    except OSError as error:
        raise PlanError(f"the plan {path} cannot be read: {error.strerror}") from error
    except (ValueError, ValidationError) as error:
        raise PlanError(
            f"{path} holds no plan", hint="Make one: vibepiper plan --out FILE."
        ) from error


def _refuse_other_format(path: Path, content: object) -> None:
    found = content.get("format", FORMAT) if isinstance(content, dict) else FORMAT
    if found != FORMAT:
        raise PlanError(
            f"{path} holds a plan of format {found}; this release knows {FORMAT}",
            hint="Make the plan again.",
        )


def refuse_changes(kept: PlanFile, plan: Plan, session: Session, fresh: Freshness) -> None:
    """Raises `PlanError`, with what changed, unless the plan is still the one in the file."""
    changes = list(_changes(kept, describe(plan, session, fresh)))
    if changes:
        lines = "".join(f"\n  {change}" for change in changes[:5])
        more = f"\n  and {len(changes) - 5} more" if len(changes) > 5 else ""
        raise PlanError(
            f"the plan is not that of the file any more:{lines}{more}",
            hint="Nothing was run. Look at a new plan: vibepiper plan --out FILE.",
        )


def _described(group: PlannedGroup, fresh: Freshness) -> PlanFileGroup:
    spans = None
    if group.partitions is not None:
        spans = [(span.label, span.begin, span.end) for span in group.partitions.spans()]
    small = group.partitions is None or len(group) == 1
    return PlanFileGroup(
        asset=group.of.key,
        partitions=spans,
        steps=len(group),
        made=group.is_made,
        reason=group.reason.text,
        mode=group.of.change.mode,
        store=group.of.store.name,
        code_version=group.of.code_version,
        inputs=fresh.inputs(group.of, group.partitions if small else None),
        published=fresh.published(group.of, group.partitions) if group.is_made else "",
    )


def _changes(kept: PlanFile, now: PlanFile) -> Iterator[str]:
    for name in ("project", "environment"):
        if getattr(kept, name) != getattr(now, name):
            yield f"the {name} was '{getattr(kept, name)}' and is '{getattr(now, name)}'"
    recoded = _recoded(kept, now)
    for asset in sorted(recoded):
        yield f"{asset}: its code changed"
    before, after = _by_name(kept, recoded), _by_name(now, recoded)
    for asset in sorted({asset for asset, _ in before.keys() ^ after.keys()}):
        gone = [before[name] for name in sorted(before.keys() - after.keys()) if name[0] == asset]
        new = [after[name] for name in sorted(after.keys() - before.keys()) if name[0] == asset]
        yield f"{asset}: was {_told(gone)}, and is now {_told(new)}"
    for same in sorted(before.keys() & after.keys()):
        yield from _differences(before[same], after[same])


def _told(groups: Collection[PlanFileGroup]) -> str:
    said = (f"to be {'made' if each.made else 'left out'} ({each.reason})" for each in groups)
    return " and ".join(said) or "not planned"


def _recoded(kept: PlanFile, now: PlanFile) -> set[str]:
    """Assets in both whose code changed; why each is in its plan follows from that."""
    before = {group.asset: group.code_version for group in kept.groups}
    after = {group.asset: group.code_version for group in now.groups}
    return {asset for asset in before.keys() & after.keys() if before[asset] != after[asset]}


def _by_name(plan: PlanFile, without: Collection[str]) -> Mapping[tuple[str, str], PlanFileGroup]:
    return {(g.asset, g.reason): g for g in plan.groups if g.asset not in without}


def _differences(before: PlanFileGroup, after: PlanFileGroup) -> Iterator[str]:
    for name in sorted(before.inputs.keys() | after.inputs.keys()):
        if before.inputs.get(name) != after.inputs.get(name):
            yield f"{before.asset}: its input '{name}' changed"
    if before.published != after.published:
        yield f"{before.asset}: another run has made it since"
    if before.partitions != after.partitions:
        yield f"{before.asset}: {before.steps} partitions were planned, and now {after.steps}"
    for field in ("mode", "store"):
        if getattr(before, field) != getattr(after, field):
            yield (
                f"{before.asset}: its {field} was '{getattr(before, field)}' and is "
                f"'{getattr(after, field)}'"
            )
