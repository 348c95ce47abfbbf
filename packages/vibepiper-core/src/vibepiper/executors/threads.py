"""Steps in threads of this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict, JsonValue

from vibepiper.component import Component
from vibepiper.executor import Workers
from vibepiper.interrupts import Interrupts
from vibepiper.planned import PlannedStep
from vibepiper.session import Session
from vibepiper.step import StepCall, StepLinks, StepOutcome, run_step

__all__ = ["ThreadExecutor", "ThreadSettings"]


class ThreadSettings(BaseModel):
    """The thread executor has no settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ThreadExecutor(Component[ThreadSettings]):
    """Up to ``jobs`` threads; with one job the coordinator's own, so that an interrupt stops
    the work at once."""

    settings_model = ThreadSettings

    @contextmanager
    def start(
        self,
        session: Session,
        params: Mapping[str, JsonValue],
        jobs: int,
        interrupts: Interrupts,
    ) -> Iterator[Workers]:
        if jobs == 1:
            yield _InThisThread(session, interrupts)
            return
        pool = ThreadPoolExecutor(jobs, thread_name_prefix="vibepiper")
        try:
            yield _InThreads(session, pool)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _InThisThread:
    """Does the work when it is submitted."""

    def __init__(self, session: Session, interrupts: Interrupts) -> None:
        self._session = session
        self._interrupts = interrupts

    def submit(self, step: PlannedStep, call: StepCall, links: StepLinks) -> Future[StepOutcome]:
        future: Future[StepOutcome] = Future()
        with self._interrupts.allowed():
            outcome = run_step(step, self._session, call, links)
            if outcome.failure is not None and self._interrupts.requested:
                # A library made an error of the interrupt.
                raise KeyboardInterrupt
        future.set_result(outcome)
        return future


class _InThreads:
    """An interrupt lets the work under way end, for nothing can stop a thread."""

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self._session = session
        self._pool = pool

    def submit(self, step: PlannedStep, call: StepCall, links: StepLinks) -> Future[StepOutcome]:
        return self._pool.submit(run_step, step, self._session, call, links)
