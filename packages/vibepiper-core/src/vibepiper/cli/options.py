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
    "ExecutorOption",
    "FailedOption",
    "ForceOption",
    "FromOption",
    "FullRefreshOption",
    "JobsOption",
    "JsonOption",
    "MissingOption",
    "OnErrorOption",
    "OnePartitionOption",
    "ParamOption",
    "PartitionOption",
    "PluginOption",
    "ProfileOption",
    "ProjectOption",
    "SelectOption",
    "ToOption",
    "WaitOption",
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

PartitionOption = Annotated[
    list[str] | None,
    typer.Option("--partition", help="A partition's key, as 2026-03-01 or 2026-03-01/eu."),
]
OnePartitionOption = Annotated[
    str | None, typer.Option("--partition", help="A partition's key, as 2026-03-01.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", help="The first partition of time; else the first of all.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", help="The last partition of time, included; else the last.")
]
MissingOption = Annotated[
    bool, typer.Option("--missing", help="Only partitions never made, or whose data is gone.")
]
FailedOption = Annotated[
    bool, typer.Option("--failed", help="Only partitions that failed the last time.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Make them although nothing changed.")]
FullRefreshOption = Annotated[
    bool,
    typer.Option(
        "--full-refresh",
        help="Make incremental assets from nothing: what is there is "
        "replaced, but for a history (scd2), which goes on.",
    ),
]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=1, help="How many steps run at a time.")
]
ExecutorOption = Annotated[
    str, typer.Option("--executor", help="Where steps run: threads, processes or a plugin's.")
]
OnErrorOption = Annotated[
    str,
    typer.Option("--on-error", help="What a failing step does: continue, fail_fast or retry."),
]
ProfileOption = Annotated[
    bool, typer.Option("--profile", help="Say where each step's time and memory went.")
]
WaitOption = Annotated[
    float,
    typer.Option("--wait", min=0, help="Seconds to wait for other runs of the same assets."),
]

HERE = Path()


def plugin_host(context: typer.Context) -> PluginHost:
    """The host of this call of the command line, without the plugins that -p switches off."""
    from vibepiper.cli.standard_output import project_code
    from vibepiper.host import PluginHost

    root = context.find_root()
    if not isinstance(root.obj, PluginHost):
        blocked = _blocked(root.params.get("plugin") or ())
        root.obj = PluginHost(blocked=blocked, around=project_code)
    return root.obj


def _blocked(values: list[str] | tuple[str, ...]) -> list[str]:
    from vibepiper.errors import UsageError

    for value in values:
        if not value.startswith("no:") or value == "no:":
            raise UsageError(f"--plugin {value}: expected no:NAME", hint="It switches NAME off.")
    return [value.removeprefix("no:") for value in values]
