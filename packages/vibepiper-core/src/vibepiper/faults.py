"""Why a plugin is set aside: what kind of failure, told in words, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Fault", "FaultKind", "PluginFault", "REPORT", "describe", "import_fault", "one_line"]

FaultKind = Literal[
    "blocked",
    "wrong_api_version",
    "missing_library",
    "import_error",
    "syntax_error",
    "exits",
    "raises",
    "no_module",
    "metadata",
    "unknown_hook",
    "hook_arguments",
    "hook_raises",
    "hook_result",
    "name_taken",
    "deprecated",
    "requirement",
    "hangs",
    "crashes",
]

REPORT = "Report this to the plugin's authors."


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason for which a plugin cannot be used."""

    kind: FaultKind
    problem: str
    mend: str


class PluginFault(Exception):
    """Carries a `Fault` from where it is found to where the plugin is set aside."""

    def __init__(self, kind: FaultKind, problem: str, mend: str = REPORT) -> None:
        super().__init__(problem)
        self.fault = Fault(kind, problem, mend)


def import_fault(error: BaseException, distribution: str) -> Fault:
    """What an exception that importing a module of ``distribution`` raised comes to."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = f"the library '{error.name}' is missing"
        # pip installs what an installed distribution lacks.
        return Fault("missing_library", missing, f"pip install {distribution}")
    problem = f"importing it raised {describe(error)}"
    if isinstance(error, ImportError):
        return Fault("import_error", problem, f"pip install --upgrade {distribution}")
    if isinstance(error, SyntaxError):
        return Fault("syntax_error", problem, f"pip install --force-reinstall {distribution}")
    return Fault("exits" if isinstance(error, SystemExit) else "raises", problem, REPORT)


def describe(error: BaseException) -> str:
    """``KeyError: 'k'``, in one line."""
    name = type(error).__name__
    try:
        text = one_line(str(error))
    except Exception:  # noqa: BLE001
        return name  # an exception of a plugin's own may fail at telling what it is
    return f"{name}: {text}" if text else name


def one_line(text: str, longest: int = 500) -> str:
    """Text that others wrote, for one line of a terminal: what would steer the terminal is
    escaped, what is beyond ``longest`` characters left out."""
    plain = " ".join(text[: 4 * longest].split())
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in plain)
    return shown if len(shown) <= longest else f"{shown[: longest - 3]}..."
