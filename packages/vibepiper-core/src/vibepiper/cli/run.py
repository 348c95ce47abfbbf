"""``vibepiper run`` and ``vibepiper backfill``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vibepiper.cli import exits
from vibepiper.cli.output import print_json, print_note
from vibepiper.cli.progress import progress
from vibepiper.cli.requests import Request
from vibepiper.cli.standard_output import project_code
from vibepiper.cli.stores import open_state
from vibepiper.errors import AssetBusy, StateError, UsageError
from vibepiper.freshness import Freshness
from vibepiper.plan import make_plan
from vibepiper.planned import Plan
from vibepiper.project import load_project
from vibepiper.rest import rest_of_run
from vibepiper.runner import RunResult, run_plan
from vibepiper.session import Session
from vibepiper.state import StateStore
from vibepiper.state.records import RunRecord, RunStatus
from vibepiper.waiting import until_free

__all__ = ["RunChoices", "run_assets"]

ENDED: tuple[RunStatus, ...] = ("failed", "cancelled", "interrupted")


@dataclass(frozen=True, slots=True)
class RunChoices:
    """How a run is carried out. ``resume`` is the run to go on with ("last": the newest, unless
    it succeeded), ``from_failure`` begins a new run of what failed in the newest, ``plan`` is a
    file to be bound to, ``wait`` the seconds to wait for other runs of the same assets."""

    jobs: int = 1
    executor: str = "threads"
    on_error: str = "continue"
    profile: bool = False
    resume: str | None = None
    from_failure: bool = False
    plan: Path | None = None
    wait: float = 0.0


def run_assets(request: Request, choices: RunChoices, *, as_json: bool) -> int:
    """Runs what is asked for and returns the exit code."""
    _check(request, choices)
    with project_code():
        result = _run(request, choices)
    if as_json:
        print_json(result)
    else:
        from vibepiper.cli.summary import print_profile, print_summary

        print_summary(result)
        if choices.profile:
            print_profile(result)
    return _exit_code(result)


def _check(request: Request, choices: RunChoices) -> None:
    given = {
        "--resume": choices.resume is not None,
        "--from-failure": choices.from_failure,
        "--plan": choices.plan is not None,
    }
    chosen = [option for option, is_given in given.items() if is_given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} cannot be given together")
    for option in chosen:
        request.refuse_with(option)


def _run(request: Request, choices: RunChoices) -> RunResult:
    with _opened(request, choices) as (session, state, plan, resumed):
        expected = {
            key: made.rows for key, made in state.latest(session.project.environment).items()
        }
        with progress(plan, expected) as observer:

            def begin() -> RunResult:
                return run_plan(
                    plan,
                    session,
                    state,
                    jobs=choices.jobs,
                    executor=choices.executor,
                    on_error=choices.on_error,
                    profile=choices.profile,
                    resume=resumed,
                    observers=[observer],
                )

            return until_free(begin, choices.wait, on_wait=_tell_busy)


def _tell_busy(error: AssetBusy) -> None:
    print_note(f"waiting: {error.message}", style="yellow")


@contextmanager
def _opened(
    request: Request, choices: RunChoices
) -> Iterator[tuple[Session, StateStore, Plan, str | None]]:
    """The session, the state, the plan, and the run that is gone on with."""
    if choices.resume is None and not choices.from_failure and choices.plan is None:
        project = request.project()
        with StateStore(project.state) as state, Session(project, request.host) as session:
            yield session, state, request.plan(session, state), None
        return
    if choices.plan is not None:
        with _bound(request, choices.plan) as (session, state, plan):
            yield session, state, plan, None
        return
    with _ended(request, choices) as (session, state, run):
        steps = state.unfinished_steps(run.id)
        if not steps:
            raise StateError(f"run {run.id} is done: every step of it was made")
        if choices.from_failure and run.status == "interrupted":
            raise StateError(
                f"run {run.id} died: what it published last may not be on record, and a new run "
                "could publish it twice",
                hint="vibepiper run --resume knows what was published.",
            )
        resumed = None if choices.from_failure else run.id
        yield session, state, rest_of_run(session, state, run, steps), resumed


@contextmanager
def _bound(request: Request, path: Path) -> Iterator[tuple[Session, StateStore, Plan]]:
    from vibepiper.plan_file import read_plan, refuse_changes

    kept = read_plan(path)
    asked = kept.request
    environment = request.environment or kept.environment
    project = load_project(request.start, environment=environment, params=asked.params)
    with StateStore(project.state) as state, Session(project, request.host) as session:
        plan = make_plan(
            session,
            state,
            selectors=asked.selectors,
            exclude=asked.exclude,
            params=asked.params,
            partitions=asked.partitions,
            force=asked.force,
            full_refresh=asked.full_refresh,
            at=asked.at,
        )
        refuse_changes(kept, plan, session, Freshness(session, state))
        yield session, state, plan


@contextmanager
def _ended(
    request: Request, choices: RunChoices
) -> Iterator[tuple[Session, StateStore, RunRecord]]:
    """The run to go on with, in its environment and with its parameters."""
    with open_state(request.start) as state:
        run = _find(state, choices, request.environment)
        project = load_project(request.start, environment=run.environment, params=run.params)
        with Session(project, request.host) as session:
            yield session, state, run


def _find(state: StateStore, choices: RunChoices, environment: str | None) -> RunRecord:
    if choices.resume not in (None, "last"):
        return state.run(choices.resume)
    newest = state.last_run(environment)
    if newest is not None and newest.status in ENDED:
        return newest
    raise _nothing_to_go_on_with(newest, state.last_run(environment, ENDED))


def _nothing_to_go_on_with(newest: RunRecord | None, ended: RunRecord | None) -> StateError:
    """Runs that others came after are gone on with by id only, for they would overwrite what was
    made since. ``ended`` is the newest of them that did not succeed."""
    if newest is None:
        return StateError("there is no run to go on with: none was begun")
    done = newest.status == "succeeded"
    what = "succeeded: there is nothing to make again" if done else "has not ended yet"
    older = "`vibepiper runs` lists them."
    if ended is not None:
        older = (
            f"`vibepiper run --resume {ended.id}` goes on with the last that did not succeed, "
            "which makes its data anew with its own parameters."
        )
    return StateError(
        f"run {newest.id}, the last, {what}, and an older run needs its id",
        hint=older,
    )


def _exit_code(result: RunResult) -> int:
    if result.status == "cancelled":
        return exits.CANCELLED
    if result.status == "succeeded":
        return exits.OK
    return exits.CHECKS_FAILED if result.only_checks_failed else exits.FAILED
