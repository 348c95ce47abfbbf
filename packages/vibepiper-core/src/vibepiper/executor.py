"""Executors: where steps run. The protocol of components of kind ``executor``."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Protocol

from pydantic import JsonValue

from vibepiper.interrupts import Interrupts
from vibepiper.planned import PlannedStep
from vibepiper.session import Session
from vibepiper.step import StepCall, StepLinks, StepOutcome

__all__ = ["Executor", "Workers"]


class Workers(Protocol):
    """What carries steps out while a run lasts."""

    def submit(self, step: PlannedStep, call: StepCall, links: StepLinks) -> Future[StepOutcome]:
        """Begins a step. What its code raises is in the outcome, not raised by the future; a
        future that raises stops the run."""
        ...


class Executor(Protocol):
    """A configured place for steps. One that declares the capability ``same_process`` shares
    memory with the coordinator; to any other a step travels as names (`vibepiper.task`), and a
    plan that keeps data in memory is refused."""

    def start(
        self,
        session: Session,
        params: Mapping[str, JsonValue],
        jobs: int,
        interrupts: Interrupts,
    ) -> AbstractContextManager[Workers]:
        """Makes ready for up to ``jobs`` steps at a time."""
        ...
