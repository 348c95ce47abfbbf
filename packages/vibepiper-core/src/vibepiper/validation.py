"""Looking at a whole project without running any of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

from vibepiper.analysis import Problem, problem_of
from vibepiper.errors import VibePiperError
from vibepiper.events import now
from vibepiper.freshness import Freshness
from vibepiper.parameters import check_params
from vibepiper.plan import Planner
from vibepiper.planned import PlannedAsset
from vibepiper.problems import column_problems
from vibepiper.project_analysis import ProjectAnalysis
from vibepiper.selection import select
from vibepiper.session import Session

if TYPE_CHECKING:
    from vibepiper.state import StateStore

__all__ = ["Validation", "analyze_project", "validate_project"]


@dataclass(frozen=True, slots=True)
class Validation:
    """The assets that were looked at, and what is wrong with them."""

    assets: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        return len(self.problems) - self.errors


def validate_project(
    session: Session,
    state: StateStore | None = None,
    *,
    selectors: Iterable[str] = (),
    exclude: Iterable[str] = (),
    params: Mapping[str, JsonValue] | None = None,
) -> Validation:
    """Finds what a run of the selected assets would be refused for, all of it at once: stores and
    other components and their settings, what stores cannot do, parameters, columns and types, and
    contracts between assets. No store is written or read, but for the columns of a table that
    nothing else tells."""
    given = params or {}
    keys = select(session.project.graph, list(selectors), list(exclude))
    planner, fresh = _planner(session, state, given)
    problems = [*_refusals(session, given, planner, keys)]
    analysis = planner.analysis(fresh.latest, lambda of: _is_changed(of, fresh))
    problems += column_problems(analysis, keys)
    return Validation(keys, tuple(dict.fromkeys(problems)))


def analyze_project(
    session: Session,
    state: StateStore | None = None,
    *,
    params: Mapping[str, JsonValue] | None = None,
) -> ProjectAnalysis:
    """What is known of the columns of a project's assets, as it is now."""
    planner, fresh = _planner(session, state, params or {})
    return planner.analysis(fresh.latest, lambda of: _is_changed(of, fresh))


def _planner(
    session: Session, state: StateStore | None, params: Mapping[str, JsonValue]
) -> tuple[Planner, Freshness]:
    fresh = Freshness(session, state)
    all_params = {**session.project.params, **params}
    return Planner(session, all_params, now(), False, fresh.dynamic), fresh


def _refusals(
    session: Session, params: Mapping[str, JsonValue], planner: Planner, keys: Iterable[str]
) -> Iterable[Problem]:
    """What a plan would stop at, of every asset."""
    try:
        check_params(session, params)
    except VibePiperError as error:
        yield problem_of(error)
    seen: set[str] = set()
    for key in keys:
        try:
            planner.asset(key)
        except VibePiperError as error:
            # An asset downstream is refused for what its upstream is.
            if str(error) not in seen:
                seen.add(str(error))
                yield problem_of(error, key)


def _is_changed(of: PlannedAsset, fresh: Freshness) -> bool:
    """Whether what is published was made by other code."""
    made = fresh.latest.get(of.key)
    return made is None or made.code_version != of.code_version
