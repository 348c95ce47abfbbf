"""``vibepiper checks``."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from vibepiper.cli.console import stdout
from vibepiper.cli.exits import CHECKS_FAILED, OK
from vibepiper.cli.options import HERE, EnvOption, ProjectOption
from vibepiper.errors import UsageError
from vibepiper.project import load_project
from vibepiper.state import StateStore

from vibepiper_expectations.page import page
from vibepiper_expectations.report import CheckReport, junit

__all__ = ["checks"]

Form = Literal["text", "json", "junit", "html"]


def checks(
    assets: Annotated[list[str] | None, typer.Argument(help="Only of these assets.")] = None,
    run: Annotated[str | None, typer.Option(help="The run: how its id begins.")] = None,
    form: Annotated[Form, typer.Option("--format", help="What to write.")] = "text",
    output: Annotated[Path | None, typer.Option(help="The file to write it to.")] = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
) -> None:
    """Show what the checks of a run found, the last one's unless told.

    Exits with 3 when a check failed that blocks.
    """
    loaded = load_project(project, environment=env)
    with StateStore(loaded.state) as state:
        chosen = state.run(run) if run else state.last_run(loaded.environment)
        if chosen is None:
            raise UsageError(f"there was no run in '{loaded.environment}' yet")
        reports = _reports(state, chosen.id, assets or [])
        shown = _shown(state, chosen.id, loaded.environment, reports, form)
    if output is None:
        stdout.print(shown, markup=False, highlight=False, soft_wrap=True)
    else:
        output.write_text(shown, encoding="utf-8")
    raise typer.Exit(OK if all(report.passed for report in reports) else CHECKS_FAILED)


def _reports(state: StateStore, run: str, assets: list[str]) -> list[CheckReport]:
    found = defaultdict(list)
    for record in state.checks(run):
        name = f"{record.asset} [{record.partition}]" if record.partition else record.asset
        if not assets or record.asset in assets:
            found[name].append(record)
    return [CheckReport(name, tuple(records)) for name, records in found.items()]


def _shown(
    state: StateStore, run: str, environment: str, reports: list[CheckReport], form: Form
) -> str:
    match form:
        case "json":
            return "[" + ",\n".join(report.to_json() for report in reports) + "]"
        case "junit":
            return junit(reports)
        case "html":
            return page(f"Checks of run {run}", reports, _history(state, environment, reports))
        case _:
            return "\n".join(str(report) for report in reports) or "There were no checks."


def _history(
    state: StateStore, environment: str, reports: list[CheckReport], runs: int = 30
) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for report in reports:
        asset, _, partition = report.asset.rstrip("]").partition(" [")
        limit = runs * len(report.results)
        for past in reversed(state.check_history(environment, asset, partition, limit=limit)):
            value = past.share if past.value is None else past.value
            if value is not None:
                found[report.asset, past.check].append(value)
    return found
