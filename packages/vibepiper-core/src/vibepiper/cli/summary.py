"""How a run ended, for people."""

from __future__ import annotations

from collections import Counter

from rich.text import Text

from vibepiper.cli.output import stderr, stdout
from vibepiper.runner import RunResult, StepResult

__all__ = ["print_summary"]


def print_summary(result: RunResult) -> None:
    """Warnings, then failures with the user's traceback first, then one line of counts."""
    for step in result.steps:
        _print_warnings(step)
        if step.failure is not None:
            stderr.print()
            if step.failure.traceback:
                stderr.print(Text(step.failure.traceback.rstrip()))
            stderr.print(Text(step.failure.message, style="red"))
    counts = Counter(step.status for step in result.steps)
    told = ", ".join(f"{number} {status}" for status, number in counts.items())
    stdout.print(f"Run {result.run_id} {result.status}: {told or 'nothing to do'}.")


def _print_warnings(step: StepResult) -> None:
    for check in step.checks:
        if not check.passed and not check.blocks:
            stderr.print(Text(f"warning: asset '{step.asset}': {check.summary()}", style="yellow"))
