"""The commands below ``vibepiper quality``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from vibepiper import load_project
from vibepiper.cli.exits import FAILED, OK
from vibepiper.cli.options import HERE, EnvOption, JsonOption, OnePartitionOption, ProjectOption
from vibepiper.cli.output import print_json, print_table, stdout
from vibepiper.cli.standard_output import project_code

from vibepiper_quality import drift_report
from vibepiper_quality.anomalies_command import judge_loads, loads_of, show_loads
from vibepiper_quality.contract import propose_contract
from vibepiper_quality.drift import find_drift
from vibepiper_quality.opening import open_asset
from vibepiper_quality.page import profile_page
from vibepiper_quality.profiling import profile_table
from vibepiper_quality.report import COLUMNS, RIGHT, facts, rows
from vibepiper_quality.rows_command import FOREST, isolated_rows, rows_outside, show_rows
from vibepiper_quality.score_command import AssetGroup, scores_of, show_scores

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
    with project_code(), open_asset(context, project, env, asset) as opened:
        found = profile_table(opened.table, dependencies=dependencies, masked=opened.masked)
    if html is not None:
        html.write_text(profile_page(asset, found), encoding="utf-8")
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
        typer.Option("--column", help="Look for rows by this column; else at the loads' sizes."),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="mad, z_score or iqr; for loads also seasonal; for rows also isolation_forest, "
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
    env: EnvOption = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Find loads with an unusual number of rows, or rows with unusual numbers.

    Exits with 1 when there are any.
    """
    if not column and method != FOREST:
        with project_code():
            opened_project = load_project(project, environment=env)
            key = opened_project.graph[asset].key
            loads = loads_of(opened_project, key)
            found = judge_loads(loads, method, threshold, season)
        show_loads(asset, loads, found, as_json=json)
        raise typer.Exit(FAILED if found else OK)
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
    asset: Annotated[str, typer.Argument(help="The asset to compare with it; may be the same.")],
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
    """Say which columns of an asset are distributed otherwise than another's.

    Exits with 1 when there are any, or columns were added or removed.
    """
    before = open_asset(context, project, reference_env or env, reference)
    with project_code(), before as old, open_asset(context, project, env, asset) as new:
        found = find_drift(old.table, new.table, threshold=threshold)
    if json:
        print_json(
            {"reference": reference, "asset": asset, "drifted": found.drifted, **asdict(found)}
        )
    else:
        for line in drift_report.facts(found):
            stdout.print(line, markup=False)
        stdout.print()
        print_table(drift_report.COLUMNS, drift_report.rows(found), right=drift_report.RIGHT)
    raise typer.Exit(FAILED if found.drifted else OK)


@quality.command()
def score(
    asset: AssetArgument,
    partition: OnePartitionOption = None,
    env: EnvOption = None,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Score an asset by what the checks of its runs found, and say how that changed."""
    with project_code():
        loaded = load_project(project, environment=env)
        history = scores_of(loaded, loaded.graph[asset].key, partition or "")
    show_scores(asset, history, as_json=json)
