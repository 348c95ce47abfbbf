"""What a name in the project's code stands for: code or a value of the project, or a library's."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeGuard

from vibepiper.assets import Asset
from vibepiper.definitions import Chain, SourceFile
from vibepiper.project_files import ProjectFiles

__all__ = ["HasCode", "Names", "Subject", "Subjects", "closure_of", "has_code"]


class HasCode(Protocol):
    """What an asset is made by that is no Python function, such as SQL: its version is that of
    these values and of the code that they reach, each under its name."""

    def code_values(self) -> Mapping[str, object]: ...


def has_code(value: object) -> TypeGuard[HasCode]:
    """Its type is asked: a protocol takes ten times as long to ask about."""
    return hasattr(type(value), "code_values")


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that code reaches: a function, a class, a module's file, a value, which the
    variable ``name`` of ``owner`` holds, or an object that tells what it is made of."""

    kind: Literal["function", "class", "module", "value", "told"]
    value: object
    name: str = ""
    owner: object = None

    @property
    def key(self) -> tuple[object, ...]:
        if self.kind == "value":
            return (id(self.owner), self.name)
        return (self.kind, self.value if self.kind == "module" else id(self.value))


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean where a piece of code stands; ``owner`` is the code."""

    module: dict[str, object]
    owner: object
    closure: Mapping[str, object] = field(default_factory=dict)
    source: SourceFile | None = None

    @property
    def package(self) -> str:
        return str(self.module.get("__package__") or "")


def closure_of(function: types.FunctionType) -> dict[str, object]:
    """The variables of functions around it, but for those that have no value yet."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


class Subjects:
    """Tells the code of the project below ``root`` from that of libraries."""

    def __init__(self, root: Path) -> None:
        self.files = ProjectFiles(root)

    def read(self, chain: Chain, names: Names) -> Subject | str | None:
        """What a name means: a library's code as text, None for what the project does not
        define."""
        first, *rest = chain
        if first in names.closure:
            return self._through(names.closure[first], first, names.owner, rest)
        alias = names.source.aliases.get(first) if names.source is not None else None
        if alias is not None and not self.files.is_module(alias, names.package):
            return f"{alias.module}:{'.'.join(alias.names)}"
        if first not in names.module:
            return None
        return self._through(names.module[first], first, names.module, rest)

    def _through(self, value: object, name: str, owner: object, rest: list[str]) -> Subject | str:
        """Follows the attributes of the project's modules, down to what one of them holds."""
        for attribute in rest:
            if not isinstance(value, types.ModuleType) or attribute not in vars(value):
                break
            if self._module(value) is None:
                break
            owner, name, value = vars(value), attribute, vars(value)[attribute]
        return self.code(value) or Subject("value", value, name, owner)

    def code(self, value: object) -> Subject | str | None:
        """A function, class or module as a subject, or as text where it is a library's; None for
        what is no code."""
        if isinstance(value, Asset):
            value = value.function
            if has_code(value):
                return Subject("told", value)
        if isinstance(value, types.FunctionType):
            known = self.owns_function(value) or self._carries(value)
            return Subject("function", value) if known else value.__qualname__
        if isinstance(value, type):
            return Subject("class", value) if self.owns_class(value) else value.__qualname__
        if isinstance(value, types.ModuleType):
            return self._module(value) or value.__name__
        wrapped = getattr(value, "__dict__", {}).get("__wrapped__")
        if isinstance(wrapped, types.FunctionType):
            return self.code(wrapped)
        if isinstance(value, types.BuiltinFunctionType) and not _is_bound(value):
            return value.__qualname__
        return None

    def owns_function(self, function: types.FunctionType) -> bool:
        """Whether its file is the project's; code without a file belongs to its module."""
        file = function.__code__.co_filename
        if not file.startswith("<"):
            return file in self.files
        home = function.__globals__.get("__file__")
        return home is None or str(home) in self.files

    def owns_class(self, kind: type) -> bool:
        return self.home(kind)[1] in self.files

    def home(self, kind: type) -> tuple[dict[str, object], str]:
        """The names of a class's module, and its file (empty without one)."""
        module = sys.modules.get(kind.__module__)
        if module is not None and getattr(module, "__file__", None):
            return vars(module), str(module.__file__)
        for member in vars(kind).values():
            if isinstance(member, types.FunctionType):
                return member.__globals__, member.__code__.co_filename
        return {}, ""

    def is_vibepiper(self, value: object) -> bool:
        """Whether it comes from VibePiper or one of its plugins."""
        if isinstance(value, types.ModuleType):
            name, own = value.__name__, self._module(value) is not None
        else:
            named = value if hasattr(value, "__qualname__") else type(value)
            name, own = str(named.__module__), isinstance(self.code(named), Subject)
        return not own and name.partition(".")[0].partition("_")[0] == "vibepiper"

    def _carries(self, function: types.FunctionType) -> bool:
        """Whether a library's function holds what may be the project's: what it wraps, or what
        VibePiper made it with."""
        return "__wrapped__" in vars(function) or self._from_vibepiper(function)

    def _from_vibepiper(self, function: types.FunctionType) -> bool:
        module = str(function.__module__ or "")
        return bool(function.__closure__) and module.startswith("vibepiper")

    def _module(self, module: types.ModuleType) -> Subject | None:
        file = getattr(module, "__file__", None)
        if not file or file not in self.files:
            return None
        return Subject("module", Path(file), module.__name__)


def _is_bound(value: types.BuiltinFunctionType) -> bool:
    return not isinstance(value.__self__, types.ModuleType | None)
