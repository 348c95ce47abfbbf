"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vibepiper.host import PluginHost

__all__ = [
    "HERE",
    "EnvOption",
    "ExcludeOption",
    "JsonOption",
    "ParamOption",
    "PluginOption",
    "ProjectOption",
    "SelectOption",
    "plugin_host",
]

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
PluginOption = Annotated[
    list[str] | None,
    typer.Option("--plugin", "-p", metavar="no:NAME", help="Switch a plugin off; may be repeated."),
]

HERE = Path()


def plugin_host(context: typer.Context) -> PluginHost:
    """The host of this call of the command line, without the plugins that -p switches off."""
    from vibepiper.host import PluginHost

    root = context.find_root()
    if not isinstance(root.obj, PluginHost):
        root.obj = PluginHost(blocked=_blocked(root.params.get("plugin") or ()))
    return root.obj


def _blocked(values: list[str] | tuple[str, ...]) -> list[str]:
    from vibepiper.errors import UsageError

    for value in values:
        if not value.startswith("no:") or value == "no:":
            raise UsageError(f"--plugin {value}: expected no:NAME", hint="It switches NAME off.")
    return [value.removeprefix("no:") for value in values]
