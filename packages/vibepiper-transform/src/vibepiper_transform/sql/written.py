"""Where the template of a SQL asset comes from: a function, or a file."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType
from typing import Protocol, cast

from vibepiper.assets import Parameter, parameters_of
from vibepiper.errors import DefinitionError, Location

from vibepiper_transform.sql.lexing import canonical
from vibepiper_transform.sql.mentions import Mentions, merge_mentions
from vibepiper_transform.sql.origin import FunctionOrigin
from vibepiper_transform.sql.template import SqlTemplate

__all__ = ["ComputedText", "FixedText", "Written", "written_by"]


class Written(Protocol):
    """How a template is had. ``parameters`` are what it takes itself to be made."""

    @property
    def at(self) -> Location: ...

    @property
    def parameters(self) -> tuple[Parameter, ...]: ...

    @property
    def mentions(self) -> Mentions: ...

    def template(self, arguments: Mapping[str, object]) -> SqlTemplate: ...

    def place_of(self, name: str) -> Location | None:
        """Where the template mentions a name."""
        ...

    def code_values(self, dialect: str) -> Mapping[str, object]:
        """What its code version is of."""
        ...


def written_by(function: Callable[..., object]) -> Written:
    """The text that a function returns. Without parameters it is always the same, and the function
    is called once, here."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, CodeType):
        raise DefinitionError(f"a SQL asset is declared by a function, not by {function!r}")
    at = Location(code.co_filename, code.co_firstlineno)
    if parameters := parameters_of(function, at):
        return ComputedText(function, parameters, at)
    return FixedText(_template(function, at, function()), at)


class FixedText:
    """A template that is known when the asset is declared."""

    parameters: tuple[Parameter, ...] = ()

    def __init__(self, template: SqlTemplate, at: Location) -> None:
        self._template = template
        self.at = at

    @property
    def mentions(self) -> Mentions:
        return self._template.mentions

    def template(self, arguments: Mapping[str, object]) -> SqlTemplate:
        return self._template

    def place_of(self, name: str) -> Location | None:
        return self._template.place_of(name)

    def code_values(self, dialect: str) -> Mapping[str, object]:
        return {"sql": canonical(self._template.text, dialect), **_macros(self._template, dialect)}


class ComputedText:
    """What a function returns for its arguments. What it mentions is looked for in the texts that
    stand in its code."""

    def __init__(
        self, function: Callable[..., object], parameters: tuple[Parameter, ...], at: Location
    ) -> None:
        self._function = function
        self.at = at
        self.parameters = parameters

    @property
    def mentions(self) -> Mentions:
        return merge_mentions([template.mentions for template in self._texts])

    def template(self, arguments: Mapping[str, object]) -> SqlTemplate:
        return _template(self._function, self.at, self._function(**arguments))

    def place_of(self, name: str) -> Location | None:
        found = (template.place_of(name) for template in self._texts)
        return next((place for place in found if place is not None), None)

    def code_values(self, dialect: str) -> Mapping[str, object]:
        macros: dict[str, object] = {}
        for template in self._texts:
            macros |= _macros(template, dialect)
        return {"sql": self._function, **macros}

    @cached_property
    def _texts(self) -> list[SqlTemplate]:
        code = cast("CodeType", inspect.unwrap(self._function).__code__)
        doc = self._function.__doc__
        found = (text for text in _constants(code) if text != doc and re.search(r"\{[{%]", text))
        templates = (_template(self._function, self.at, text) for text in found)
        # A part of a text is often no template by itself.
        return [template for template in templates if template.is_readable]


def _constants(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _constants(constant)


def _macros(template: SqlTemplate, dialect: str) -> dict[str, object]:
    return {name: canonical(text, dialect) for name, text in template.imported.items()}


def _template(function: Callable[..., object], at: Location, text: object) -> SqlTemplate:
    if not isinstance(text, str):
        raise DefinitionError(
            f"a SQL asset's function returns SQL text, found {text!r}",
            at=at,
            hint="Is a `return` missing?" if text is None else None,
        )
    return _read(function, at, text.replace("\r\n", "\n"))


@lru_cache(maxsize=1024)
def _read(function: Callable[..., object], at: Location, text: str) -> SqlTemplate:
    folder = Path(at.file).parent
    name = getattr(function, "__qualname__", "sql")
    origin = FunctionOrigin(at.file, at.line or 1, text, function)
    return SqlTemplate(name, origin, folder)
