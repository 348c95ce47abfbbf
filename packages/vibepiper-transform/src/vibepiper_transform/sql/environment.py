"""Jinja, made to write SQL: in a sandbox, and with no way from a value into the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, nodes, pass_context
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from vibepiper.database import DatabaseTable

from vibepiper_transform.sql.fragment import Fragment, Piece, joined
from vibepiper_transform.sql.marks import Reference
from vibepiper_transform.sql.mention_reader import read_mentions
from vibepiper_transform.sql.mentions import Mentions
from vibepiper_transform.sql.rendering import OWN, current

__all__ = ["SqlEnvironment", "environment"]

_NO_FILTERS = ("e", "escape", "forceescape", "pprint", "random", "safe", "tojson", "urlize")
"""They write HTML, or something else every time."""


class _SqlCode(CodeGenerator):
    """Writes the template's own text as `Piece`, so that it can be told from values."""

    def _output_child_to_const(self, node: Any, frame: Any, finalize: Any) -> Any:
        if isinstance(node, nodes.TemplateData):
            return node
        raise nodes.Impossible

    def _output_const_repr(self, group: Any) -> str:
        pieces = ", ".join(_piece(self.name, each.data, each.lineno, each.number) for each in group)
        return f"environment.fragment(({pieces},))"

    def visit_Call(self, node: nodes.Call, *arguments: Any, **named: Any) -> None:  # noqa: N802
        if isinstance(node.node, nodes.Name) and node.node.name == "sql":
            text = node.args[0]
            piece = _piece(self.name, getattr(text, "value", ""), node.lineno, None)
            self.write(f"environment.fragment(({piece},))")
        else:
            super().visit_Call(node, *arguments, **named)


def _piece(template: str | None, text: str, line: int, number: int | None) -> str:
    return f"environment.piece({text!r}, {template!r}, {line}, {number})"


class _SqlTemplate(Template):
    """A macro file is read anew in each rendering, for what it writes holds marks."""

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        return self.make_module()


class SqlEnvironment(ImmutableSandboxedEnvironment):
    """Templates of one folder, in which macro files are found."""

    code_generator_class = _SqlCode
    template_class = _SqlTemplate
    concat = staticmethod(joined)
    piece = Piece
    fragment = Fragment

    def __init__(self, folder: Path) -> None:
        super().__init__(
            undefined=StrictUndefined,
            finalize=_finalize,
            loader=FileSystemLoader(folder),
            keep_trailing_newline=True,
        )
        self.folder = folder
        for name in _NO_FILTERS:
            del self.filters[name]
        del self.globals["lipsum"]
        self.globals.update(_FUNCTIONS, this=OWN)

    def mentions(self, tree: nodes.Template) -> Mentions:
        found: Mentions = tree.mentions  # type: ignore[attr-defined]
        return found

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        tree.mentions = read_mentions(tree)  # type: ignore[attr-defined]
        return tree


@cache
def environment(folder: Path) -> SqlEnvironment:
    return SqlEnvironment(folder)


@pass_context
def _finalize(context: Context, value: object) -> Fragment:
    """With a context no value is known when a template is compiled, and so none is written there
    as it is."""
    return current().output(value)


def _ref(name: object) -> Reference:
    return current().reference(name)


def _source(connector: str, table: str, schema: str | None = None) -> Reference:
    return current().table(connector, DatabaseTable(table, schema))


def _param(name: str, default: object = None) -> object:
    return current().param(name, default)


def _is_incremental() -> bool:
    return current().own is not None


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "ref": _ref,
    "source": _source,
    "param": _param,
    "is_incremental": _is_incremental,
}
