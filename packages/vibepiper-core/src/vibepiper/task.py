"""A step as names, to be carried out in another process or on another machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from vibepiper.errors import PlanError
from vibepiper.host import PluginHost
from vibepiper.partitions.span import Span
from vibepiper.plan import plan_asset
from vibepiper.planned import PlannedAsset, PlannedStep, Reason
from vibepiper.project import load_project
from vibepiper.session import Session
from vibepiper.state.records import StepKey
from vibepiper.step import StepCall, StepLinks, StepOutcome, run_step

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionSet

__all__ = ["ProjectName", "StepTask", "TaskSession"]


@dataclass(frozen=True, slots=True)
class ProjectName:
    """Where a project is found, and which plugins it is loaded without."""

    file: Path
    environment: str
    params: tuple[str, ...]
    blocked: tuple[str, ...] = ()

    @classmethod
    def of(cls, session: Session, params: Mapping[str, JsonValue]) -> ProjectName:
        """Raises `PlanError` for a session whose components another process cannot make."""
        if session.given:
            section, name = next(iter(session.given))
            raise PlanError(
                f"'{section}.{name}' is an object of this process, and the steps would run in "
                "others",
                hint="Run them in threads.",
            )
        project = session.project
        blocked = tuple(sorted(session.host.switched_off))
        return cls(project.file, project.environment, tuple(params), blocked)


@dataclass(frozen=True, slots=True)
class StepTask:
    """What another process needs to know of a step: its name, the partitions that it
    needs of its upstreams, and the moment that its plan was made for. ``code_version`` is that of
    the coordinator's code, which the other process must have too."""

    key: StepKey
    needs: Mapping[str, tuple[Span, ...]]
    code_version: str
    at: datetime
    full_refresh: bool
    reason: Reason

    @classmethod
    def of(cls, step: PlannedStep) -> StepTask:
        of = step.of
        at = of.change.at
        assert at is not None
        needs = {key: tuple(part.spans()) for key, part in step.needs.items()}
        return cls(step.key, needs, of.code_version, at, of.full_refresh, step.reason)


@dataclass(slots=True)
class TaskSession:
    """A project as a worker has it: loaded once, for many tasks."""

    session: Session
    _planned: dict[tuple[str, datetime], PlannedAsset] = field(default_factory=dict)

    @classmethod
    def open(cls, name: ProjectName) -> TaskSession:
        """Loads the project. Raises what `vibepiper.load_project` raises."""
        project = load_project(name.file, environment=name.environment, params=name.params)
        return cls(Session(project, PluginHost(blocked=name.blocked)))

    def run(self, task: StepTask, call: StepCall, links: StepLinks) -> StepOutcome:
        """Carries a task out. Raises `PlanError` when this process has other code."""
        return run_step(self.step(task, call.params), self.session, call, links)

    def step(self, task: StepTask, params: Mapping[str, JsonValue]) -> PlannedStep:
        of = self._of(task, params)
        if of.code_version != task.code_version:
            raise PlanError(
                f"asset '{task.key.asset}': the worker's code is not that of the run's coordinator",
                hint="The project's files changed while the run was under way: run it again.",
            )
        needs = {key: self._set(key, spans) for key, spans in task.needs.items()}
        span = task.key.span
        part = None if span is None else self._set(task.key.asset, (span,))
        return PlannedStep(of, task.reason, part, needs=needs)

    def _set(self, key: str, spans: tuple[Span, ...]) -> PartitionSet:
        from vibepiper.partitions import PartitionSet

        declared = self.session.project.graph[key].partitions
        assert declared is not None  # the code is that of the coordinator
        return PartitionSet.from_spans(declared, spans)

    def _of(self, task: StepTask, params: Mapping[str, JsonValue]) -> PlannedAsset:
        kept = (task.key.asset, task.at)
        if kept not in self._planned:
            self._planned[kept] = plan_asset(
                self.session, task.key.asset, params, task.at, full_refresh=task.full_refresh
            )
        return self._planned[kept]
