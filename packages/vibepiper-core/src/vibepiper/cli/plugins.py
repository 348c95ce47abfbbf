"""``vibepiper plugins``."""

from __future__ import annotations

from vibepiper.cli.output import print_json, print_table
from vibepiper.host import PluginHost

__all__ = ["show_plugins"]


def show_plugins(*, as_json: bool) -> None:
    plugins = PluginHost().plugins
    if as_json:
        print_json(plugins)
        return
    print_table(
        ("plugin", "distribution", "version", "state", "offers"),
        (
            (
                plugin.name,
                plugin.distribution,
                plugin.version,
                "ok" if plugin.usable else f"set aside: {plugin.problem}",
                ", ".join(f"{spec.kind}:{spec.name}" for spec in plugin.components) or plugin.mend,
            )
            for plugin in plugins
        ),
    )
