"""The commands below ``vibepiper state``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vibepiper.cli.options import HERE, JsonOption, ProjectOption

__all__ = ["state_app"]

state_app = typer.Typer(
    help="Show, prune and export the state of runs.", no_args_is_help=False, rich_markup_mode=None
)


@state_app.callback(invoke_without_command=True)
def state(context: typer.Context, project: ProjectOption = HERE, json: JsonOption = False) -> None:
    """Show where the state is kept, how much of it there is, and which runs are under way."""
    from vibepiper.cli.state import show_state

    if context.invoked_subcommand is None:
        show_state(project, as_json=json)


@state_app.command()
def prune(
    keep_runs: Annotated[
        int | None, typer.Option("--keep-runs", min=0, help="How many runs stay.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="Runs before that go: 30d, 12h.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go; delete nothing.")
    ] = False,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Delete what the project file's [state], or the options, no longer keep."""
    from vibepiper.cli.state import prune_state

    prune_state(project, keep_runs, older_than, dry_run=dry_run, as_json=json)


@state_app.command()
def vacuum(project: ProjectOption = HERE, json: JsonOption = False) -> None:
    """Give the space of what was deleted back to the disk."""
    from vibepiper.cli.state import vacuum_state

    vacuum_state(project, as_json=json)


@state_app.command()
def export(
    file: Annotated[Path, typer.Argument(help="JSON lines; Parquet where it ends in .parquet.")],
    table: Annotated[str | None, typer.Option("--table", help="That table alone.")] = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Write the state's tables to a file."""
    from vibepiper.cli.state import write_state

    write_state(project, file, table, as_json=json)
