"""The commands and their options. What they do is imported when they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    name="vibepiper",
    help="Declarative data pipelines: plan, run, check and show your assets.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ProjectOption = Annotated[
    Path, typer.Option("--project", "-C", help="The project's folder or file.")
]
EnvOption = Annotated[
    str | None, typer.Option("--env", "-e", help="The environment; else the project's default.")
]
SelectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--select", "-s", help="name, +name, name+, tag:x, group:x or raw/*; may be repeated."
    ),
]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", help="What to leave out; as --select.")
]
ParamOption = Annotated[
    list[str] | None, typer.Option("--param", "-p", help="A run parameter, as name=value.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

HERE = Path()


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"vibepiper {version('vibepiper-core')}")
        raise typer.Exit


@app.callback()
def vibepiper(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command("list")
def list_(
    select: SelectOption = None,
    exclude: ExcludeOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """List the project's assets, in the order of execution."""
    from vibepiper.cli.list import list_assets

    list_assets(project, env, select or [], exclude or [], as_json=json)


@app.command()
def plan(
    select: SelectOption = None,
    exclude: ExcludeOption = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a run would do; run nothing."""
    from vibepiper.cli.plan import show_plan

    show_plan(project, env, select or [], exclude or [], param or [], as_json=json)


@app.command()
def run(
    select: SelectOption = None,
    exclude: ExcludeOption = None,
    param: ParamOption = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="How many steps run at a time.")
    ] = 1,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Make the selected assets.

    Exits with 0 when all were made, 1 when a step failed, 2 when the run was refused and
    nothing was run, 3 when only checks failed, 130 when it was cancelled.
    """
    from vibepiper.cli.run import run_assets

    raise typer.Exit(
        run_assets(project, env, select or [], exclude or [], param or [], jobs, as_json=json)
    )


@app.command()
def show(
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    rows: Annotated[int, typer.Option("--rows", "-n", min=0, help="How many rows.")] = 10,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show an asset's published data: its schema and first rows."""
    from vibepiper.cli.show import show_asset

    show_asset(project, env, asset, rows, as_json=json)


@app.command()
def runs(
    run_id: Annotated[
        str | None, typer.Argument(help="A run's id, or its beginning: show its steps.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many runs.")] = 20,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """List the latest runs, or one run's steps."""
    from vibepiper.cli.runs import show_run, show_runs

    if run_id is None:
        show_runs(project, limit, as_json=json)
    else:
        show_run(project, run_id, as_json=json)


@app.command()
def plugins(json: JsonOption = False) -> None:
    """List the plugins, what they offer, and what is wrong with those that cannot be used."""
    from vibepiper.cli.plugins import show_plugins

    show_plugins(as_json=json)
