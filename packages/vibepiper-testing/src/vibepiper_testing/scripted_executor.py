"""The stand-in for an executor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from pydantic import JsonValue
from vibepiper import ComponentContext, Session
from vibepiper.executor import Workers
from vibepiper.executors.threads import ThreadExecutor, ThreadSettings
from vibepiper.failure import StepFailure
from vibepiper.interrupts import Interrupts
from vibepiper.planned import PlannedStep
from vibepiper.step import StepCall, StepLinks, StepOutcome

__all__ = ["ScriptedExecutor"]


class ScriptedExecutor:
    """An executor that carries steps out in threads of this process, but those of the assets in
    ``failing``: these are not carried out, and fail with the message that is given. ``asked`` are
    the steps it was given, in order: ``orders``, or ``orders[2026-01-31]``."""

    def __init__(self, failing: Mapping[str, str] | None = None) -> None:
        self.failing = dict(failing or {})
        self.asked: list[str] = []
        self._threads = ThreadExecutor(ThreadSettings(), ComponentContext("scripted", Path()))

    @contextmanager
    def start(
        self,
        session: Session,
        params: Mapping[str, JsonValue],
        jobs: int,
        interrupts: Interrupts,
    ) -> Iterator[Workers]:
        with self._threads.start(session, params, jobs, interrupts) as workers:
            yield _Scripted(self, workers)


class _Scripted:
    def __init__(self, script: ScriptedExecutor, workers: Workers) -> None:
        self._script = script
        self._workers = workers

    def submit(self, step: PlannedStep, call: StepCall, links: StepLinks) -> Future[StepOutcome]:
        self._script.asked.append(str(step.key))
        if (message := self._script.failing.get(step.asset.key)) is None:
            return self._workers.submit(step, call, links)
        failed: Future[StepOutcome] = Future()
        load_id = step.ref(call.run_id).load_id or ""
        failed.set_result(StepOutcome(step.key, load_id, failure=StepFailure("error", message)))
        return failed
