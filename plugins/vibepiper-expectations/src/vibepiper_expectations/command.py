"""``vibepiper checks``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from vibepiper.cli.console import stdout
from vibepiper.cli.exits import CHECKS_FAILED, OK
from vibepiper.cli.options import HERE, EnvOption, JsonOption, ProjectOption
from vibepiper.cli.output import print_json, print_line
from vibepiper.errors import UsageError
from vibepiper.project import Project, load_project
from vibepiper.state import StateStore
from vibepiper.state.records import CheckRecord

from vibepiper_expectations.page import page
from vibepiper_expectations.report import CheckReport, junit

__all__ = ["checks"]

Form = Literal["text", "json", "junit", "html"]


def checks(
    assets: Annotated[list[str] | None, typer.Argument(help="Only of these assets.")] = None,
    run: Annotated[
        str | None, typer.Option(help="The run: how its id begins; else the last of each asset.")
    ] = None,
    form: Annotated[Form | None, typer.Option("--format", help="What to write; else text.")] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write it to.")] = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show what the checks of each asset found the last time, or those of a run.

    Exits with 3 when a check failed that blocks.
    """
    if json and form not in (None, "json"):
        raise UsageError(f"--json and --format {form} ask for two forms", hint="Choose one.")
    loaded = load_project(project, environment=env)
    keys = [loaded.graph[key].key for key in assets or ()]
    with StateStore(loaded.state) as state:
        newest = state.last_run(loaded.environment)
        if newest is None:
            raise UsageError(f"there was no run in '{loaded.environment}' yet")
        if run is None:
            records = _last(state, loaded, keys)
        else:
            records = [r for r in state.checks(state.run(run).id) if not keys or r.asset in keys]
        reports = _reports(records)
        shown = _shown(state, loaded.environment, reports, "json" if json else form or "text")
    if form is None and not json and run is None:
        shown += _earlier(records, newest.id)
    _write(shown, output, as_json=json)
    raise typer.Exit(OK if all(report.passed for report in reports) else CHECKS_FAILED)


def _last(state: StateStore, project: Project, keys: Sequence[str]) -> list[CheckRecord]:
    """Of each asset (else each that has checks) those of the newest run that evaluated any: a run
    in which it was as it was evaluates none."""
    found: list[CheckRecord] = []
    for key in keys or [asset.key for asset in project.graph if asset.checks]:
        for newest in state.check_history(project.environment, key, None, limit=1):
            found += state.checks(newest.run_id, key)
    return found


def _reports(records: Sequence[CheckRecord]) -> list[CheckReport]:
    found = defaultdict(list)
    for record in records:
        name = f"{record.asset} [{record.partition}]" if record.partition else record.asset
        found[name].append(record)
    return [CheckReport(name, tuple(each)) for name, each in found.items()]


def _earlier(records: Sequence[CheckRecord], newest: str) -> str:
    """Which were found by other runs than the newest."""
    runs = {record.asset: record for record in records if record.run_id != newest}
    return "".join(
        f"\n{asset}: checked last by run {record.run_id}, {record.at:%Y-%m-%d %H:%M:%S} UTC"
        for asset, record in runs.items()
    )


def _write(shown: str, output: Path | None, *, as_json: bool) -> None:
    if output is None:
        stdout.print(shown, markup=False, highlight=False, soft_wrap=True)
        return
    try:
        output.write_text(shown, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the checks cannot be written to '{output}': {error.strerror}",
            hint="Name a file in a folder that is there and may be written to.",
        ) from error
    if as_json:
        print_json({"output": str(output)})
    else:
        print_line(f"Written to {output}.")


def _shown(state: StateStore, environment: str, reports: list[CheckReport], form: Form) -> str:
    match form:
        case "json":
            return "[" + ",\n".join(report.to_json() for report in reports) + "]"
        case "junit":
            return junit(reports)
        case "html":
            return page(f"Checks in {environment}", reports, _history(state, environment, reports))
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
