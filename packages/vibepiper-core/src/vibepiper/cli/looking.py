"""What a command need not begin with that looks at a project, and runs nothing of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from vibepiper.cli.standard_output import project_code

__all__ = ["looking"]

_THREADS = "OPENBLAS_NUM_THREADS"


@contextlib.contextmanager
def looking() -> Iterator[None]:
    """`project_code` of a command that multiplies no matrices. NumPy, which pyarrow imports, makes
    a thread for each core to do that, which takes a tenth of the time of a short command; what the
    environment says of them stays."""
    told = _THREADS in os.environ
    os.environ.setdefault(_THREADS, "1")
    try:
        with project_code():
            yield
    finally:
        if not told:
            os.environ.pop(_THREADS, None)
