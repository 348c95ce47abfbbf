"""What an asset's function is made of: the functions, classes and values of the project that it
reaches, each with what it reaches in turn."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from vibepiper.bytecode import names_in, tell_code
from vibepiper.code_subjects import HasCode, Names, Subject, Subjects, closure_of, has_code
from vibepiper.definitions import Chain, Decorator, Definition, digest
from vibepiper.plain_data import show_value, tell_value

__all__ = ["CodeParts", "Making", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of code or data. ``digest`` is of it alone, ``shown`` what people compare, and
    ``uses`` what it reaches, by the name under which it does."""

    label: str
    digest: str
    shown: str
    uses: tuple[tuple[str, Subject], ...] = ()


class CodeParts:
    """Finds parts and keeps them, so that what many assets share is looked at once. A value is
    that of the moment when its part is first asked for."""

    def __init__(self, root: Path) -> None:
        self.subjects = Subjects(root)
        self._known: dict[tuple[object, ...], tuple[Subject, Part]] = {}

    def root(self, function: Callable[..., object]) -> Subject:
        """Where an asset begins: its function, or what a library made it of."""
        if has_code(function):
            return Subject("told", function)
        found = self.subjects.code(function)
        if isinstance(found, Subject):
            return found
        if isinstance(function, types.FunctionType):
            return Subject("function", function)
        return Subject("value", function, "function", function)

    def part(self, subject: Subject) -> Part:
        if (known := self._known.get(subject.key)) is None:
            # The subject is kept too, so that its id stays its own.
            known = self._known[subject.key] = (subject, self._make(subject))
        return known[1]

    def _make(self, subject: Subject) -> Part:
        match subject.kind:
            case "function":
                return self._function(cast("types.FunctionType", subject.value))
            case "class":
                return self._class(cast("type", subject.value))
            case "module":
                return self._module(cast("Path", subject.value), subject.name)
            case "value":
                return self._value(subject)
            case "told":
                return self._told(cast("HasCode", subject.value))

    def _function(self, function: types.FunctionType) -> Part:
        made = Making(self.subjects)
        if self.subjects.owns_function(function):
            self._own_function(function, made)
        else:
            made.told.append(function.__code__.co_qualname)
            made.values(closure_of(function), function)
        made.values(_defaults(function), function)
        if (wrapped := vars(function).get("__wrapped__")) is not None:
            made.values({"__wrapped__": wrapped}, function)
        file = self.subjects.files.name(function.__code__.co_filename)
        return made.part(f"function {_named(function)}() in {file}")

    def _own_function(self, function: types.FunctionType, made: Making) -> None:
        code = function.__code__
        source = self.subjects.files.source(code.co_filename, function.__globals__)
        names = Names(function.__globals__, function, closure_of(function), source)
        definition = source.function(code) if source is not None else None
        if definition is not None:
            made.definition(definition, names)
        else:
            made.told.append(tell_code(code))
            made.names(names_in(code, function.__globals__), names)

    def _class(self, kind: type) -> Part:
        module, file = self.subjects.home(kind)
        source = self.subjects.files.source(file, module)
        made = Making(self.subjects)
        definition = source.classes.get(kind.__qualname__) if source is not None else None
        if definition is not None:
            made.definition(definition, Names(module, kind, _closures(kind), source))
        else:
            made.told.append(kind.__qualname__)
            made.values(_members(kind), kind)
        return made.part(f"class {_named(kind)} in {self.subjects.files.name(file)}")

    def _module(self, file: Path, name: str) -> Part:
        made = Making(self.subjects)
        source = self.subjects.files.source(str(file), {})
        if source is None:
            made.told.append(file.read_bytes().hex())
        else:
            made.told.append(source.whole.digest)
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            made.modules(source.whole, package)
        return made.part(f"module {self.subjects.files.name(str(file))}")

    def _told(self, owner: HasCode) -> Part:
        made = Making(self.subjects)
        made.values(owner.code_values(), owner)
        return made.part(f"asset {_named(owner)}")

    def _value(self, subject: Subject) -> Part:
        made = Making(self.subjects)
        made.told.append(tell_value(subject.value, self.subjects.files.root, made))
        owner = subject.owner
        if isinstance(owner, dict):
            file = str(owner.get("__file__", ""))
            label = f"constant {subject.name} in {self.subjects.files.name(file)}"
        else:
            label = f"value {subject.name} of {_named(owner)}"
        return made.part(label, show_value(subject.name, subject.value))


class Making:
    """A part in the making: what was told of it so far, and what it uses."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects
        self.told: list[str] = []
        self.uses: list[tuple[str, Subject]] = []

    def part(self, label: str, shown: str | None = None) -> Part:
        made = digest("\0".join(self.told))
        return Part(label, made, shown or f"#{made[:12]}", tuple(self.uses))

    def definition(self, definition: Definition, names: Names) -> None:
        self.told.append(definition.digest)
        self.names(definition.reads, names)
        self.modules(definition, names.package)
        for decorator in definition.decorators:
            if not self._is_vibepiper(decorator, names):
                self.told.append(decorator.digest)
                self.names(decorator.reads, names)

    def _is_vibepiper(self, decorator: Decorator, names: Names) -> bool:
        """Its settings are the asset's, which count by themselves."""
        first = decorator.target[:1]
        found = [where[n] for n in first for where in (names.closure, names.module) if n in where]
        return bool(found) and self._subjects.is_vibepiper(found[0])

    def modules(self, definition: Definition, package: str) -> None:
        """Modules imported where they are needed count whole: whether one was imported yet may
        not matter, so none of its objects is looked at."""
        for name, file in self._subjects.files.modules(definition.imports, package):
            self.uses.append((name, Subject("module", file, name)))

    def values(self, values: Mapping[str, object], owner: object) -> None:
        for name, value in values.items():
            self._use(name, self._subjects.code(value) or Subject("value", value, name, owner))

    def names(self, chains: Iterable[Chain], names: Names) -> None:
        for chain in chains:
            if (found := self._subjects.read(chain, names)) is not None:
                self._use(".".join(chain), found)

    def _use(self, name: str, found: Subject | str) -> None:
        if isinstance(found, Subject):
            self.uses.append((name, found))
        else:
            self.told.append(f"{name}={found}")

    def code(self, value: object) -> str | None:
        """A piece of code within a value, for `vibepiper.plain_data.tell_value`."""
        found = self._subjects.code(value)
        if not isinstance(found, Subject):
            return found
        name = f"[{len(self.uses)}]"
        self.uses.append((name, found))
        return name

    def is_own(self, kind: type) -> bool:
        return self._subjects.owns_class(kind)


def _named(owner: object) -> str:
    name = str(getattr(owner, "__qualname__", type(owner).__qualname__))
    return name.replace("<locals>.", "")


def _defaults(function: types.FunctionType) -> dict[str, object]:
    """The defaults of its parameters, which were made when it was."""
    code = function.__code__
    given = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(given) : code.co_argcount]
    return {**dict(zip(names, given, strict=True)), **(function.__kwdefaults__ or {})}


def _closures(kind: type) -> dict[str, object]:
    """The variables of functions around the class that its methods use."""
    found: dict[str, object] = {}
    for member in vars(kind).values():
        function = getattr(member, "__func__", member)
        if isinstance(function, types.FunctionType):
            found |= closure_of(function)
    found.pop("__class__", None)
    return found


def _members(kind: type) -> dict[str, object]:
    """What a class that has no source holds, but for what Python puts there."""
    return {name: value for name, value in sorted(vars(kind).items()) if name[:2] != "__"}
