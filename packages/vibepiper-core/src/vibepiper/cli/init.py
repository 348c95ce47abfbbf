"""``vibepiper init``."""

from __future__ import annotations

import shlex
from pathlib import Path

from vibepiper.cli.console import stdout
from vibepiper.cli.output import print_json
from vibepiper.host import PluginHost
from vibepiper.project_templates import write_project

__all__ = ["init_project"]


def init_project(host: PluginHost, folder: Path, template: str, *, as_json: bool) -> None:
    files = write_project(
        host.declaration("project_template", template), folder, host.names("io_manager")
    )
    if as_json:
        print_json({"folder": folder, "template": template, "files": files})
        return
    for file in files:
        stdout.print(str(file), markup=False)
    stdout.print(f"\ncd {shlex.quote(str(folder))} && vibepiper run", markup=False)
