"""``vibepiper init``: a folder of a plugin's data becomes a project."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from vibepiper.declarations import Declaration
from vibepiper.errors import PluginError, UsageError
from vibepiper.faults import REPORT, import_fault
from vibepiper.text_templates import filled

__all__ = ["template_folder", "write_project"]

_LASTING = "files"
"""The store of a new project, where it is installed: it needs no server."""

_STORE = f"""
[io_managers.default]
use = "{_LASTING}"
"""


def write_project(
    spec: Declaration, folder: Path, stores: Collection[str] = ()
) -> tuple[Path, ...]:
    """Copies a template into a folder that is empty or does not exist. ``$project`` is the
    folder's name, ``$store`` the section of the project file that names one of the IO managers
    ``stores`` which keeps data from run to run, or nothing if none does. Returns the files.
    Raises `UsageError` and `PluginError`, before it writes."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", hint="Name a new folder.")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} exists and is not empty", hint="Name a new folder.")
    store = _STORE if _LASTING in stores else ""
    values = {"project": folder.resolve().name, "store": store}
    texts = [(folder / path, text) for path, text in filled(template_folder(spec), values)]
    for path, text in texts:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(path for path, _ in texts)


def template_folder(spec: Declaration) -> Traversable:
    """Where a template's files are. Raises `PluginError`."""
    package, _, inner = spec.target.partition(":")
    try:
        found = files(package).joinpath(inner)
    except ImportError as error:
        fault = import_fault(error, package)
        problem = f"project template '{spec.name}' cannot be read: {fault.problem}"
        raise PluginError(problem, hint=fault.mend) from error
    if not found.is_dir():
        raise PluginError(
            f"project template '{spec.name}' is declared as {spec.target}, "
            f"but {package} has no folder '{inner}'",
            hint=REPORT,
        )
    return found
