"""The commands and their options. What they do is imported when they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from vibepiper.cli.group import PluginGroup
from vibepiper.cli.options import (
    HERE,
    EnvOption,
    ExcludeOption,
    ExecutorOption,
    FailedOption,
    ForceOption,
    FromOption,
    FullRefreshOption,
    JobsOption,
    JsonOption,
    MissingOption,
    OnePartitionOption,
    OnErrorOption,
    ParamOption,
    PartitionOption,
    PluginOption,
    ProfileOption,
    ProjectOption,
    SelectOption,
    ToOption,
    WaitOption,
    plugin_host,
)
from vibepiper.cli.plugins_app import plugins_app
from vibepiper.cli.run_command import RunCommand, SelectingCommand
from vibepiper.cli.state_app import state_app

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
    context: typer.Context,
    plugin: PluginOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if plugin:
        # Also where no plugin is needed, a misspelt name is told.
        _ = plugin_host(context).entries


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


@app.command("list", cls=SelectingCommand)
def list_(
    select: SelectOption = None,
    exclude: ExcludeOption = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """List the project's assets, in the order of execution."""
    from vibepiper.cli.list import list_assets

    list_assets(project, env, select or [], exclude or [], param or [], as_json=json)


@app.command(cls=SelectingCommand)
def plan(
    context: typer.Context,
    select: SelectOption = None,
    exclude: ExcludeOption = None,
    param: ParamOption = None,
    partition: PartitionOption = None,
    first: FromOption = None,
    last: ToOption = None,
    missing: MissingOption = False,
    failed: FailedOption = False,
    force: ForceOption = False,
    full_refresh: FullRefreshOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Keep the plan in a file, for run --plan.")
    ] = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a run would do, and why; run nothing."""
    from vibepiper.cli.plan import show_plan
    from vibepiper.cli.requests import Request, partition_choice

    request = Request(
        plugin_host(context),
        project,
        env,
        select or (),
        exclude or (),
        param or (),
        partition_choice(partition, first, last, missing, failed),
        force,
        full_refresh,
    )
    show_plan(request, out, as_json=json)


@app.command(cls=SelectingCommand)
def validate(
    context: typer.Context,
    select: SelectOption = None,
    exclude: ExcludeOption = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Check everything that can be checked without running: settings, stores, columns, types.

    Exits with 2 when a run would be refused or is known to fail, 0 otherwise.
    """
    from vibepiper.cli.requests import Request
    from vibepiper.cli.validate import show_validation

    request = Request(plugin_host(context), project, env, select or (), exclude or (), param or ())
    raise typer.Exit(show_validation(request, as_json=json))


@app.command(cls=RunCommand)
def run(
    context: typer.Context,
    select: SelectOption = None,
    exclude: ExcludeOption = None,
    param: ParamOption = None,
    partition: PartitionOption = None,
    first: FromOption = None,
    last: ToOption = None,
    missing: MissingOption = False,
    failed: FailedOption = False,
    force: ForceOption = False,
    full_refresh: FullRefreshOption = False,
    jobs: JobsOption = 1,
    executor: ExecutorOption = "threads",
    on_error: OnErrorOption = "continue",
    profile: ProfileOption = False,
    wait: WaitOption = 0.0,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="[RUN]",
            help="Go on with a run that did not succeed: its id or its beginning; else the newest.",
        ),
    ] = None,
    from_failure: Annotated[
        bool,
        typer.Option("--from-failure", help="Begin a new run of what the last one did not do."),
    ] = False,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Run the plan that `plan --out` kept, or refuse.")
    ] = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Make the selected assets, those whose code and inputs did not change left out.

    Exits with 0 when all were made, 1 when a step failed, 2 when the run was refused and
    nothing was run, 3 when only checks failed, 130 when it was cancelled.
    """
    from vibepiper.cli.requests import Request, partition_choice
    from vibepiper.cli.run import RunChoices, run_assets

    request = Request(
        plugin_host(context),
        project,
        env,
        select or (),
        exclude or (),
        param or (),
        partition_choice(partition, first, last, missing, failed),
        force,
        full_refresh,
    )
    choices = RunChoices(jobs, executor, on_error, profile, resume, from_failure, plan, wait)
    raise typer.Exit(run_assets(request, choices, as_json=json))


@app.command()
def backfill(
    context: typer.Context,
    assets: Annotated[list[str], typer.Argument(help="Assets with partitions; as --select.")],
    first: FromOption = None,
    last: ToOption = None,
    missing: MissingOption = False,
    failed: FailedOption = False,
    partition: PartitionOption = None,
    param: ParamOption = None,
    force: ForceOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; run nothing.")] = False,
    jobs: JobsOption = 1,
    executor: ExecutorOption = "threads",
    on_error: OnErrorOption = "continue",
    profile: ProfileOption = False,
    wait: WaitOption = 0.0,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Make partitions: those from --from to --to, of these the missing or the failed ones.

    A step makes one partition, or all that follow each other where the asset takes ranges.
    """
    from vibepiper.cli.requests import Request, backfill_choice

    choice = backfill_choice(partition, first, last, missing, failed)
    request = Request(plugin_host(context), project, env, assets, (), param or (), choice, force)
    if dry_run:
        from vibepiper.cli.plan import show_plan

        show_plan(request, None, as_json=json)
        return
    from vibepiper.cli.run import RunChoices, run_assets

    choices = RunChoices(jobs, executor, on_error, profile, wait=wait)
    raise typer.Exit(run_assets(request, choices, as_json=json))


