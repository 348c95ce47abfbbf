"""``vibepiper plan``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from vibepiper.cli.looking import looking
from vibepiper.cli.output import counted, print_json, print_line, print_table
from vibepiper.cli.problems import told
from vibepiper.cli.requests import Request
from vibepiper.cli.stores import existing_state
from vibepiper.freshness import Freshness
from vibepiper.movement import StepPlacement, place_step
from vibepiper.planned import Plan, PlannedGroup
from vibepiper.project import Project
from vibepiper.session import Session

__all__ = ["show_plan"]


def show_plan(request: Request, out: Path | None, *, as_json: bool) -> None:
    with looking():
        project = request.project()
        with existing_state(project) as state, Session(project, request.host) as session:
            plan = request.plan(session, state)
            placed = _placements(plan, session)
            if out is not None:
                from vibepiper.plan_file import write_plan

                write_plan(plan, session, Freshness(session, state), out)
    if as_json:
        print_json(_document(plan, project, placed))
        return
    columns = ("", "asset", "partitions", "store", "change", "rows", "after", "checks", "reason")
    print_table(*_filled(columns, list(_rows(plan))), right=("", "rows", "checks"))
    _print_counts(plan, project)
    for key, placement in placed.items():
        for line in _told(key, placement):
            print_line(line)
    if plan.problems:
        # Imported here, for it brings rich.
        from vibepiper.cli.printed_problems import print_problems

        print_problems(plan.problems, project.root)
    if out is not None:
        print_line(f"Kept in {out}; run it with: vibepiper run --plan {out}")


def _placements(plan: Plan, session: Session) -> dict[str, StepPlacement]:
    """Of the assets that would be made, where; by their keys."""
    assert plan.analysis is not None
    made = [group.of for group in plan.groups if group.is_made]
    found = {of.key: place_step(of, plan.analysis, session.resource) for of in made}
    return {key: placement for key, placement in found.items() if placement is not None}


def _told(key: str, placement: StepPlacement) -> Iterator[str]:
    yield f"{key}: computed in {placement.place}" + ("" if placement.moves else "; nothing moves")
    for move in placement.moves:
        columns = "" if move.columns is None else f" ({', '.join(move.columns)})"
        where = f" where {' AND '.join(move.filters)}" if move.filters else ""
        rows = "" if move.rows is None else f", about {move.rows:,} rows"
        size = "" if move.bytes is None else f" of {move.bytes:,} bytes"
        names = ", ".join(move.upstreams)
        yield f"  moves {names}{columns}{where} from {move.origin} to {move.target}{rows}{size}"


def _document(
    plan: Plan, project: Project, placed: Mapping[str, StepPlacement]
) -> dict[str, object]:
    return {
        "environment": project.environment,
        "at": plan.request.at,
        "params": plan.params,
        "steps": [
            {**_step(group), "placement": _placement(placed.get(group.of.key))}
            for group in plan.groups
        ],
        "warnings": [told(problem, project.root) for problem in plan.problems],
    }


def _placement(found: StepPlacement | None) -> dict[str, object] | None:
    return None if found is None else asdict(found)


def _step(group: PlannedGroup) -> dict[str, object]:
    of = group.of
    return {
        "asset": of.key,
        "action": "make" if group.is_made else "skip",
        "reason": group.reason.text,
        "reason_kind": group.reason.kind,
        "steps": len(group),
        "partitions": None if group.partitions is None else group.partitions.describe(),
        "store": of.store.name,
        "io_manager": of.store.spec.name,
        "change": _change(group),
        "destructive": group.is_destructive,
        "expected_rows": group.expected_rows,
        "expected_bytes": group.expected_bytes,
        "upstream": tuple(of.upstream),
        "checks": [check.label for check in of.asset.checks],
        "code_version": of.code_version,
    }


def _rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    number = 0
    for group in plan.groups:
        number += group.is_made
        of, rows = group.of, group.expected_rows
        yield (
            number if group.is_made else "-",
            of.key,
            "" if group.partitions is None else group.partitions.describe(),
            of.store.spec.name,
            _change(group) + (" !" if group.is_made and group.is_destructive else ""),
            None if rows is None else f"{rows:,}",
            ", ".join(of.upstream),
            len(of.asset.checks) or "",
            group.reason.text,
        )


def _filled(
    columns: tuple[str, ...], rows: list[tuple[object, ...]]
) -> tuple[list[str], list[list[object]]]:
    """Without the columns that say nothing in any row."""
    kept = [n for n in range(len(columns)) if any(row[n] not in (None, "") for row in rows)]
    return [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]


def _change(group: PlannedGroup) -> str:
    return "view" if group.of.asset.is_view else group.of.change.mode


def _print_counts(plan: Plan, project: Project) -> None:
    left = sum(len(group) for group in plan.groups if not group.is_made)
    unchanged = f", {left:,} unchanged" if left else ""
    print_line(
        f"{counted(len(plan), 'step')}{unchanged} in environment '{project.environment}'; "
        "nothing was run."
    )
    if any(group.is_made and group.is_destructive for group in plan.groups):
        print_line("! takes the place of data that no version keeps.")
