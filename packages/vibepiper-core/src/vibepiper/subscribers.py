"""The event subscribers of plugins: told of every run, unable to stop one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast

from vibepiper.declarations import EventSubscriberSpec, SubscriberContext
from vibepiper.errors import PluginError
from vibepiper.events import Event
from vibepiper.faults import describe
from vibepiper.host import PluginHost
from vibepiper.state.records import StepKey

__all__ = ["EventSubscriber", "Subscribers"]


class EventSubscriber(Protocol):
    """What the target of an `EventSubscriberSpec` returns. Called from the threads that do the
    work, one event at a time."""

    def on_event(self, event: Event) -> None: ...


class Subscribers:
    """Every subscriber of a host, as one observer of a run.

    One that raises is dropped; ``on_problem`` is told which, and why.
    """

    def __init__(
        self, host: PluginHost, context: SubscriberContext, on_problem: Callable[[str], None]
    ) -> None:
        self._on_problem = on_problem
        self._lock = threading.RLock()
        self._made: dict[str, EventSubscriber] = {}
        for spec in host.declared(EventSubscriberSpec):
            self._guard(spec.name, partial(self._make, host, spec, context))

    def on_event(self, event: Event) -> None:
        with self._lock:
            for name, subscriber in list(self._made.items()):
                self._guard(name, partial(subscriber.on_event, event))

    def on_rows(self, step: StepKey, rows: int) -> None:
        """Rows are counted for progress; they are no events."""

    def _make(
        self, host: PluginHost, spec: EventSubscriberSpec, context: SubscriberContext
    ) -> None:
        make = cast("Callable[[SubscriberContext], Any]", host.target(spec))
        self._made[spec.name] = make(context)

    def _guard(self, name: str, call: Callable[[], None]) -> None:
        try:
            call()
        except PluginError as error:
            self._drop(name, str(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001
            # A subscriber watches: whatever it raises must not stop the run.
            self._drop(name, describe(error))

    def _drop(self, name: str, problem: str) -> None:
        self._made.pop(name, None)
        self._on_problem(f"event subscriber '{name}' is told no more of this run: {problem}")
