"""Which files are the project's own, and what they define."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from vibepiper.definitions import Import, SourceFile
from vibepiper.source_code import read_source

__all__ = ["ProjectFiles"]

_INSTALLED = frozenset({"site-packages", "dist-packages"})

_read: dict[str, tuple[object, SourceFile | None]] = {}


class ProjectFiles:
    """The Python files below ``root`` that are not installed packages."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._own: dict[str, bool] = {}
        self._names: dict[str, str] = {}
        self._found: dict[str, tuple[Path, ...]] = {}

    def __contains__(self, file: str) -> bool:
        if (own := self._own.get(file)) is None:
            path = Path(file).resolve()
            below = path.is_relative_to(self.root)
            own = below and _INSTALLED.isdisjoint(path.relative_to(self.root).parts)
            self._own[file] = own
        return own

    def name(self, file: str) -> str:
        """The file as people know it: from the root on, if it lies there."""
        if (name := self._names.get(file)) is None:
            path = Path(file).resolve()
            name = path.relative_to(self.root).as_posix() if file in self else path.name
            self._names[file] = name
        return name

    def source(self, file: str, names: Mapping[str, object]) -> SourceFile | None:
        """What the file defined when the module with these ``names`` was imported from it, or
        when that was first asked; None without a file that can be read."""
        stamp = names.get("__spec__")
        known = _read.get(file)
        if known is None or (stamp is not None and known[0] is not stamp):
            known = _read[file] = (stamp, _read_file(Path(file)))
        return known[1]

    def modules(self, imports: tuple[Import, ...], package: str) -> Iterator[tuple[str, Path]]:
        """The project's modules that the statements import, by their names: also the packages
        that they lie in. ``package`` is that of the importing module."""
        found: dict[str, Path] = {}
        for statement in imports:
            base = _absolute(statement, package)
            for name in (base, *(f"{base}.{each}" for each in statement.names)):
                for module, path in self._on_the_way(name):
                    found[module] = path
        return iter(sorted(found.items()))

    def is_module(self, statement: Import, package: str) -> bool:
        """Whether it imports from the project."""
        first = _absolute(statement, package).partition(".")[0]
        return bool(self._find(first))

    def _on_the_way(self, name: str) -> Iterator[tuple[str, Path]]:
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            module = ".".join(parts[:count])
            for path in self._find(module):
                if path.is_file():
                    yield module, path

    def _find(self, module: str) -> tuple[Path, ...]:
        """Its file, or its folder where it is a package without one."""
        if module not in self._found:
            tried = (base / module.replace(".", "/") for base in self._bases())
            self._found[module] = next(filter(None, map(_module_file, tried)), ())
        return self._found[module]

    def _bases(self) -> Iterator[Path]:
        yield self.root
        for entry in sys.path:
            if entry and entry in self:
                yield Path(entry)


def _module_file(path: Path) -> tuple[Path, ...]:
    if path.with_name(f"{path.name}.py").is_file():
        return (path.with_name(f"{path.name}.py"),)
    if (path / "__init__.py").is_file():
        return (path / "__init__.py",)
    return (path,) if path.is_dir() and any(path.glob("*.py")) else ()


def _absolute(statement: Import, package: str) -> str:
    if not statement.level:
        return statement.module
    parts = package.split(".")
    base = parts[: len(parts) - statement.level + 1]
    return ".".join([*base, *([statement.module] if statement.module else [])])


def _read_file(path: Path) -> SourceFile | None:
    try:
        with path.open("rb") as file:
            return read_source(file.read())
    except OSError:
        # Code of a REPL or of exec() names a file that is not there.
        return None
