"""The commands below ``vibepiper plugins``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vibepiper.cli.options import JsonOption, plugin_host

__all__ = ["plugins_app"]

LOCK = Path("constraints.txt")
HERE = Path()

plugins_app = typer.Typer(
    help="List, examine and pin plugins.", no_args_is_help=False, rich_markup_mode=None
)


@plugins_app.callback(invoke_without_command=True)
def plugins(context: typer.Context, json: JsonOption = False) -> None:
    """List the plugins, what they offer, and what is wrong with those that cannot be used."""
    from vibepiper.cli.plugins import show_plugins

    if context.invoked_subcommand is None:
        show_plugins(plugin_host(context), as_json=json)


@plugins_app.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A plugin, a distribution or a component.")],
    json: JsonOption = False,
) -> None:
    """Show a plugin's components: settings, defaults, secrets and capabilities."""
    from vibepiper.cli.plugins import show_plugin

    show_plugin(plugin_host(context), name, as_json=json)


@plugins_app.command()
def doctor(
    context: typer.Context,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds that a plugin may take.")
    ] = 20.0,
    json: JsonOption = False,
) -> None:
    """Try each plugin in a process of its own, and check what it requires.

    Exits with 1 when something is wrong with one that is not switched off.
    """
    from vibepiper.cli.plugins import examine_plugins

    raise typer.Exit(examine_plugins(plugin_host(context), timeout, as_json=json))


@plugins_app.command()
def lock(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = LOCK,
    json: JsonOption = False,
) -> None:
    """Write what is installed as a constraints file, for `pip install -c`."""
    from vibepiper.cli.plugins import write_lock

    write_lock(output, as_json=json)


@plugins_app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A file that `lock` wrote.")] = LOCK,
    json: JsonOption = False,
) -> None:
    """Compare this environment with a constraints file; exits with 2 where they differ."""
    from vibepiper.cli.plugins import check_lock

    check_lock(file, as_json=json)


@plugins_app.command()
def new(
    name: Annotated[str, typer.Argument(help="The distribution, such as vibepiper-acme.")],
    kind: Annotated[str, typer.Option("--kind", "-k", help="What kind of component it offers.")],
    into: Annotated[Path, typer.Option("--into", help="The folder to make it in.")] = HERE,
    json: JsonOption = False,
) -> None:
    """Write a whole plugin, with tests, to begin from."""
    from vibepiper.cli.plugins import create_plugin

    create_plugin(name, kind, into, as_json=json)
