"""Steps in processes of this machine."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import random
import signal
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Client, Listener
from multiprocessing.queues import SimpleQueue
from typing import cast

from pydantic import BaseModel, ConfigDict, JsonValue

from vibepiper import errors
from vibepiper.component import Component
from vibepiper.errors import VibePiperError
from vibepiper.executor import Workers
from vibepiper.failure import StepFailure
from vibepiper.interrupts import Interrupts
from vibepiper.planned import PlannedStep
from vibepiper.session import Session
from vibepiper.state.records import StepKey
from vibepiper.step import StepCall, StepLinks, StepOutcome
from vibepiper.task import ProjectName, StepTask, TaskSession

__all__ = ["ProcessExecutor", "ProcessSettings"]

_Told = tuple[StepKey, str | int] | None
_Address = str | tuple[str, int]
_Refusal = tuple[str, str, str | None] | None
"""An error's class, message and hint; None: it may be published."""


class ProcessSettings(BaseModel):
    """The process executor has no settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProcessExecutor(Component[ProcessSettings]):
    """Up to ``jobs`` processes, each with the project loaded once. A process that dies fails
    the steps under way; what is retried runs in new ones."""

    settings_model = ProcessSettings

    @contextmanager
    def start(
        self,
        session: Session,
        params: Mapping[str, JsonValue],
        jobs: int,
        interrupts: Interrupts,
    ) -> Iterator[Workers]:
        workers = _Processes(ProjectName.of(session, params), jobs)
        try:
            yield workers
        finally:
            workers.close()


class _Processes:
    def __init__(self, name: ProjectName, jobs: int) -> None:
        self._name = name
        self._jobs = jobs
        self._spawn = multiprocessing.get_context("spawn")
        self._told: SimpleQueue[_Told] = self._spawn.SimpleQueue()
        # No socket in a folder: a process that is killed leaves none behind.
        self._asked = Listener(("127.0.0.1", 0), authkey=current_process().authkey)
        self._links: dict[StepKey, StepLinks] = {}
        self._pool = self._started()
        self._threads = [threading.Thread(target=t, daemon=True) for t in (self._hear, self._allow)]
        for thread in self._threads:
            thread.start()

    def submit(self, step: PlannedStep, call: StepCall, links: StepLinks) -> Future[StepOutcome]:
        self._links[step.key] = links
        task = StepTask.of(step)
        with _interrupts_held():
            try:
                sent = self._pool.submit(_run, task, call)
            except BrokenProcessPool:
                self._pool = self._started()
                sent = self._pool.submit(_run, task, call)
        answer: Future[StepOutcome] = Future()
        sent.add_done_callback(lambda done: _pass_on(done, answer, step, call))
        return answer

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._told.put(None)
        _ask(self._asked.address, None)
        for thread in self._threads:
            thread.join()
        self._asked.close()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._jobs,
            self._spawn,
            initializer=_begin,
            initargs=(self._name, self._told, self._asked.address),
        )

    def _hear(self) -> None:
        """Passes on what the steps log and count."""
        while (told := self._told.get()) is not None:
            key, what = told
            links = self._links[key]
            if isinstance(what, str):
                links.log(what)
            else:
                links.on_rows(what)

    def _allow(self) -> None:
        """Answers steps that ask whether they may publish. While the coordinator stands still
        they wait; when it wakes, and another run took over, they may not."""
        while True:
            try:
                with self._asked.accept() as asking:
                    if (key := asking.recv()) is None:
                        return
                    asking.send(self._refusal(key))
            except (OSError, EOFError, AuthenticationError):
                continue  # It died meanwhile, or is none of ours.

    def _refusal(self, key: StepKey) -> _Refusal:
        try:
            self._links[key].before_publish()
        except VibePiperError as error:
            return type(error).__name__, error.message, error.hint
        return None


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A process that begins within it holds Ctrl-C back until `_begin` ignores it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pass_on(
    done: Future[StepOutcome], answer: Future[StepOutcome], step: PlannedStep, call: StepCall
) -> None:
    """A process that died is a failure of its step, and no more."""
    error = done.exception()
    if isinstance(error, BrokenProcessPool):
        answer.set_result(_died(step, call, error))
    elif error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(done.result())


def _died(step: PlannedStep, call: StepCall, error: BrokenProcessPool) -> StepOutcome:
    message = (
        f"asset '{step.asset.key}': its process, or one beside it, died: it was killed, or ran "
        "out of memory"
    )
    retry = (step.asset.on_error or call.on_error).retry(step.asset.retry)
    after = retry.after(call.attempt, error, random.random)
    failure = StepFailure("error", message, retry_after=after)
    return StepOutcome(step.key, step.ref(call.run_id).load_id or "", failure=failure)


_session: TaskSession | None = None
_tell: SimpleQueue[_Told] | None = None
_address: _Address = ""


def _begin(name: ProjectName, told: SimpleQueue[_Told], address: _Address) -> None:
    """In the new process. Ctrl-C reaches it too, and is the coordinator's to act on."""
    global _session, _tell, _address
    threading.Thread(target=_end_with_coordinator, name="vibepiper-parent", daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _session = TaskSession.open(name)
    _tell, _address = told, address


def _end_with_coordinator() -> None:
    """A run whose coordinator was killed may be resumed elsewhere: nothing of it goes on here."""
    coordinator = multiprocessing.parent_process()
    assert coordinator is not None
    multiprocessing.connection.wait([coordinator.sentinel])
    os._exit(1)


def _run(task: StepTask, call: StepCall) -> StepOutcome:
    assert _session is not None
    assert _tell is not None
    key = task.key
    tell = _tell
    links = StepLinks(
        log=lambda message: tell.put((key, message)),
        on_rows=lambda rows: tell.put((key, rows)),
        before_publish=lambda: _be_allowed(key),
    )
    return _session.run(task, call, links)


def _be_allowed(key: StepKey) -> None:
    """Raises what the coordinator's own check raises."""
    if (refusal := _ask(_address, key)) is not None:
        name, message, hint = refusal
        raise getattr(errors, name)(message, hint=hint)


def _ask(address: _Address, key: StepKey | None) -> _Refusal:
    with Client(address, authkey=current_process().authkey) as asking:
        asking.send(key)
        return None if key is None else cast("_Refusal", asking.recv())
