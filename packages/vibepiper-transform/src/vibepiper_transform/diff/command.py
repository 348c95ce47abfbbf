"""``vibepiper diff``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from vibepiper import AssetRef, PluginHost, Session
from vibepiper.assets import Asset
from vibepiper.cli.console import stdout
from vibepiper.cli.exits import FAILED, OK
from vibepiper.cli.options import HERE, JsonOption, ProjectOption
from vibepiper.cli.output import print_json, print_table
from vibepiper.cli.standard_output import project_code
from vibepiper.errors import DefinitionError, UsageError
from vibepiper.events import now
from vibepiper.masking import masked_columns
from vibepiper.plan import plan_asset
from vibepiper.project import load_project
from vibepiper.step_inputs import compute_view

from vibepiper_transform.constructors import as_relation
from vibepiper_transform.diff.diffing import diff_tables
from vibepiper_transform.diff.table_diff import ChangedRow, TableDiff
from vibepiper_transform.relation import Relation

__all__ = ["diff"]


def diff(
    asset: Annotated[str, typer.Argument(help="The asset's key.")],
    env: Annotated[list[str], typer.Option("--env", "-e", help="An environment; twice.")],
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="A column of the rows' key; else the asset's own."),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(min=0.0, help="How much floats may differ, of their size or absolutely."),
    ] = 0.0,
    samples: Annotated[int, typer.Option(min=0, help="How many rows to show.")] = 10,
    project: ProjectOption = HERE,
    json: JsonOption = False,
) -> None:
    """Say how an asset's table differs between two environments: --env dev --env prod.

    Rows are told apart by the asset's key, or by the columns that --key names. Exits with 0 when
    the tables are the same, 1 when they differ, 2 when they could not be compared.
    """
    if len(env) != 2:
        raise UsageError(
            f"a difference is between two environments, found {len(env)}",
            hint="Such as --env dev --env prod.",
        )
    with project_code(), ExitStack() as stack:
        left, right = (_side(stack, project, name, asset) for name in env)
        columns = tuple(key or left.asset.key_columns)
        if not columns:
            raise DefinitionError(
                f"asset '{asset}' has no key to tell its rows apart",
                at=left.asset.location,
                hint="Declare it (key=...), or name its columns: --key COLUMN.",
            )
        found = diff_tables(
            left.table,
            right.table,
            columns,
            tolerance=tolerance,
            samples=samples,
            masked=left.masked | right.masked,
        )
    if json:
        print_json({"asset": asset, "left": env[0], "right": env[1], **found.as_dict()})
    else:
        for line in _lines(found, *env):
            stdout.print(line, markup=False)
        _print_samples(found, columns, *env)
    raise typer.Exit(OK if found.is_same else FAILED)


@dataclass(frozen=True, slots=True)
class _Side:
    """An environment's table; ``masked`` are columns with a tag that says not to show them, which
    follows a column into what is made of it."""

    asset: Asset
    table: Relation
    masked: frozenset[str]


def _side(stack: ExitStack, start: Path, environment: str, key: str) -> _Side:
    project = load_project(start, environment=environment)
    declared = project.graph[key]
    session = stack.enter_context(Session(project, PluginHost()))
    return _Side(declared, as_relation(_data(session, declared)), masked_columns(session, key))


def _data(session: Session, asset: Asset) -> object:
    """What is published; of a view, which stores nothing, what it is now."""
    if asset.is_view:
        of = plan_asset(session, asset.key, session.project.params, now())
        return compute_view(of, session)
    return session.store(asset).read(AssetRef(asset.key, asset.uri))


def _lines(found: TableDiff, left: str, right: str) -> Iterator[str]:
    if found.is_same:
        yield f"The same in {left} and {right}: {found.left_rows:,} rows."
        return
    yield f"{left}: {found.left_rows:,} rows; {right}: {found.right_rows:,} rows"
    for name in found.added_columns:
        yield f"column {name}: only in {right}"
    for name in found.removed_columns:
        yield f"column {name}: only in {left}"
    for name, (old, new) in found.retyped.items():
        told = ", not compared" if name in found.uncompared else ""
        yield f"column {name}: {old} in {left}, {new} in {right}{told}"
    yield f"keys: {found.added:,} added, {found.removed:,} removed, {found.changed:,} changed"
    for name, rows in found.by_column.items():
        yield f"  {name}: {rows:,} changed"
    if found.moved:
        yield f"{found.moved:,} rows were fetched to compare them."


def _print_samples(found: TableDiff, key: tuple[str, ...], left: str, right: str) -> None:
    if not found.samples:
        return
    stdout.print()
    print_table(
        ("", *key, "column", left, right), [r for s in found.samples for r in _rows(s, key)]
    )


def _rows(sample: ChangedRow, key: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    values = [sample.key[name] for name in key]
    if not sample.columns:
        yield (sample.kind, *values, "", "", "")
    for name, (old, new) in sample.columns.items():
        yield (sample.kind, *values, name, old, new)
