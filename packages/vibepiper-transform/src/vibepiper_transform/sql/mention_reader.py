"""Reads what a template mentions from its tree."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import TemplateSyntaxError, nodes
from vibepiper.database import DatabaseTable

from vibepiper_transform.sql.mentions import FUNCTIONS, RESERVED, Mentions

__all__ = ["read_mentions"]


_KINDS: dict[type, object] = {bool: bool, int: int | float, float: float, list: list, tuple: list}
"""By the types of defaults; a bool is an int too."""


class _Reader:
    def __init__(self) -> None:
        self.read: dict[str, None] = {}
        self.set: set[str] = set()
        self.refs: dict[str, None] = {}
        self.params: dict[str, bool] = {}
        self.kinds: dict[str, object] = {}
        self.sources: dict[str, frozenset[DatabaseTable]] = {}
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
            if (kind := _kind(node)) is not None:
                self.kinds[text] = kind
        elif name == "source":
            self.sources[text] = self.sources.get(text, frozenset()) | _tables(node)
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
        known = self.set | FUNCTIONS | RESERVED
        return (name for name in self.read if name not in known)


def _kind(call: nodes.Call) -> object:
    """What a value is to be in whose place the default of ``param`` stands, to which a text of the
    command line is converted; None for a text, and where it is not known."""
    given = [*call.args[1:2], *(each.value for each in call.kwargs if each.key == "default")]
    try:
        default = given[0].as_const() if given else None
    except nodes.Impossible:
        return None
    return next((kind for of, kind in _KINDS.items() if isinstance(default, of)), None)


def _tables(call: nodes.Call) -> frozenset[DatabaseTable]:
    """What ``source`` is called with, where it stands there as texts."""
    given = dict(zip(("connector", "table", "schema"), call.args, strict=False))
    given |= {each.key: each.value for each in call.kwargs}
    texts = {name: n.value for name, n in given.items() if isinstance(n, nodes.Const)}
    if texts.keys() < given.keys() or not isinstance(texts.get("table"), str):
        return frozenset()
    return frozenset({DatabaseTable(texts["table"], texts.get("schema"))})


def read_mentions(template: nodes.Template) -> Mentions:
    """Reads a parsed template, and numbers its texts in their order."""
    reader = _Reader()
    reader.visit(template)
    return Mentions(
        tuple(reader.free()),
        tuple(reader.refs),
        reader.params,
        reader.kinds,
        reader.sources,
        tuple(reader.templates),
        reader.own,
    )
