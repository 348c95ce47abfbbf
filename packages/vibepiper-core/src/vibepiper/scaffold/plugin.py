"""A plugin's distribution, written from the templates in ``files/``.

``files/common`` is part of every one, ``files/<kind>`` of those of that kind. A file ends in
``.tmpl``; ``dot_`` at the start of a name stands for a dot, ``package`` for the import package.
"""

from __future__ import annotations

import importlib.util
import keyword
import re
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from vibepiper.component import Kind
from vibepiper.declarations import CoreInfo
from vibepiper.discovery import core_info
from vibepiper.errors import StoreError, UsageError, suggest
from vibepiper.text_templates import filled

__all__ = ["KINDS", "new_plugin"]

KINDS: tuple[Kind, ...] = (
    "analyzer",
    "database",
    "executor",
    "expectation_pack",
    "file_format",
    "input",
    "io_manager",
    "validator",
)

_ABOUT: dict[str, tuple[str, tuple[str, ...]]] = {
    "analyzer": ("An analyzer", ("pyarrow>=24",)),
    "database": (
        "A database connector",
        ("duckdb>=2", "pyarrow>=24", "pydantic>=2.11", "sqlglot>=30"),
    ),
    "executor": ("An executor", ("pydantic>=2.11",)),
    "expectation_pack": ("A pack of checks", ("vibepiper-expectations{bound}",)),
    "file_format": ("A file format", ("pyarrow>=24", "pydantic>=2.11")),
    "input": ("An input", ()),
    "io_manager": ("An IO manager", ("pyarrow>=24", "pydantic>=2.11")),
    "validator": ("A validator", ("pyarrow>=24", "pydantic>=2.11")),
}
"""What each is, and what its template imports; what is VibePiper's, within core's versions."""

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def new_plugin(name: str, kind: str, parent: Path) -> Path:
    """Writes the distribution ``name`` with one component of ``kind`` to a folder of its name in
    ``parent``, and returns the folder.

    All of it is written, or nothing: raises `UsageError` for a kind that there
    is not, a name that no distribution or package may have or that is taken, and a folder that
    exists; `StoreError` when the disk refuses.
    """
    if kind not in KINDS:
        raise UsageError(f"--kind: there is no kind '{kind}'", hint=suggest(kind, KINDS))
    values = _values(name, kind, core_info())
    folder = parent / values["name"]
    if folder.exists():
        raise UsageError(f"{folder} exists", hint="Give another name, or --into another folder.")
    texts: dict[Path, str] = {}
    for part in ("common", kind):
        texts.update(filled(files("vibepiper.scaffold").joinpath("files", part), values))
    try:
        _write({_placed(path, values): text for path, text in texts.items()}, folder)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return folder


def _values(name: str, kind: str, core: CoreInfo) -> dict[str, str]:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a distribution: letters, digits, '-', '_' and '.', with a "
            "letter or digit at each end"
        )
    normal = re.sub(r"[-_.]+", "-", name).lower()
    package, component = normal.replace("-", "_"), normal.removeprefix("vibepiper-")
    _refuse_taken(package)
    major, minor, *_ = core.version.split(".")
    bound = f">={major}.{minor},<{int(major) + 1}"
    what, requirements = _ABOUT[kind]
    needed = sorted(line.format(bound=bound) for line in ("vibepiper-core{bound}", *requirements))
    return {
        "summary": f"{what} for VibePiper.",
        "dependencies": ", ".join(f'"{requirement}"' for requirement in needed),
        "name": normal,
        "package": package,
        "component": component,
        "attribute": _attribute(component, package),
        "prefix": "".join(part.capitalize() for part in component.split("-")),
        "bound": bound,
    }


def _attribute(component: str, package: str) -> str:
    """A component's name where it has to be one of Python."""
    name = component.replace("-", "_")
    return name if name.isidentifier() and not keyword.iskeyword(name) else package


def _refuse_taken(package: str) -> None:
    if not package.isidentifier() or keyword.iskeyword(package):
        raise UsageError(
            f"'{package}' cannot be imported: it is no identifier of Python",
            hint="Begin the name with a letter, as in vibepiper-acme.",
        )
    if package in sys.stdlib_module_names or importlib.util.find_spec(package) is not None:
        raise UsageError(
            f"the package '{package}' exists here already, so another would hide it",
            hint="Give another name, as in vibepiper-acme.",
        )


def _placed(path: Path, values: dict[str, str]) -> Path:
    parts = [re.sub(r"^dot_", ".", part) for part in path.with_suffix("").parts]
    return Path(*(values["package"] if part == "package" else part for part in parts))


def _write(texts: dict[Path, str], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".vibepiper-new-", dir=folder.parent))
    try:
        whole = aside / folder.name
        for path, text in texts.items():
            (whole / path).parent.mkdir(parents=True, exist_ok=True)
            (whole / path).write_text(text, encoding="utf-8")
        whole.rename(folder)
    finally:
        shutil.rmtree(aside)
