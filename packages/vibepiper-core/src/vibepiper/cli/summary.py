"""How a run ended, for people."""

from __future__ import annotations

from collections import Counter

from rich.text import Text

from vibepiper.cli.console import stderr, stdout
from vibepiper.cli.output import counted, print_table
from vibepiper.profile import HEADER, render
from vibepiper.run_result import RunResult, StepResult

__all__ = ["print_profile", "print_summary"]


def print_summary(result: RunResult) -> None:
    """Warnings, then failures with the user's traceback first, then one line of counts."""
    for step in result.steps:
        _print_warnings(step)
        if step.failure is not None:
            stderr.print()
            if step.failure.traceback:
                stderr.print(Text(step.failure.traceback.rstrip()))
            stderr.print(Text(step.failure.message, style="red"))
            for line in step.failure.context:
                stderr.print(Text(f"  {line}", style="dim"))
    counts = Counter(step.status for step in result.steps)
    told = [f"{number} {status}" for status, number in counts.items()]
    if left := sum(each.number for each in result.left_out):
        told.append(f"{counted(left, 'partition')} unchanged")
    stdout.print(f"Run {result.run_id} {result.status}: {', '.join(told) or 'nothing to do'}.")
    if result.status != "succeeded":
        stderr.print(f"Go on with it: vibepiper run --resume {result.run_id}")


def print_profile(result: RunResult) -> None:
    """Where the time and memory of each step went."""
    profiles = {step.name: step.profile for step in result.steps if step.profile is not None}
    print_table(HEADER, render(profiles), right=HEADER[1:])


def _print_warnings(step: StepResult) -> None:
    for check in step.checks:
        if not check.passed and not check.blocks:
            stderr.print(Text(f"warning: asset '{step.name}': {check.summary()}", style="yellow"))
