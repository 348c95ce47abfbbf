"""The commands and their options. What they do is imported when they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vibepiper.cli.group import PluginGroup
from vibepiper.cli.options import (
    HERE,
    EnvOption,
    ExcludeOption,
    JsonOption,
    ParamOption,
    PluginOption,
    ProjectOption,
    SelectOption,
    plugin_host,
)
from vibepiper.cli.plugins_app import plugins_app

__all__ = ["app"]

app = typer.Typer(
    name="vibepiper",
    cls=PluginGroup,
    help="Declarative data pipelines: plan, run, check and show your assets.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"vibepiper {version('vibepiper-core')}")
        raise typer.Exit


@app.callback()
def vibepiper(
    plugin: PluginOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The project's folder, new or empty.")],
    template: Annotated[
        str, typer.Option("--template", "-t", help="What to begin from.")
    ] = "minimal",
    json: JsonOption = False,
) -> None:
    """Begin a project from a template."""
    from vibepiper.cli.init import init_project

    init_project(plugin_host(context), folder, template, as_json=json)


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
    context: typer.Context,
    select: SelectOption = None,
    exclude: ExcludeOption = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a run would do; run nothing."""
    from vibepiper.cli.plan import show_plan

    show_plan(
        plugin_host(context), project, env, select or [], exclude or [], param or [], as_json=json
    )


@app.command()
def run(
    context: typer.Context,
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
        run_assets(
            plugin_host(context),
            project,
            env,
            select or [],
            exclude or [],
            param or [],
            jobs,
            as_json=json,
        )
    )


@app.command()
def show(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    rows: Annotated[int, typer.Option("--rows", "-n", min=0, help="How many rows.")] = 10,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show an asset's published data: its schema and first rows."""
    from vibepiper.cli.show import show_asset

    show_asset(plugin_host(context), project, env, asset, rows, as_json=json)


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


app.add_typer(plugins_app, name="plugins")
