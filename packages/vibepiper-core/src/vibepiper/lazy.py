"""Names that a package imports when they are first asked for, and names that may have been.

Every plugin's package does so, because its entry module is imported at the start of every
command, and the package with it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["imported", "lazy_attributes"]


def lazy_attributes(package: str, home: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` (PEP 562) of a package whose public names ``home`` maps to the
    submodules that define them. A submodule may not have the name of one of them."""

    def get(name: str) -> Any:
        if (module := home.get(name)) is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{module}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return get


def imported(module: str, name: str) -> Any:
    """What a module calls ``name``; None where nobody has imported it, and while another thread
    does: there are no objects yet of a class that it has not come to."""
    return getattr(sys.modules.get(module), name, None)
