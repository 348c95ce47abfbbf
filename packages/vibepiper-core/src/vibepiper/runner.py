"""Running plans: begins a run, resumes one, and keeps its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from vibepiper.component import ComponentSpec
from vibepiper.coordinator import Coordinator, RunOptions
from vibepiper.errors import MissingCapability, RunAborted, StateError, UsageError, suggest
from vibepiper.events import Observer
from vibepiper.executor import Executor
from vibepiper.freshness import Freshness
from vibepiper.ids import new_id
from vibepiper.journal import Journal
from vibepiper.planned import Plan, PlannedAsset
from vibepiper.reads import read_by
from vibepiper.retries import ErrorStrategy
from vibepiper.run_result import RunResult, StepResult
from vibepiper.session import Session
from vibepiper.state.records import Claim
from vibepiper.state.store import StateStore

if TYPE_CHECKING:
    from vibepiper.state import Lease

__all__ = ["RunResult", "StepResult", "run_plan"]


def run_plan(
    plan: Plan,
    session: Session,
    state: StateStore,
    *,
    jobs: int = 1,
    executor: str = "threads",
    on_error: ErrorStrategy | str = ErrorStrategy.CONTINUE,
    profile: bool = False,
    resume: str | None = None,
    observers: Sequence[Observer] = (),
) -> RunResult:
    """Runs every step of the plan whose upstreams succeed, ``jobs`` at a time.

    ``executor`` names a component of kind ``executor``. ``on_error`` is what a failing step does
    to the rest, unless its asset says otherwise. ``profile`` keeps where each step's time and
    memory went. ``resume`` is the id of an ended run that the plan is the rest of: it goes on
    under that id, so that what was published before is not published again.

    On Ctrl-C no step is started any more and the rest is cancelled. With one job the step under
    way is stopped and its staged data discarded, but not while it publishes; with several, those
    under way end. A second Ctrl-C ends the process at once; the run can be resumed. SIGTERM does
    the same. Raises `AssetBusy` when another run makes the same, `StateError` when the run cannot
    be recorded, and `RunAborted` when that comes after its start.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, found {jobs}")
    strategies = [each.value for each in ErrorStrategy]
    if on_error not in strategies:
        hint = suggest(on_error, strategies)
        raise UsageError(f"'{on_error}' is not what a failing step can do to its run", hint=hint)
    spec, runs_on = session.executor(executor)
    if not spec.supports("same_process"):
        _check_durable(plan, spec)
    options = RunOptions(jobs, ErrorStrategy(on_error), profile, resume is not None)
    run_id = resume or str(new_id())
    with _begun(plan, session, state, run_id, resumed=options.resumed) as lease:
        fresh = Freshness(session, state)
        journal = Journal(run_id, session, state, observers)
        coordinator = Coordinator(plan, session, fresh, journal, lease, options)
        return coordinator.run(cast("Executor", runs_on))


@contextmanager
def _begun(
    plan: Plan, session: Session, state: StateStore, run_id: str, *, resumed: bool
) -> Iterator[Lease]:
    project = session.project
    if resumed:
        lease = state.resume_run(run_id, claims=_claims(plan), lease_seconds=project.lease_seconds)
    else:
        lease = state.begin_run(
            run_id,
            project=project.name,
            environment=project.environment,
            params=plan.params,
            request=plan.request.to_json(),
            steps=[step.key for step in plan.steps],
            claims=_claims(plan),
            lease_seconds=project.lease_seconds,
        )
    try:
        yield lease
    except StateError as error:
        message = f"run {run_id} was stopped: {error.message}"
        raise RunAborted(message, at=error.at, hint=error.hint) from error
    finally:
        lease.release()


def _claims(plan: Plan) -> list[Claim]:
    """What no other run may make meanwhile."""
    claims: list[Claim] = []
    for group in plan.groups:
        if group.partitions is None:
            claims.append(Claim(group.of.key, None))
        elif group.is_made:
            claims += [Claim(group.of.key, span) for span in group.partitions.spans()]
    return claims


def _check_durable(plan: Plan, executor: ComponentSpec) -> None:
    for of in {id(step.of): step.of for step in plan.steps}.values():
        for key, name in _in_memory(of):
            raise MissingCapability(
                f"asset '{key}' is kept in the memory of one process (store '{name}'), and "
                f"the executor '{executor.name}' runs steps in others",
                at=of.asset.location,
                hint="Configure a store that lasts ([io_managers.default]), or use "
                "--executor threads.",
            )


def _in_memory(of: PlannedAsset) -> Iterator[tuple[str, str]]:
    """What a step touches that other processes do not see: the asset and its store."""
    if of.asset.is_view:
        return
    touched = [(of.key, of.store), *((each.upstream.key, each.store) for each in read_by(of))]
    for key, store in touched:
        if not store.supports("durable"):
            yield key, store.name
