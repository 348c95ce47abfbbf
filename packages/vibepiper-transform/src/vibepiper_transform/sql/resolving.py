"""Columns resolved: each name of a query given to the table that it is of, before it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Protocol

from sqlglot import exp
from vibepiper.errors import suggest

from vibepiper_transform.dialects.clauses import keys_of_all
from vibepiper_transform.dialects.set_operations import by_place
from vibepiper_transform.dialects.trees import integer, is_constant, whole
from vibepiper_transform.sql.chains import called
from vibepiper_transform.sql.columns import Columns
from vibepiper_transform.sql.comprehensions import by_functions
from vibepiper_transform.sql.folding import Folding
from vibepiper_transform.sql.marks import Reference
from vibepiper_transform.sql.named_windows import write_windows_out
from vibepiper_transform.sql.parsing import ParsedQuery, check_leftover
from vibepiper_transform.sql.projecting import project
from vibepiper_transform.sql.scope import Both, Output, Scope
from vibepiper_transform.sql.tables import add_tables, renamed
from vibepiper_transform.sql.unnamed_rows import give_names
from vibepiper_transform.sql.values import mark_of, value_list, value_tree

__all__ = ["Resolver", "Upstream"]

Ctes = Mapping[str, tuple[str, list[Output]]]

_LEAVES = frozenset({exp.Identifier, exp.Literal, exp.Star})
_DONE = frozenset({"with_", "from_", "joins", "laterals", "expressions", "having", "order"})
_SETS = (exp.Cube, exp.GroupingSets, exp.Paren, exp.Rollup, exp.Tuple)


class Upstream(Protocol):
    """What a reference stands for."""

    def body(self) -> exp.Expr:
        """What a FROM reads."""
        ...

    def outputs(self) -> list[Output]: ...


class Resolver:
    """Resolves one query, whose tree is changed where it stands. ``upstreams`` are the assets by
    their keys, ``taken`` names that no table of the query may have, ``dialect`` is sqlglot's name;
    ``read`` are in the end the keys of those that it reads."""

    def __init__(
        self,
        parsed: ParsedQuery,
        folding: Folding,
        upstreams: Mapping[str, Upstream],
        references: Mapping[str, Reference],
        taken: Iterable[str],
        dialect: str,
    ) -> None:
        self.parsed = parsed
        self.folding = folding
        self.upstreams = upstreams
        self.references = references
        self.columns = Columns(parsed, folding)
        self.used: Counter[str] = Counter()
        self.read: dict[str, None] = {}
        self._taken = {name.lower() for name in taken}
        self.is_duckdb = dialect == "duckdb"
        self.merges_in_place = dialect in ("duckdb", "sqlite")

    def run(self) -> list[Output]:
        """The columns of the query. Raises `DefinitionError` at the place of the first mistake."""
        outputs = self.query(self.parsed.tree, None, {})
        self.used.update(self.columns.marks)
        check_leftover(self.parsed, self.used)
        return outputs

    def fresh(self, name: str) -> str:
        """A name that no table has yet."""
        number = 1
        while f"{name}_{number}" in self._taken:
            number += 1
        self._taken.add(f"{name}_{number}")
        return f"{name}_{number}"

    def named(self, name: exp.Identifier) -> str:
        """The name that the query gives to a column or a table."""
        if name.this in self.parsed.marks:
            raise self.parsed.error(
                "a value or an asset of the template stands where a name is given",
                name,
                'Names are written by the template: AS name, or sql("name") in a macro.',
            )
        return self.folding.new(name)

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> list[Output]:
        if isinstance(node, exp.Select):
            return self._select(node, outer, self._with(node, outer, ctes))
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, outer, self._with(node, outer, ctes))
        if isinstance(node, exp.Subquery):
            known = self._with(node, outer, ctes)
            outputs = self.query(node.this, outer, known)
            self._tail(node, outputs, known)
            return outputs
        raise self.parsed.error(f"a SQL asset only reads, and this is {node.key.upper()}", node)

    def walk(self, root: exp.Expr, scope: Scope, *, aliases: bool = False) -> None:
        """Resolves everything below, and what is itself a column."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, exp.Column):
                self._column(node, scope, aliases=aliases)
            elif isinstance(node, exp.Query):
                self.query(node, scope, scope.ctes)
            elif isinstance(node, exp.Columns):
                raise self.parsed.error(
                    "COLUMNS() is not supported in SQL assets",
                    node,
                    "Write the columns, or a star: SELECT * EXCLUDE (a, b).",
                )
            elif isinstance(node, exp.LimitOptions) and self._is_dropped(node):
                raise self.parsed.error(
                    "DuckDB has no FETCH WITH TIES", node, "Rank the rows by a window."
                )
            elif isinstance(node, exp.Comprehension):
                waiting.append(self._listed(node))
            elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
                waiting.append(node.replace(called(node)))
            elif type(node) not in _LEAVES:
                if isinstance(node, exp.In) and self._is_empty(node):
                    waiting.append(node.this)
                else:
                    waiting.extend(node.iter_expressions())

    def walk_all(self, nodes: Iterable[object], scope: Scope, *, aliases: bool = False) -> None:
        for node in list(nodes):
            if isinstance(node, exp.Expr):
                self.walk(node, scope, aliases=aliases)

    def _is_dropped(self, node: exp.LimitOptions) -> bool:
        """Whether sqlglot writes a limit without it."""
        return self.is_duckdb and bool(node.args.get("with_ties"))

    def _listed(self, node: exp.Comprehension) -> exp.Expr:
        """Puts functions of lists, which say the same, in the place of a comprehension, whose name
        is no column."""
        made = by_functions(node)
        around = node.parent
        (around if isinstance(around, exp.Array) else node).replace(made)
        return made

    def _is_empty(self, node: exp.In) -> bool:
        """Puts lists of values into an IN, and says whether it became false, as nothing is in
        an empty one."""
        self.used.update(value_list(node, self.parsed))
        return node.parent is None

    def _column(self, node: exp.Column, scope: Scope, *, aliases: bool) -> None:
        if (mark := mark_of(node, self.parsed)) is not None:
            node.replace(value_tree(node, self.parsed.marks[mark], self.parsed))
            self.used[mark] += 1
        elif isinstance(node.this, exp.Star):
            raise self.parsed.error("a star stands for columns only after SELECT", node)
        else:
            self.columns.resolve(node, scope, aliases=aliases)

    def _with(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Ctes:
        clause = node.args.get("with_")
        if clause is None:
            return ctes
        known = dict(ctes)
        for cte in clause.expressions:
            alias = cte.args["alias"]
            name = self.named(alias.this)
            exact = self.fresh(name) if name.lower() in self._taken else name
            alias.set("this", exp.to_identifier(exact, quoted=True))
            query = cte.this
            give_names(query, alias.args.get("columns") or ())
            if clause.args.get("recursive") and isinstance(query, exp.SetOperation):
                first = renamed(self, alias.copy(), self.query(query.this, outer, known))
                known[name.lower()] = (exact, first)
                outputs = self._finish(query, first, outer, known)
            else:
                outputs = self.query(query, outer, known)
            known[name.lower()] = (exact, renamed(self, alias, outputs))
        return known

    def _select(self, node: exp.Select, outer: Scope | None, ctes: Ctes) -> list[Output]:
        for name in ("into", "locks"):
            if node.args.get(name):
                raise self.parsed.error(
                    f"a SQL asset only reads, and this has {name.upper()}", node
                )
        write_windows_out(self.parsed, node)
        scope = Scope(outer, ctes)
        add_tables(self, node, scope)
        outputs = project(self, node, scope)
        self._distinct_on(node, scope)
        self._constant_keys(node, scope)
        for name, value in list(node.args.items()):
            if name not in _DONE and value:
                self.walk_all(value if isinstance(value, list) else [value], scope, aliases=True)
        self._check_keys(node)
        self._having(node, scope)
        if (order := node.args.get("order")) is not None:
            self._order(order, outputs, scope)
        return outputs

    def _distinct_on(self, select: exp.Select, scope: Scope) -> None:
        """Its keys are columns of the result before any of the tables', as those of ORDER BY."""
        distinct = select.args.get("distinct")
        for key in distinct.args["on"].expressions if distinct and distinct.args.get("on") else ():
            if isinstance(key, exp.Column) and len(key.parts) == 1:
                self._by_alias(key, scope)

    def _constant_keys(self, select: exp.Select, scope: Scope) -> None:
        """A key by the alias of a constant is told by its place: the constant itself would be the
        place of another column, or is none to PostgreSQL."""
        group = select.args.get("group")
        names = [node.alias_or_name.lower() for node in select.expressions]
        for key in list(group.expressions) if group is not None else ():
            if not isinstance(key, exp.Column) or len(key.parts) > 1:
                continue
            made = scope.aliases.get(key.name.lower())
            if made is None or not is_constant(made) or mark_of(key, self.parsed) is not None:
                continue
            if self.columns.match(key.this, scope) is None:
                key.replace(integer(names.index(key.name.lower()) + 1))

    def _check_keys(self, select: exp.Select) -> None:
        """Raises `DefinitionError` for a window among the keys: it is computed of the groups."""
        for key in _keys(select):
            for window in key.find_all(exp.Window):
                if window.find_ancestor(exp.Query) is select:
                    raise self.parsed.error(
                        "a window is computed after the groups, and cannot be one of their keys",
                        window,
                        "Compute it in a query of its own: FROM (SELECT ... OVER ...).",
                    )

    def _having(self, select: exp.Select, scope: Scope) -> None:
        """What is no key, and outside of aggregates, is a column of the result: in DuckDB."""
        if (having := select.args.get("having")) is None:
            return
        for column in list(having.find_all(exp.Column)) if self.is_duckdb else ():
            aggregate = column.find_ancestor(exp.AggFunc, exp.Query)
            if len(column.parts) == 1 and aggregate is select and not self._is_key(column, select):
                self._by_alias(column, scope)
        self.walk(having, scope, aliases=True)

    def _is_key(self, name: exp.Column, select: exp.Select) -> bool:
        """Whether a column of the name is one of the keys, which are resolved."""
        return any(
            isinstance(key, exp.Column) and key.name.lower() == name.name.lower()
            for key in _keys(select)
        )

    def _by_alias(self, column: exp.Column, scope: Scope) -> None:
        made = scope.aliases.get(column.name.lower())
        if made is not None and mark_of(column, self.parsed) is None:
            column.replace(exp.paren(self.columns.copied(made), copy=False))

    def _set_operation(
        self, node: exp.SetOperation, outer: Scope | None, ctes: Ctes
    ) -> list[Output]:
        return self._finish(node, self.query(node.this, outer, ctes), outer, ctes)

    def _finish(
        self, node: exp.SetOperation, left: list[Output], outer: Scope | None, ctes: Ctes
    ) -> list[Output]:
        if not node.args.get("by_name"):
            give_names(node.expression, [exp.to_identifier(o.name, quoted=True) for o in left])
        right = self.query(node.expression, outer, ctes)
        if node.args.get("by_name"):
            outputs = _united(by_place(node), left, right)
        elif len(left) != len(right):
            raise self.parsed.error(
                f"the first query of {node.key.upper()} has {len(left)} columns, this one "
                f"{len(right)}",
                node.expression,
            )
        else:
            outputs = [
                Output(one.name, Both(one.origin, two.origin))
                for one, two in zip(left, right, strict=True)
            ]
        self._tail(node, outputs, ctes)
        return outputs

    def _tail(self, node: exp.Expr, outputs: list[Output], ctes: Ctes) -> None:
        """ORDER BY and LIMIT of what is no SELECT: they know its columns alone."""
        scope = Scope(None, ctes)
        for name in ("limit", "offset"):
            if (value := node.args.get(name)) is not None:
                self.walk(value, scope)
        if (order := node.args.get("order")) is not None:
            self._order(order, outputs, scope)

    def _order(self, order: exp.Expr, outputs: list[Output], scope: Scope) -> None:
        for ordered in order.expressions:
            term = ordered.this if isinstance(ordered, exp.Ordered) else ordered
            if not isinstance(term, exp.Column) or not self._by_output(term, outputs, scope):
                self.walk(term, scope, aliases=True)

    def _by_output(self, term: exp.Column, outputs: list[Output], scope: Scope) -> bool:
        """Whether a column of the result is meant, before any of the tables'."""
        if len(term.parts) > 1 or mark_of(term, self.parsed) is not None:
            return False
        lower = term.name.lower()
        found = [output for output in outputs if output.name.lower() == lower]
        if not found:
            if not scope.tables:
                names = [output.name for output in outputs]
                hint = suggest(term.name, names)
                raise self.parsed.error(f"there is no column '{term.name}'", term, hint)
            return False
        origin = found[0].origin
        if scope.tables and lower not in scope.aliases and isinstance(origin, exp.Column):
            term.replace(self.columns.copied(origin))
        else:
            term.this.set("this", found[0].name)
            term.this.set("quoted", True)
        return True


def _keys(select: exp.Select) -> Iterator[exp.Expr]:
    """What a SELECT groups by, one by one."""
    group, shown = select.args.get("group"), [node.unalias() for node in select.expressions]
    if group is None:
        return
    if group.args.get("all"):
        yield from keys_of_all(select)
    waiting = [*group.iter_expressions()]
    while waiting:
        key = waiting.pop()
        if isinstance(key, _SETS):
            waiting.extend(key.iter_expressions())
        elif (place := whole(key)) is not None and 0 < place <= len(shown):
            yield shown[place - 1]
        else:
            yield key


def _united(names: Iterable[str], left: list[Output], right: list[Output]) -> list[Output]:
    """The columns of a UNION BY NAME."""
    sides = [{output.name.lower(): output.origin for output in side} for side in (left, right)]
    made = []
    for name in names:
        origins = [side[name.lower()] for side in sides if name.lower() in side]
        made.append(Output(name, reduce(Both, origins)))
    return made
