"""What several commands take to say what should run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vibepiper.cli.params import parse_params
from vibepiper.errors import UsageError
from vibepiper.host import PluginHost
from vibepiper.partition_choice import PartitionChoice
from vibepiper.plan import make_plan
from vibepiper.planned import Plan
from vibepiper.project import Project, load_project
from vibepiper.session import Session

if TYPE_CHECKING:
    from vibepiper.state import StateStore

__all__ = ["Request", "backfill_choice", "partition_choice"]


@dataclass(frozen=True, slots=True)
class Request:
    """Which assets and partitions of which project, with which parameters."""

    host: PluginHost
    start: Path
    environment: str | None = None
    select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    params: Sequence[str] = ()
    partitions: PartitionChoice = field(default_factory=PartitionChoice)
    force: bool = False
    full_refresh: bool = False

    @property
    def asks(self) -> bool:
        """Whether it says more than the project and environment."""
        return bool(
            self.select
            or self.exclude
            or self.params
            or self.partitions.is_made
            or self.force
            or self.full_refresh
        )

    def refuse_with(self, option: str) -> None:
        """Raises `UsageError` when it asks for more than ``option`` leaves to ask."""
        if self.asks:
            raise UsageError(
                f"{option} repeats what was asked for before, so nothing else can be asked for",
                hint="Leave out selectors, parameters and partitions.",
            )

    def project(self) -> Project:
        """The project, with the values of the parameters that were given."""
        params = parse_params(self.params)
        project = load_project(self.start, environment=self.environment, params=params)
        return project.with_params(params)

    def plan(self, session: Session, state: StateStore | None) -> Plan:
        return make_plan(
            session,
            state,
            selectors=self.select,
            exclude=self.exclude,
            params=parse_params(self.params),
            partitions=self.partitions,
            force=self.force,
            full_refresh=self.full_refresh,
        )


def partition_choice(
    keys: Sequence[str] | None, first: str | None, last: str | None, missing: bool, failed: bool
) -> PartitionChoice:
    """Raises `UsageError` for keys together with a range."""
    if keys and (first or last):
        raise UsageError(
            "--partition names partitions one by one, --from and --to a range; give one or the "
            "other"
        )
    return PartitionChoice(tuple(keys or ()), first, last, missing, failed)


def backfill_choice(
    keys: Sequence[str] | None, first: str | None, last: str | None, missing: bool, failed: bool
) -> PartitionChoice:
    """As `partition_choice`; nothing asked for is refused, for all that ever was is much."""
    choice = partition_choice(keys, first, last, missing, failed)
    if not choice.is_made:
        raise UsageError(
            "a backfill needs to know which partitions",
            hint="Give --from and --to, --partition, --missing or --failed.",
        )
    return choice
