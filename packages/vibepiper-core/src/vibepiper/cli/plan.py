"""``vibepiper plan``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vibepiper.cli.output import print_json, print_table, project_code, stdout
from vibepiper.cli.params import parse_params
from vibepiper.host import PluginHost
from vibepiper.plan import make_plan
from vibepiper.project import load_project
from vibepiper.session import Session

__all__ = ["show_plan"]


def show_plan(
    host: PluginHost,
    start: Path,
    environment: str | None,
    selectors: Sequence[str],
    exclude: Sequence[str],
    params: Sequence[str],
    *,
    as_json: bool,
) -> None:
    given = parse_params(params)
    with project_code():
        project = load_project(start, environment=environment, params=given)
        with Session(project, host) as session:
            plan = make_plan(session, selectors=selectors, exclude=exclude, params=given)
    if as_json:
        steps = [
            {
                "asset": step.asset.key,
                "store": step.store.name,
                "io_manager": step.store.spec.name,
                "upstream": step.upstream,
                "checks": [check.label for check in step.asset.checks],
                "reason": step.reason,
            }
            for step in plan.steps
        ]
        print_json({"environment": project.environment, "params": plan.params, "steps": steps})
        return
    columns = ("", "asset", "store", "after", "checks", "reason")
    rows = (
        (
            number,
            step.asset.key,
            step.store.spec.name,
            ", ".join(step.upstream),
            len(step.asset.checks) or "",
            step.reason,
        )
        for number, step in enumerate(plan.steps, start=1)
    )
    print_table(columns, rows, right=("", "checks"))
    stdout.print(f"{len(plan)} steps in environment '{project.environment}'; nothing was run.")
