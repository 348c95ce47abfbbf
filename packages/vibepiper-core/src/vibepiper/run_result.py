"""What became of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from vibepiper.checks import CheckResult
from vibepiper.failure import StepFailure
from vibepiper.profile import StepProfile

__all__ = ["LeftOut", "RunResult", "RunStatus", "StepResult", "StepStatus"]

StepStatus = Literal["succeeded", "cached", "failed", "skipped", "cancelled"]
RunStatus = Literal["succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one step. ``reason``: why it failed, was skipped, cancelled, or not run
    because nothing changed (``cached``).

    ``version`` is the data version that it published and ``inputs`` those of everything it was
    made of, by asset. ``attempts`` counts those of this run; ``notes`` are the store's.
    """

    asset: str
    status: StepStatus
    rows: int | None = None
    uri: str | None = None
    checks: tuple[CheckResult, ...] = ()
    failure: StepFailure | None = None
    reason: str | None = None
    partition: str = ""
    load_id: str | None = None
    version: str | None = None
    inputs: Mapping[str, JsonValue] = field(default_factory=dict)
    attempts: int = 0
    notes: tuple[str, ...] = ()
    profile: StepProfile | None = None

    @property
    def name(self) -> str:
        """``orders``, or ``orders[2026-01-31]``."""
        return f"{self.asset}[{self.partition}]" if self.partition else self.asset


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Partitions of an asset that a run was asked for and did not make, for they are as they
    would be made."""

    asset: str
    partitions: str
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of a run: its steps in the order of the plan; of a resumed run those
    that were left to do. ``left_out``: partitions for which there is no step."""

    run_id: str
    status: RunStatus
    steps: tuple[StepResult, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def only_checks_failed(self) -> bool:
        """Whether every failure was that of a check."""
        failures = [step.failure for step in self.steps if step.failure is not None]
        return bool(failures) and all(failure.kind == "checks" for failure in failures)

    @property
    def lineage(self) -> Mapping[str, Mapping[str, JsonValue]]:
        """By asset (and partition) that was made: the data versions of what it was made of."""
        return {step.name: step.inputs for step in self.steps if step.status == "succeeded"}