@app.command()
def partitions(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add", help="Add a key to a dynamic dimension; NAME=KEY where there are several."
        ),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", help="Take a key from a dynamic dimension, likewise."),
    ] = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show an asset's partitions: made, missing, failed."""
    from vibepiper.cli.partitions import change_partitions, show_partitions
    from vibepiper.cli.requests import Request

    request = Request(plugin_host(context), project, env, params=param or ())
    if add or remove:
        change_partitions(request, asset, add or (), remove or (), as_json=json)
    else:
        show_partitions(request, asset, as_json=json)


@app.command()
def why(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    param: ParamOption = None,
    partition: PartitionOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Say why an asset would run: what changed since it was made."""
    from vibepiper.cli.requests import Request, partition_choice
    from vibepiper.cli.why import show_why

    choice = partition_choice(partition, None, None, False, False)
    request = Request(plugin_host(context), project, env, params=param or (), partitions=choice)
    show_why(request, asset, run=True, as_json=json)


@app.command("why-not")
def why_not(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    param: ParamOption = None,
    partition: PartitionOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Say why an asset would not run."""
    from vibepiper.cli.requests import Request, partition_choice
    from vibepiper.cli.why import show_why

    choice = partition_choice(partition, None, None, False, False)
    request = Request(plugin_host(context), project, env, params=param or (), partitions=choice)
    show_why(request, asset, run=False, as_json=json)


@app.command()
def lineage(
    context: typer.Context,
    asset: Annotated[
        str | None,
        typer.Argument(help="An asset's key, ASSET.column, or RESOURCE.TABLE.column; else all."),
    ] = None,
    upstream: Annotated[
        bool, typer.Option("--upstream/--no-upstream", help="What it is made of.")
    ] = True,
    downstream: Annotated[
        bool, typer.Option("--downstream/--no-downstream", help="What is made of it.")
    ] = True,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="VERSION", help="Of a version that was made: a load id."),
    ] = None,
    format: Annotated[
        Literal["tree", "mermaid", "json", "openlineage"],
        typer.Option("--format", "-f", help="tree, mermaid, json, or openlineage (of a run)."),
    ] = "tree",
    run: Annotated[
        str | None, typer.Option("--run", help="With openlineage: the run; else the newest.")
    ] = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show what an asset, or a column of one, is made of, and what is made of it."""
    from vibepiper.cli.lineage import show_lineage, show_run_lineage, show_version_lineage
    from vibepiper.cli.requests import Request

    request = Request(plugin_host(context), project, env, params=param or ())
    if format == "openlineage":
        if asset is not None or at is not None:
            raise typer.BadParameter("openlineage is of a whole run; leave the asset out")
        show_run_lineage(request, run)
        return
    form = "json" if json else format
    if asset is not None and "." in asset and at is None:
        from vibepiper.cli.column_lineage import show_column_lineage

        show_column_lineage(request, asset, upstream=upstream, downstream=downstream, form=form)
        return
    if at is None:
        show_lineage(request, asset, upstream=upstream, downstream=downstream, form=form)
        return
    if asset is None:
        raise typer.BadParameter("--at is of one asset; name it")
    show_version_lineage(request, asset, at, form=form)


@app.command()
def versions(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    partition: OnePartitionOption = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """List the versions of an asset that its store keeps."""
    from vibepiper.cli.requests import Request
    from vibepiper.cli.rollback import show_versions

    request = Request(plugin_host(context), project, env, params=param or ())
    show_versions(request, asset, partition, as_json=json)


@app.command()
def rollback(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    to: Annotated[str, typer.Option("--to", help="A version: its id, or the beginning of it.")],
    partition: OnePartitionOption = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Publish an earlier version of an asset again."""
    from vibepiper.cli.requests import Request
    from vibepiper.cli.rollback import roll_back_asset

    request = Request(plugin_host(context), project, env, params=param or ())
    roll_back_asset(request, asset, to, partition, as_json=json)


@app.command()
def show(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    rows: Annotated[int, typer.Option("--rows", "-n", min=0, help="How many rows.")] = 10,
    sql: Annotated[
        bool, typer.Option("--sql", help="Show the queries that make it instead; run nothing.")
    ] = False,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Show the rows that checks set aside instead.")
    ] = False,
    partition: OnePartitionOption = None,
    param: ParamOption = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> None:
    """Show an asset's published data, its schema and first rows; what was set aside; or its SQL."""
    from vibepiper.cli.requests import Request
    from vibepiper.cli.show import show_asset, show_rejected, show_sql

    if sql and rejected:
        from vibepiper.errors import UsageError

        raise UsageError("--sql and --rejected show two different things", hint="Choose one.")
    if sql and partition:
        from vibepiper.errors import UsageError

        raise UsageError("--sql shows queries, which are not of one partition")
    request = Request(plugin_host(context), project, env, params=param or ())
    if sql:
        show_sql(request, asset, as_json=json)
    elif rejected:
        show_rejected(request, asset, partition, rows, as_json=json)
    else:
        show_asset(request, asset, partition, rows, as_json=json)


@app.command()
def runs(
    run_id: Annotated[
        str | None, typer.Argument(help="A run's id, its beginning, or 'last': show its steps.")
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
app.add_typer(state_app, name="state")
