"""The lease of a run: the right to write, which ends unless it is renewed."""

from __future__ import annotations

import threading
import time

from vibepiper.errors import LeaseLost, StateError
from vibepiper.state.channel import Channel
from vibepiper.state.database import Database, Hold

__all__ = ["Lease"]

_RENEWALS = 3
"""How often it is renewed while it lasts."""


class Lease:
    """A run's right to write. ``token`` grows with every lease that is given, so that a store
    can tell a late writer from the present one.

    Commits of the state store renew it, and so does a thread while a long step runs. Once
    it has run out another run may take over what this one makes.
    """

    def __init__(
        self,
        database: Database,
        run_id: str,
        token: int,
        seconds: float,
        hold: Hold,
        held: dict[str, Lease],
    ) -> None:
        self.run_id = run_id
        self.token = token
        self.seconds = seconds
        self._database = database
        self._hold = hold
        self._held = held
        self._channel: Channel | None = None
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._mine = {"of_run": run_id, "of_token": token, "lease": int(seconds * 1_000_000)}
        self._due = 0.0
        self._thread = threading.Thread(target=self._keep, name=f"lease-{run_id}", daemon=True)
        self._thread.start()

    def hold(self, channel: Channel) -> None:
        """Nobody takes the run over until the transaction of ``channel`` ends, in which it is
        renewed if that is due. Raises `LeaseLost`."""
        due = time.monotonic() >= self._due
        if due or not channel.fetch(self._database.keeps_lease, self._mine):
            self.renew(channel)

    def renew(self, channel: Channel) -> None:
        """Renews it within a transaction of ``channel``. Raises `LeaseLost`."""
        due = time.monotonic() + self.seconds / _RENEWALS
        if channel.write(self._database.renewal, self._mine) != 1:
            raise self._lost()
        self._due = due

    def check(self) -> None:
        """Raises `LeaseLost` when it has run out on the database's clock, or was taken. Any
        thread may call it, before it publishes anything."""
        with self._lock:
            channel = self._own_channel()
            with channel.named():
                if not channel.fetch(self._database.holds_lease, self._mine):
                    raise self._lost()

    def release(self) -> None:
        """Ends the renewal and lets go of what says that the process lives. Doing it again
        changes nothing."""
        if self._released.is_set():
            return
        self._released.set()
        # It may be waiting for a database that is locked, and closes its channel afterwards.
        self._thread.join(timeout=1)
        if not self._thread.is_alive():
            self._drop_channel()
        self._held.pop(self.run_id, None)
        self._hold.release()

    def _keep(self) -> None:
        while not self._released.wait(self.seconds / _RENEWALS):
            try:
                self._renew_here()
            except LeaseLost:
                break  # The next commit or check says so, where it can be acted on.
            except StateError:
                # A database that is busy or away for a moment: the next round tries again, and
                # if none succeeds the lease ends, as it is meant to.
                self._drop_channel()
        self._drop_channel()

    def _renew_here(self) -> None:
        with self._lock:
            channel = self._own_channel()
            with channel.named():
                self.renew(channel)

    def _own_channel(self) -> Channel:
        if self._channel is None:
            self._channel = self._database.open()
        return self._channel

    def _drop_channel(self) -> None:
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    def _lost(self) -> LeaseLost:
        return LeaseLost(
            f"run {self.run_id} no longer holds its lease: it was not renewed for "
            f"{self.seconds:g} seconds, or another process has taken the run over",
            hint=f"Nothing was written since. `vibepiper runs {self.run_id}` tells what became "
            "of it.",
        )
