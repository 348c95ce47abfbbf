"""What a template mentions, found without rendering it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jinja2 import TemplateSyntaxError, nodes

__all__ = ["FUNCTIONS", "Mentions", "merge_mentions", "read_mentions"]

FUNCTIONS = frozenset({"is_incremental", "param", "ref", "source", "sql"})
"""What templates can call."""

_JINJA = frozenset({"caller", "cycler", "dict", "joiner", "kwargs", "loop", "namespace"})
_OTHER = _JINJA | {"range", "self", "super", "true", "false", "none", "True", "False", "None"}


@dataclass(frozen=True)
class Mentions:
    """``names`` are variables that the template reads and does not set; ``refs``, ``params`` (with
    whether it has no default) and ``sources`` what it calls these functions with; ``templates``
    the files that it imports; ``own`` whether it asks for what is published of the asset."""

    names: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    params: dict[str, bool] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    own: bool = False


class _Reader:
    def __init__(self) -> None:
        self.read: dict[str, None] = {}
        self.set: set[str] = set()
        self.refs: dict[str, None] = {}
        self.params: dict[str, bool] = {}
        self.sources: dict[str, None] = {}
        self.templates: dict[str, None] = {}
        self.own = False
        self.texts = 0

    def visit(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.TemplateData):
            node.number = self.texts  # type: ignore[attr-defined]
            self.texts += 1
        elif isinstance(node, nodes.Name):
            self._name(node)
        elif isinstance(node, nodes.Call) and self._call(node):
            return
        elif isinstance(node, (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends)):
            self._template(node)
        elif isinstance(node, (nodes.Macro, nodes.CallBlock)):
            self.set |= {argument.name for argument in node.args}
            if isinstance(node, nodes.Macro):
                self.set.add(node.name)
        elif isinstance(node, nodes.ScopedEvalContextModifier):
            raise TemplateSyntaxError("SQL has no {% autoescape %}", node.lineno)
        for child in node.iter_child_nodes():
            self.visit(child)

    def _name(self, node: nodes.Name) -> None:
        if node.name == "this":
            self.own = True
        if node.name == "sql":
            raise TemplateSyntaxError('sql() is called with a text: sql("...")', node.lineno)
        if node.ctx == "load":
            self.read[node.name] = None
        else:
            self.set.add(node.name)

    def _call(self, node: nodes.Call) -> bool:
        """Whether nothing in it is to be read."""
        if not isinstance(node.node, nodes.Name) or node.node.name not in FUNCTIONS:
            return False
        name = node.node.name
        first = node.args[0] if node.args else None
        text = first.value if isinstance(first, nodes.Const) else None
        if name == "is_incremental":
            self.own = True
        elif name == "ref":
            if isinstance(text, str):
                self.refs[text] = None
        elif not isinstance(text, str):
            raise TemplateSyntaxError(f"{name}() takes a text in quotes", node.lineno)
        elif name == "param":
            required = len(node.args) + len(node.kwargs) < 2
            self.params[text] = self.params.get(text, False) or required
        elif name == "source":
            self.sources[text] = None
        return name == "sql"

    def _template(
        self, node: nodes.Import | nodes.FromImport | nodes.Include | nodes.Extends
    ) -> None:
        if not isinstance(node.template, nodes.Const) or not isinstance(node.template.value, str):
            raise TemplateSyntaxError("the file is named in quotes", node.lineno)
        self.templates[node.template.value] = None
        if isinstance(node, nodes.Import):
            self.set.add(node.target)
        elif isinstance(node, nodes.FromImport):
            self.set |= {each[1] if isinstance(each, tuple) else each for each in node.names}

    def free(self) -> Iterator[str]:
        known = self.set | FUNCTIONS | _OTHER | {"this"}
        return (name for name in self.read if name not in known)


def read_mentions(template: nodes.Template) -> Mentions:
    """Reads a parsed template, and numbers its texts in their order."""
    reader = _Reader()
    reader.visit(template)
    return Mentions(
        tuple(reader.free()),
        tuple(reader.refs),
        reader.params,
        tuple(reader.sources),
        tuple(reader.templates),
        reader.own,
    )


def merge_mentions(several: Iterable[Mentions]) -> Mentions:
    """What any of several templates mentions."""
    found = list(several)
    params: dict[str, bool] = {}
    for each in found:
        for name, required in each.params.items():
            params[name] = params.get(name, False) or required
    return Mentions(
        _unique(each.names for each in found),
        _unique(each.refs for each in found),
        params,
        _unique(each.sources for each in found),
        _unique(each.templates for each in found),
        any(each.own for each in found),
    )


def _unique(several: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in several for name in names))
