"""The rest of a run: what it had not done when it ended or died."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vibepiper.errors import PlanError
from vibepiper.freshness import Freshness
from vibepiper.partitions.span import Span
from vibepiper.plan import Planner
from vibepiper.plan_inputs import check_inputs
from vibepiper.planned import Plan, PlannedAsset, PlannedGroup, Reason
from vibepiper.reads import read_by
from vibepiper.run_request import RunRequest
from vibepiper.session import Session
from vibepiper.state.records import RunRecord, StepKey

if TYPE_CHECKING:
    from vibepiper.state import StateStore

__all__ = ["rest_of_run"]


def rest_of_run(
    session: Session, state: StateStore, run: RunRecord, steps: Iterable[StepKey]
) -> Plan:
    """A plan of the given steps of a run, with its parameters and for the moment that it was
    made for. Raises `PlanError` where the project has no such asset or partitions any more, and
    `MissingUpstreamData` where what the run had made is gone since."""
    steps = tuple(steps)
    request = RunRequest.from_json(run.request)
    params = {**session.project.params, **run.params}
    planner = Planner(session, params, request.at, request.full_refresh)
    wanted: dict[str, list[Span]] = defaultdict(list)
    for step in steps:
        wanted[step.asset] += [] if step.span is None else [step.span]
    graph = session.project.graph
    for asset in wanted:
        if asset not in graph:
            raise PlanError(
                f"run {run.id} made '{asset}', which the project does not have any more",
                hint="Begin a new run.",
            )
    for asset in tuple(wanted):
        _add_lost(planner.asset(asset), planner, wanted)
    groups = tuple(
        group for key in graph.keys if key in wanted for group in _groups(planner, key, wanted[key])
    )
    plan = Plan(groups, params, request)
    _check_all_there(plan, run, steps)
    check_inputs(groups, wanted, Freshness(session, state))
    return plan


def _add_lost(of: PlannedAsset, planner: Planner, wanted: dict[str, list[Span]]) -> None:
    """What only the memory of the process that ended had is made again."""
    for each in read_by(of):
        if not each.store.supports("durable") and each.upstream.key not in wanted:
            wanted[each.upstream.key] = []
            _add_lost(planner.asset(each.upstream.key), planner, wanted)


def _groups(planner: Planner, key: str, spans: list[Span]) -> Iterator[PlannedGroup]:
    of = planner.asset(key)
    reason = Reason("rest_of_run", "not done when the run ended")
    if of.asset.partitions is None:
        yield PlannedGroup(of, reason)
        return
    from vibepiper.partitions import PartitionSet

    # Ranges that follow each other stay the steps that they were.
    for each in [[span] for span in spans] if of.asset.ranges else [spans]:
        yield PlannedGroup(of, reason, PartitionSet.from_spans(of.asset.partitions, each))


def _check_all_there(plan: Plan, run: RunRecord, steps: Iterable[StepKey]) -> None:
    planned = {step.key for step in plan.steps}
    gone = [str(step) for step in steps if step not in planned]
    if gone:
        more = f" and {len(gone) - 1} more steps" if len(gone) > 1 else ""
        raise PlanError(
            f"run {run.id} was to make {gone[0]}{more}, which the project does not have any more: "
            "the partitions of its asset were declared anew",
            hint="Begin a new run.",
        )
