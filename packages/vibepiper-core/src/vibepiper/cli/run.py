"""``vibepiper run``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vibepiper.cli import exits
from vibepiper.cli.output import print_json, project_code
from vibepiper.cli.params import parse_params
from vibepiper.cli.progress import progress
from vibepiper.cli.summary import print_summary
from vibepiper.host import PluginHost
from vibepiper.plan import make_plan
from vibepiper.project import load_project
from vibepiper.runner import RunResult, run_plan
from vibepiper.session import Session
from vibepiper.state import StateStore

__all__ = ["run_assets"]


def run_assets(
    host: PluginHost,
    start: Path,
    environment: str | None,
    selectors: Sequence[str],
    exclude: Sequence[str],
    params: Sequence[str],
    jobs: int,
    *,
    as_json: bool,
) -> int:
    """Runs the selection and returns the exit code."""
    with project_code():
        result = _run(host, start, environment, selectors, exclude, parse_params(params), jobs)
    if as_json:
        print_json(result)
    else:
        print_summary(result)
    return _exit_code(result)


def _run(
    host: PluginHost,
    start: Path,
    environment: str | None,
    selectors: Sequence[str],
    exclude: Sequence[str],
    params: Mapping[str, str],
    jobs: int,
) -> RunResult:
    project = load_project(start, environment=environment, params=params)
    with Session(project, host) as session:
        plan = make_plan(session, selectors=selectors, exclude=exclude, params=params)
        with StateStore(project.state) as state:
            expected = {key: made.rows for key, made in state.latest(project.environment).items()}
            with progress(plan, expected) as observer:
                return run_plan(plan, session, state, jobs=jobs, observers=[observer])


def _exit_code(result: RunResult) -> int:
    if result.status == "cancelled":
        return exits.CANCELLED
    if result.status == "succeeded":
        return exits.OK
    return exits.CHECKS_FAILED if result.only_checks_failed else exits.FAILED
