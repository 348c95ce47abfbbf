"""Reading a file's source as what it does.

A digest is made of the syntax tree without its empty fields, without what has no effect (texts
that stand as statements) and without what differs between versions of Python, so that every
version that can read a file gives the same.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from vibepiper.definitions import Chain, Decorator, Definition, Import, SourceFile, digest
from vibepiper.garbage import uncollected

__all__ = ["read_source"]

_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
_FIELDS = {
    kind: tuple(name for name in kind._fields if name not in _LEFT_OUT)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_BODIES = frozenset({"body", "orelse", "finalbody"})


def read_source(text: str | bytes) -> SourceFile | None:
    """None for what no syntax tree can be made of, and for one that is nested too deeply."""
    walk = _Walk()
    try:
        with uncollected():
            whole = walk.module(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    functions = {key: tuple(found) for key, found in walk.functions.items()}
    return SourceFile(functions, walk.classes, walk.aliases, whole)


@dataclass(slots=True)
class _Scope:
    """The names of one function, class or comprehension. ``within``: what those inside read."""

    is_class: bool = False
    bound: set[str] = field(default_factory=set)
    outward: set[str] = field(default_factory=set)
    reads: set[Chain] = field(default_factory=set)
    within: set[Chain] = field(default_factory=set)
    imports: dict[Import, None] = field(default_factory=dict)

    def free(self) -> set[Chain]:
        """What enclosing scopes provide. A class does not hide its names from its methods."""
        bound = self.bound - self.outward
        inner = self.within if self.is_class else _unbound(self.within, bound)
        return _unbound(self.reads, bound) | inner


def _unbound(chains: set[Chain], bound: set[str]) -> set[Chain]:
    return {chain for chain in chains if chain[0] not in bound}


class _Walk:
    """One pass over a file's tree: tokens of what it does, and definitions, each made of the
    tokens since it began."""

    def __init__(self) -> None:
        self.functions: dict[tuple[int, str], list[Definition]] = {}
        self.classes: dict[str, Definition] = {}
        self.aliases: dict[str, Import] = {}
        self._tokens: list[str] = []
        self._scopes = [_Scope()]
        self._path: list[str] = []

    def module(self, tree: ast.Module) -> Definition:
        self._body(tree.body)
        return self._definition(0, self._scopes[0])

    def _definition(
        self,
        begin: int,
        scope: _Scope,
        decorators: tuple[Decorator, ...] = (),
        node: ast.expr | ast.stmt | None = None,
    ) -> Definition:
        told = digest("\0".join(self._tokens[begin:]))
        extent = (0, 0, 0, 0)
        if node is not None:
            end = (node.end_lineno or 0, node.end_col_offset or 0)
            extent = (node.lineno, node.col_offset, *end)
        reads = tuple(sorted(scope.free()))
        return Definition(told, reads, tuple(scope.imports), decorators, extent)

    def _close(self) -> None:
        scope = self._scopes.pop()
        outer = self._scopes[-1]
        outer.within |= scope.free()
        outer.imports.update(scope.imports)

    def _visit(self, node: ast.AST) -> None:
        handler = _HANDLERS.get(node.__class__)
        if handler is None:
            self._generic(node)
        else:
            handler(self, node)

    def _generic(self, node: ast.AST) -> None:
        self._tokens.append(node.__class__.__name__)
        for name in _FIELDS[node.__class__]:
            value = getattr(node, name, None)
            if value is None or value == []:
                continue
            self._tokens.append(name)
            if isinstance(value, ast.AST):
                self._visit(value)
            elif isinstance(value, list):
                (self._body if name in _BODIES else self._items)(value)
            else:
                self._tokens.append(_constant(value))
        self._tokens.append(")")

    def _items(self, values: Iterable[object]) -> None:
        for value in values:
            if isinstance(value, ast.AST):
                self._visit(value)
            else:
                self._tokens.append(_constant(value))
        self._tokens.append("]")

    def _body(self, statements: Iterable[object]) -> None:
        self._items(statement for statement in statements if not _is_text(statement))

    def _name(self, node: ast.Name) -> None:
        self._tokens.append(node.id)
        scope = self._scopes[-1]
        if isinstance(node.ctx, ast.Load):
            scope.reads.add((node.id,))
        else:
            scope.bound.add(node.id)

    def _attribute(self, node: ast.Attribute) -> None:
        chain: list[str] = []
        value: ast.expr = node
        while isinstance(value, ast.Attribute):
            chain.insert(0, value.attr)
            value = value.value
        if isinstance(value, ast.Name):
            chain.insert(0, value.id)
            self._scopes[-1].reads.add(tuple(chain))
        else:
            self._visit(value)
        self._tokens.append(f".{'.'.join(chain)}")

    def _literal(self, node: ast.Constant) -> None:
        self._tokens.append(_constant(node.value))

    def _text(self, node: ast.JoinedStr) -> None:
        """An f-string. How its plain text is cut into pieces differs between versions."""
        self._tokens.append("JoinedStr")
        plain = ""
        for value in node.values:
            if isinstance(value, ast.Constant):
                plain += str(value.value)
            else:
                self._tokens.append(_constant(plain))
                self._visit(value)
                plain = ""
        self._tokens += (_constant(plain), ")")

    def _format(self, node: ast.FormattedValue) -> None:
        self._visit(node.value)
        self._tokens.append(f"!{node.conversion}")
        if isinstance(node.format_spec, ast.JoinedStr) and node.format_spec.values:
            self._text(node.format_spec)

    def _binding(self, node: ast.AST) -> None:
        """What binds a name that is no expression: ``except E as name``, ``case [*name]``."""
        for name in ("name", "rest"):
            if (bound := getattr(node, name, None)) is not None:
                self._scopes[-1].bound.add(bound)
        self._generic(node)

    def _outward(self, node: ast.Global | ast.Nonlocal) -> None:
        self._generic(node)
        self._scopes[-1].outward.update(node.names)

    def _import(self, node: ast.Import) -> None:
        self._generic(node)
        for alias in node.names:
            found = Import(alias.name)
            first = alias.name.partition(".")[0]
            means = found if alias.asname else Import(first)
            self._imported(alias.asname or first, means, found)

    def _import_from(self, node: ast.ImportFrom) -> None:
        self._generic(node)
        for alias in node.names:
            found = Import(node.module or "", (alias.name,), node.level)
            self._imported(alias.asname or alias.name, found, found)

    def _imported(self, name: str, means: Import, found: Import) -> None:
        scope = self._scopes[-1]
        scope.bound.add(name)
        scope.imports[found] = None
        if len(self._scopes) == 1:
            self.aliases[name] = means

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = tuple(self._decorator(each) for each in node.decorator_list)
        self._scopes[-1].bound.add(node.name)
        self._tokens.append(node.name)
        begin = len(self._tokens)
        self._tokens.append(node.__class__.__name__)
        self._items([*getattr(node, "type_params", ()), node.returns])
        scope = self._open(node.args)
        self._path += (node.name, "<locals>")
        self._body(node.body)
        line = min(node.lineno, *(each.lineno for each in (*node.decorator_list, node)))
        self._defined(line, node.name, self._definition(begin, scope, decorators, node))
        del self._path[-2:]

    def _lambda(self, node: ast.Lambda) -> None:
        begin = len(self._tokens)
        self._tokens.append("Lambda")
        scope = self._open(node.args)
        self._visit(node.body)
        self._defined(node.lineno, "<lambda>", self._definition(begin, scope, (), node))

    def _defined(self, line: int, name: str, made: Definition) -> None:
        self.functions.setdefault((line, name), []).append(made)
        self._close()

    def _open(self, arguments: ast.arguments) -> _Scope:
        """A function's scope. Defaults and annotations belong to the scope around it."""
        self._generic(arguments)
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        given += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
        scope = _Scope(bound={argument.arg for argument in given})
        self._scopes.append(scope)
        return scope

    def _class(self, node: ast.ClassDef) -> None:
        decorators = tuple(self._decorator(each) for each in node.decorator_list)
        self._scopes[-1].bound.add(node.name)
        self._tokens.append(node.name)
        begin = len(self._tokens)
        scope = _Scope(is_class=True)
        self._scopes.append(scope)
        self._path.append(node.name)
        self._tokens.append("ClassDef")
        self._items([*getattr(node, "type_params", ()), *node.bases, *node.keywords])
        self._body(node.body)
        self.classes[".".join(self._path)] = self._definition(begin, scope, decorators, node)
        del self._path[-1]
        self._close()

    def _decorator(self, node: ast.expr) -> Decorator:
        begin = len(self._tokens)
        self._scopes.append(scope := _Scope())
        self._visit(node)
        told = digest("\0".join(self._tokens[begin:]))
        self._close()
        return Decorator(told, _target(node), tuple(sorted(scope.free())))

    def _comprehension(self, node: ast.AST) -> None:
        self._scopes.append(_Scope())
        self._generic(node)
        self._close()


