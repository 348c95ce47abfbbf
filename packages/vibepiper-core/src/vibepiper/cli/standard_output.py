"""Standard output is the command's own, whatever the code of projects and plugins does to it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator

__all__ = ["project_code"]

_OUT, _ERR = 1, 2


@contextlib.contextmanager
def project_code() -> Iterator[None]:
    """Within it, what the code of the project and of plugins prints goes to standard error, from
    libraries in C and from child processes too. Standard output is afterwards what it was, also
    where that code closed or replaced it."""
    out = sys.stdout
    out.flush()
    with _descriptor_aside(), _Aside() as aside:
        sys.stdout = aside
        try:
            yield
        finally:
            sys.stdout = out


class _Aside(io.TextIOBase):
    """Passes on what is written to it. Closing it closes nothing else."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return sys.stderr.isatty()

    def fileno(self) -> int:
        return sys.stderr.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return sys.stderr.encoding


@contextlib.contextmanager
def _descriptor_aside() -> Iterator[None]:
    try:
        kept = os.dup(_OUT)
    except OSError:
        yield  # a process without standard output, such as a service
        return
    try:
        with contextlib.suppress(OSError):  # without standard error, it stays where it is
            os.dup2(_ERR, _OUT)
        yield
    finally:
        os.dup2(kept, _OUT)
        os.close(kept)
