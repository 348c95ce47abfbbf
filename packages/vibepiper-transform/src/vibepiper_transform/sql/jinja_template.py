"""A template with logic, as Jinja reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType

from jinja2 import Template, TemplateError, TemplateNotFound, TemplateSyntaxError, nodes
from vibepiper.errors import DefinitionError, Location, VibePiperError, suggest

from vibepiper_transform.sql.environment import environment
from vibepiper_transform.sql.fragment import Fragment
from vibepiper_transform.sql.mentions import FUNCTIONS, Mentions, merge_mentions
from vibepiper_transform.sql.origin import FileOrigin, Origin
from vibepiper_transform.sql.rendering import Rendering, rendering

__all__ = ["JinjaTemplate"]

_UNDEFINED = re.compile(r"'([^']+)' is undefined")


class JinjaTemplate:
    """``name`` tells it from the files of ``folder`` that it imports."""

    def __init__(self, name: str, origin: Origin, folder: Path) -> None:
        self._name = name
        self._origin = origin
        self._jinja = environment(folder)

    @property
    def is_readable(self) -> bool:
        """Whether it is a template at all."""
        try:
            return bool(self._tree)
        except DefinitionError:
            return False

    @cached_property
    def mentions(self) -> Mentions:
        """What it mentions, with the assets that its macro files refer to. Raises
        `DefinitionError` for a template with a mistake."""
        found = self._jinja.mentions(self._tree)
        others = [self._jinja.mentions(self._imported(name)[1]) for name in self.imported]
        # The variables of a macro file are its own.
        return merge_mentions([found, *(replace(each, names=()) for each in others)])

    @cached_property
    def imported(self) -> dict[str, str]:
        """The texts of the files that it imports, directly or through others, by their names."""
        found: dict[str, str] = {}
        waiting = list(self._jinja.mentions(self._tree).templates)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name], tree = self._imported(name)
                waiting += self._jinja.mentions(tree).templates
        return found

    def render(self, what: Rendering) -> Fragment:
        """The SQL, with marks in place of values and assets. Raises `DefinitionError`."""
        with rendering(what):
            try:
                made = self._compiled
                context = made.new_context(dict(what.names))
                return self._jinja.concat(made.root_render_func(context))
            except VibePiperError as error:
                at = self._line_of(error.__traceback__) or error.at
                kind = type(error) if isinstance(error, DefinitionError) else DefinitionError
                raise kind(error.message, at=at, hint=error.hint) from error
            except TemplateSyntaxError as error:
                raise self._syntax(error) from error
            except Exception as error:
                # An expression of the template may raise whatever Python does.
                raise self._refusal(error, what) from error

    def text_offsets(self, source: str) -> Sequence[int]:
        """Where each run of text of a template begins."""
        return tuple(self._text_offsets(source))

    @cached_property
    def _tree(self) -> nodes.Template:
        try:
            return self._jinja._parse(self._origin.text, self._name, self._name)
        except TemplateSyntaxError as error:
            raise self._syntax(error) from error

    @cached_property
    def _compiled(self) -> Template:
        code = self._jinja.compile(self._tree, self._name, self._name)
        return self._jinja.template_class.from_code(self._jinja, code, self._jinja.globals)

    def _imported(self, name: str) -> tuple[str, nodes.Template]:
        try:
            assert self._jinja.loader is not None
            source, file, _ = self._jinja.loader.get_source(self._jinja, name)
        except TemplateNotFound as error:
            raise self._not_found(error) from error
        except (OSError, UnicodeDecodeError) as error:
            at = Location(str(self._jinja.folder / name))
            raise DefinitionError(f"cannot be read: {error}", at=at) from error
        try:
            return source, self._jinja._parse(source, name, file)
        except TemplateSyntaxError as error:
            raise self._syntax(error) from error

    def _syntax(self, error: TemplateSyntaxError) -> DefinitionError:
        at = self._at(error.name or self._name, error.lineno)
        return DefinitionError(f"the template cannot be read: {error.message}", at=at)

    def _not_found(self, error: TemplateNotFound) -> DefinitionError:
        there = [p.relative_to(self._jinja.folder) for p in self._jinja.folder.rglob("*.sql")]
        return DefinitionError(
            f"the template imports '{error.name}', which is no file of {self._jinja.folder}",
            at=self._origin.place(1),
            hint=suggest(str(error.name), [path.as_posix() for path in there]),
        )

    def _refusal(self, error: Exception, what: Rendering) -> DefinitionError:
        at = self._line_of(error.__traceback__) or self._origin.place(1)
        text = (error.message if isinstance(error, TemplateError) else None) or str(error)
        if (undefined := _UNDEFINED.search(text)) is None:
            return DefinitionError(f"the template failed: {text}", at=at)
        name = undefined[1]
        return DefinitionError(
            f"the template names '{name}', which is neither an upstream of this asset nor a "
            "parameter",
            at=self._within(at, name),
            hint=f"{suggest(name, {*what.names, *FUNCTIONS})} Upstreams of a function with "
            "parameters are named by depends_on.",
        )

    def _line_of(self, trace: TracebackType | None) -> Location | None:
        """The innermost line of a template that an error came through."""
        found = None
        while trace is not None:
            template = trace.tb_frame.f_globals.get("__jinja_template__")
            if template is not None:
                found = (template.name, template.get_corresponding_lineno(trace.tb_lineno))
            trace = trace.tb_next
        return None if found is None else self._at(*found)

    def _at(self, template: str, line: int) -> Location:
        if template == self._name:
            return self._origin.place(line)
        return FileOrigin(str(self._jinja.folder / template), "").place(line)

    def _within(self, at: Location, name: str) -> Location:
        """The place of a name within the line."""
        for number, line in enumerate(self._origin.text.splitlines(), start=1):
            if (place := self._origin.place(number)).line == at.line and place.file == at.file:
                found = re.search(rf"\b{re.escape(name)}\b", line)
                return at if found is None else self._origin.place(number, found.start() + 1)
        return at

    def _text_offsets(self, source: str) -> Iterator[int]:
        """In the order in which the parser meets them."""
        position = 0
        for _, kind, text in self._jinja.lexer.tokeniter(source, None):
            position = source.find(text, position)
            if kind == "data" and text:
                yield position
            position += len(text)