_HANDLERS: dict[type[ast.AST], Callable[[_Walk, Any], None]] = {
    ast.Name: _Walk._name,
    ast.Attribute: _Walk._attribute,
    ast.Constant: _Walk._literal,
    ast.JoinedStr: _Walk._text,
    ast.FormattedValue: _Walk._format,
    ast.ExceptHandler: _Walk._binding,
    ast.MatchAs: _Walk._binding,
    ast.MatchStar: _Walk._binding,
    ast.MatchMapping: _Walk._binding,
    ast.Global: _Walk._outward,
    ast.Nonlocal: _Walk._outward,
    ast.Import: _Walk._import,
    ast.ImportFrom: _Walk._import_from,
    ast.FunctionDef: _Walk._function,
    ast.AsyncFunctionDef: _Walk._function,
    ast.Lambda: _Walk._lambda,
    ast.ClassDef: _Walk._class,
    ast.ListComp: _Walk._comprehension,
    ast.SetComp: _Walk._comprehension,
    ast.DictComp: _Walk._comprehension,
    ast.GeneratorExp: _Walk._comprehension,
}


def _target(node: ast.expr) -> Chain:
    names: list[str] = []
    while isinstance(node, (ast.Call, ast.Attribute)):
        if isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
        node = node.func if isinstance(node, ast.Call) else node.value
    return (node.id, *names) if isinstance(node, ast.Name) else ()


def _is_text(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _constant(value: object) -> str:
    """ASCII alone: which letters `repr` writes as they are differs between versions."""
    return f"{value:#x}" if type(value) is int else ascii(value)
