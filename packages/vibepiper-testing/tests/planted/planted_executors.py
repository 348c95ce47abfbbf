"""Executors with one defect each."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from planted_others import NoSettings
from vibepiper import Component
from vibepiper.step import StepLinks, run_step


class InThreads(Component[NoSettings]):
    settings_model = NoSettings

    @contextmanager
    def start(self, session, params, jobs, interrupts):
        pool = ThreadPoolExecutor(self.threads(jobs))
        try:
            yield Workers(session, pool, self.work)
        finally:
            self.end(pool)

    def threads(self, jobs):
        return jobs

    def work(self, step, session, call, links):
        return run_step(step, session, call, links)

    def end(self, pool):
        pool.shutdown()


class Workers:
    def __init__(self, session, pool, work):
        self.session, self.pool, self.work = session, pool, work

    def submit(self, step, call, links):
        return self.pool.submit(self.work, step, self.session, call, links)


class AsksNobody(InThreads):
    def work(self, step, session, call, links):
        return run_step(step, session, call, replace(links, before_publish=lambda: None))


class LosesLogs(InThreads):
    def work(self, step, session, call, links):
        return run_step(step, session, call, StepLinks(before_publish=links.before_publish))


class RunsOneByOne(InThreads):
    def threads(self, jobs):
        return 1


class RunsAllAtOnce(InThreads):
    def threads(self, jobs):
        return 8


class LeavesThreads(InThreads):
    def end(self, pool):
        self.left = pool


class RaisesFailures(InThreads):
    def work(self, step, session, call, links):
        outcome = run_step(step, session, call, links)
        if outcome.failure is not None:
            raise RuntimeError(outcome.failure.message)
        return outcome


class WorksOnce(InThreads):
    def end(self, pool):
        pool.shutdown()
        self.threads = lambda jobs: 0
