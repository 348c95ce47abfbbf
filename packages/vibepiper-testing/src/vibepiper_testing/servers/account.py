"""Whom servers run as, where, and how they end: what all real servers share."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Account", "ServerUnavailable", "end_process", "free_port", "new_folder", "tied"]


class ServerUnavailable(Exception):
    """No server can be started on this machine; the message says why and what mends it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as: PostgreSQL refuses root, so root becomes ``nobody``."""

    uid: int
    gid: int

    @classmethod
    def choose(cls) -> Account:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError as error:
            raise ServerUnavailable(
                "running as root and there is no user 'nobody' to run a server as"
            ) from error
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    def popen(self, command: list[str], **options: object) -> subprocess.Popen[bytes]:
        if self.is_other:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.Popen(command, cwd="/", **options)  # type: ignore[call-overload,no-any-return]

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through every folder on the way (root always may)."""
        if not self.is_other:
            return True
        return all(place.stat().st_mode & 0o005 == 0o005 for place in (folder, *folder.parents))


def new_folder(account: Account, prefix: str) -> Path:
    """A temporary folder of the account's own."""
    parent = Path(tempfile.gettempdir())
    if not account.can_enter(parent):
        parent = Path("/tmp")
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    if account.is_other:
        os.chown(folder, account.uid, account.gid)
    return folder


def end_process(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Ends a server by a signal, and by force when it does not listen; one that has ended is left
    alone."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tied(command: list[str], how: str) -> list[str]:
    """The command, sent the signal ``how`` when this process dies, where the system can."""
    setpriv = shutil.which("setpriv")
    return command if setpriv is None else [setpriv, "--pdeathsig", how, *command]


def free_port() -> int:
    """A port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
