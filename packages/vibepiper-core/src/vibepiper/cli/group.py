"""The root of the command line: core's commands, and those that plugins bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from vibepiper.cli.options import plugin_host

if TYPE_CHECKING:
    from vibepiper.declarations import Declaration
    from vibepiper.host import PluginHost

__all__ = ["PluginGroup"]


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
        return _Declared(host, host.declaration("command", cmd_name))


class _Declared(TyperCommand):
    """Stands for a plugin's command until it is called."""

    def __init__(self, host: PluginHost, spec: Declaration) -> None:
        super().__init__(spec.name, help=spec.summary)
        self._host = host
        self._spec = spec

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        command = _command(self._spec.name, self._host.target(self._spec))
        return command.make_context(info_name, args, parent, **extra)


def _command(name: str, target: Any) -> Any:
    if isinstance(target, typer.Typer):
        return typer.main.get_command(target)
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(name)(target)
    return typer.main.get_command(app)
