"""The root of the command line: core's commands, and those that plugins bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from vibepiper.cli.options import plugin_host

if TYPE_CHECKING:
    from typer.models import CommandInfo

    from vibepiper.host import PluginHost

__all__ = ["PluginGroup", "called_alone"]


def called_alone(app: typer.Typer, arguments: Sequence[str]) -> typer.Typer:
    """``app`` without the commands that are not called: typer reads the signatures of all of them,
    which takes a fifth of the time of a short command."""
    called = arguments[0] if arguments else ""
    commands = [each for each in app.registered_commands if _name(each) == called]
    groups = [each for each in app.registered_groups if each.name == called]
    if not commands and not groups:
        return app
    alone = copy(app)
    alone.registered_commands, alone.registered_groups = commands, groups
    return alone


def _name(command: CommandInfo) -> str:
    given = command.name or str(getattr(command.callback, "__name__", ""))
    return typer.main.get_command_name(given)


class PluginGroup(TyperGroup):
    """Core's own commands cannot be taken and import no plugin. The help lists the plugins'
    commands from their declarations; one is imported when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        own = super().list_commands(ctx)
        return [*own, *(n for n in plugin_host(ctx).names("command") if n not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        host = plugin_host(ctx)
        if cmd_name not in host.names("command"):
            return None
        return _Declared(host, cmd_name)


class _Declared(TyperCommand):
    """Stands for a plugin's command until it is called."""

    def __init__(self, host: PluginHost, name: str) -> None:
        super().__init__(name, help=_summary(host, name))
        self._host = host
        self._name = name

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        host = self._host
        if host.claims("command", self._name):
            host = host.preferring(_preferences())
        target = host.target(host.declaration("command", self._name))
        return _command(self._name, target).make_context(info_name, args, parent, **extra)


def _summary(host: PluginHost, name: str) -> str:
    from vibepiper.faults import one_line

    if claims := host.claims("command", name):
        return f"Offered by {' and '.join(claims)}; [prefer] says whose it is."
    return one_line(host.declaration("command", name).summary)


def _preferences() -> Mapping[str, str]:
    """What the project of this folder prefers, where there is one."""
    from vibepiper.config import find_project_file, read_config
    from vibepiper.errors import ConfigError

    try:
        file = find_project_file(Path.cwd())
    except ConfigError:
        return {}  # a command of a plugin needs no project
    return read_config(file)[0].prefer


def _command(name: str, target: Any) -> Any:
    if isinstance(target, typer.Typer):
        return typer.main.get_command(target)
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(name)(target)
    return typer.main.get_command(app)
