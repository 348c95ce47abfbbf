"""The commands below ``vibepiper quality``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer
from vibepiper.cli.console import stdout
from vibepiper.cli.exits import FAILED, OK
from vibepiper.cli.options import HERE, EnvOption, JsonOption, OnePartitionOption, ProjectOption
from vibepiper.cli.output import print_json, print_table
from vibepiper.cli.standard_output import project_code
from vibepiper.errors import UsageError

from vibepiper_quality.contract import propose_contract
from vibepiper_quality.drift import find_drift
from vibepiper_quality.drift_report import show_drift
from vibepiper_quality.history import open_history
from vibepiper_quality.metrics import find_metric_anomalies, metrics_of
from vibepiper_quality.metrics_command import chosen, show_anomalies
from vibepiper_quality.opening import open_asset, open_versions
from vibepiper_quality.page_command import asset_quality
from vibepiper_quality.page_file import check_page_file, write_page
from vibepiper_quality.profile_page import profile_page
from vibepiper_quality.profiling import profile_table
from vibepiper_quality.quality_page import quality_page
from vibepiper_quality.report import COLUMNS, RIGHT, facts, rows
from vibepiper_quality.rows_command import FOREST, isolated_rows, rows_outside, show_rows
from vibepiper_quality.score_command import AssetGroup, show_quality
from vibepiper_quality.series import SeriesMethod

__all__ = ["quality"]

quality = typer.Typer(
    cls=AssetGroup,
    help="Profile and score an asset, propose a contract, find anomalies and drift.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AssetArgument = Annotated[str, typer.Argument(help="The asset's key.")]


@quality.callback()
def group() -> None:
    """What an asset's table is like. `vibepiper quality ASSET` scores it."""


@quality.command()
def profile(
    context: typer.Context,
    asset: AssetArgument,
    dependencies: Annotated[
        bool, typer.Option("--dependencies", help="Also which column follows from which other.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with charts to this file.")
    ] = None,
    env: EnvOption = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Tell an asset's columns: types, nulls, distinct values, quantiles, patterns, keys."""
    if html is not None:
        check_page_file(html)
    with project_code(), open_asset(context, project, env, asset) as opened:
        found = profile_table(opened.table, dependencies=dependencies, masked=opened.masked)
    if html is not None:
        write_page(html, profile_page(asset, found))
    if json:
        print_json({"asset": asset, **found.as_dict()})
        return
    for line in facts(found):
        stdout.print(line, markup=False)
    stdout.print()
    print_table(COLUMNS, rows(found), right=RIGHT)


@quality.command()
def propose(
    context: typer.Context,
    asset: AssetArgument,
    env: EnvOption = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Propose a contract for an asset from its profile, as Python to be reviewed and committed."""
    with project_code(), open_asset(context, project, env, asset) as opened:
        contract = propose_contract(asset, profile_table(opened.table, masked=opened.masked))
    if json:
        print_json({"asset": asset, "contract": contract})
    else:
        stdout.print(contract, markup=False, end="")


@quality.command()
def anomalies(
    context: typer.Context,
    asset: AssetArgument,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Look for rows by this column; else at the metrics."),
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", help="Look at this metric only.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Also tell what was unusual before the last load.")
    ] = False,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="mad, z_score or iqr; for metrics also seasonal; for rows also isolation_forest, "
            "by all numbers or each --column.",
        ),
    ] = "mad",
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="How far is too far; else the method's own.")
    ] = None,
    season: Annotated[
        int, typer.Option("--season", min=1, help="With seasonal: how many loads are a season.")
    ] = 7,
    rows: Annotated[
        int, typer.Option("--rows", "-n", min=0, help="How many rows to show of those found.")
    ] = 10,
    partition: OnePartitionOption = None,
    env: EnvOption = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Find metrics whose last value is unusual (rows of a load, scores, what checks measured and
    what was observed), or rows with unusual numbers.

    Exits with 1 when there are any.
    """
    if not column and method != FOREST:
        with project_code():
            known = open_history(context, project, env, asset, partition)
            metrics = chosen(known.asset, metrics_of(known.loads, known.checks), metric or [])
            found = find_metric_anomalies(
                metrics, method=cast("SeriesMethod", method), threshold=threshold, season=season
            )
        told = [each for each in found if each.latest or history]
        show_anomalies(known.asset, metrics, told, as_json=json)
        raise typer.Exit(FAILED if told else OK)
    if metric or history or partition:
        raise UsageError(
            "--metric, --history and --partition are of metrics, and rows were asked for",
            hint="Leave --column out, and --method isolation_forest.",
        )
    with project_code(), open_asset(context, project, env, asset) as opened:
        if method == FOREST:
            found_rows = isolated_rows(opened, column or [], threshold, rows)
        else:
            found_rows = rows_outside(opened, column or [], method, threshold, rows)
    show_rows(asset, found_rows, as_json=json)
    raise typer.Exit(FAILED if found_rows.number else OK)


@quality.command()
def drift(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="The asset that stands for what was.")],
    asset: Annotated[
        str | None,
        typer.Argument(help="The asset to compare with it; else versions of the one are compared."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="VERSION", help="A version; else the one before --to."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="VERSION", help="A version; else the newest.")
    ] = None,
    partition: OnePartitionOption = None,
    reference_env: Annotated[
        str | None, typer.Option("--reference-env", help="The reference's environment; else --env.")
    ] = None,
    threshold: Annotated[
        float, typer.Option("--threshold", help="The stability index from which on it is drift.")
    ] = 0.2,
    env: EnvOption = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Say which columns of an asset are distributed otherwise than another's, or than those of a
    version of its own that the store keeps.

    Exits with 1 when there are any, or columns were added or removed.
    """
    compared: dict[str, str]
    if asset is None and reference_env is None:
        versions = open_versions(
            context, project, env, reference, since=since, to=to, partition=partition
        )
        with project_code(), versions as (before, now):
            found = find_drift(before.table, now.table, threshold=threshold)
        ids = before.version.load_id, now.version.load_id
        compared = {"asset": reference, "from": ids[0], "to": ids[1]}
    else:
        if since or to or partition:
            raise UsageError(
                "--from, --to and --partition are of the versions of one asset, and another was "
                "named",
                hint="Name one asset, without --reference-env.",
            )
        asset = asset or reference
        old = open_asset(context, project, reference_env or env, reference)
        with project_code(), old as was, open_asset(context, project, env, asset) as new:
            found = find_drift(was.table, new.table, threshold=threshold)
        compared = {"reference": reference, "asset": asset}
    show_drift(compared, found, as_json=json)
    raise typer.Exit(FAILED if found.drifted else OK)


@quality.command()
def score(
    context: typer.Context,
    asset: AssetArgument,
    partition: OnePartitionOption = None,
    env: EnvOption = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Score an asset by what the checks of its runs found, and say how that and what they measured
    changed."""
    with project_code():
        history = open_history(context, project, env, asset, partition)
    show_quality(history, as_json=json)


@quality.command()
def page(
    context: typer.Context,
    assets: Annotated[list[str], typer.Argument(help="The assets' keys.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    by: Annotated[
        str | None,
        typer.Option("--by", help="Also tell drift from each value of this column to the next."),
    ] = None,
    env: EnvOption = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Write a page of HTML with charts: assets' scores, metrics over time, drift, profiles."""
    check_page_file(output)
    with project_code():
        told = [asset_quality(context, project, env, asset, by) for asset in assets]
    write_page(output, quality_page(", ".join(assets), told))
    if json:
        print_json({"assets": assets, "output": str(output)})
    else:
        stdout.print(f"Written to {output.absolute()}.", markup=False)
