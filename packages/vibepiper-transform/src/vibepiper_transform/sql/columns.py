"""Which column of which table a name is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from sqlglot import exp
from vibepiper.errors import suggest

from vibepiper_transform.sql.folding import Folding
from vibepiper_transform.sql.marks import Reference
from vibepiper_transform.sql.scope import Output, Scope, ScopeTable
from vibepiper_transform.uses import keep_place

if TYPE_CHECKING:
    from vibepiper_transform.sql.parsing import ParsedQuery

__all__ = ["Columns"]

TreeT = TypeVar("TreeT", bound=exp.Expr)


class Columns:
    """``outputs`` are what columns of the tree turned out to be, by their ids; ``marks`` those that
    qualified a column."""

    def __init__(self, parsed: ParsedQuery, folding: Folding) -> None:
        self._parsed = parsed
        self._folding = folding
        self.outputs: dict[int, Output] = {}
        self.marks: list[str] = []

    def resolve(self, column: exp.Column, scope: Scope, *, aliases: bool) -> None:
        """Writes the table and the exact name into the tree. Raises `DefinitionError` for a
        column that no table has, or two."""
        parts = cast("list[exp.Identifier]", column.parts)
        if len(parts) > 1 and (table := self._table(parts[0], scope)) is not None:
            self._qualified(column, table, parts)
        else:
            self._unqualified(column, parts, scope, aliases=aliases)

    def table(self, node: exp.Expr, name: exp.Identifier, scope: Scope) -> ScopeTable:
        """The table of that name. Raises `DefinitionError` without one."""
        if (found := self._table(name, scope)) is not None:
            return found
        known = [table.name for each in scope.around() for table in each.tables]
        raise self._parsed.error(
            f"there is no table '{name.this}' in this query", node, suggest(str(name.this), known)
        )

    def copied(self, tree: TreeT) -> TreeT:
        """A copy of which as much is known."""
        made = tree.copy()
        for old, new in zip(tree.find_all(exp.Column), made.find_all(exp.Column), strict=True):
            if id(old) in self.outputs:
                self.outputs[id(new)] = self.outputs[id(old)]
        return made

    def match(self, name: exp.Identifier, scope: Scope) -> tuple[ScopeTable, Output] | None:
        """The one table of this scope that shows a column of the name, and the column. Raises
        `DefinitionError` when several do."""
        exact, text = self._folding.is_exact(name), str(name.this)
        found = [
            (table, output)
            for table in scope.tables
            for output in table.find(text, exact=exact)
            if output.name.lower() not in table.hidden
        ]
        if len(found) > 1:
            places = " or ".join(f"'{table.name}.{output.name}'" for table, output in found)
            raise self._parsed.error(
                f"'{text}' could be {places}", name, "Say which: put the table's name before it."
            )
        return found[0] if found else None

    def _table(self, name: exp.Identifier, scope: Scope) -> ScopeTable | None:
        text = str(name.this)
        if text in self._parsed.marks:
            self.marks.append(text)
            held = self._parsed.marks[text]
            for each in scope.around():
                for table in each.tables:
                    if isinstance(held, Reference) and table.asset == held.key:
                        return table
            return None
        exact = self._folding.is_exact(name)
        for each in scope.around():
            for table in each.tables:
                if table.name == text or (not exact and table.name.lower() == text.lower()):
                    return table
        return None

    def _qualified(
        self, column: exp.Column, table: ScopeTable, parts: list[exp.Identifier]
    ) -> None:
        name = parts[1]
        found = table.find(str(name.this), exact=self._folding.is_exact(name))
        if not found:
            raise self._parsed.error(
                f"the table '{table.name}' has no column '{name.this}'",
                name,
                suggest(str(name.this), [output.name for output in table.columns]),
            )
        if len(found) > 1:
            raise self._parsed.error(
                f"the table '{table.name}' has two columns '{name.this}'",
                name,
                "Name one of them otherwise where they are selected: AS other.",
            )
        self._write(column, table, found[0], parts[2:])

    def _unqualified(
        self, column: exp.Column, parts: list[exp.Identifier], scope: Scope, *, aliases: bool
    ) -> None:
        name = parts[0]
        lower = str(name.this).lower()
        for each in scope.around():
            if lower in each.merged:
                self._replace(column, self._merged(column, *each.merged[lower]), parts[1:])
                return
            if (found := self.match(name, each)) is not None:
                self._write(column, *found, parts[1:])
                return
            if each is scope and aliases and lower in each.aliases:
                made = exp.paren(self.copied(each.aliases[lower]), copy=False)
                self._replace(column, made, parts[1:])
                return
        raise self._absent(name, parts, scope)

    def _merged(self, column: exp.Column, output: Output, tree: exp.Expr) -> exp.Expr:
        """What a USING made one of two columns; where it is selected it keeps its name."""
        made = self.copied(tree)
        selected = isinstance(column.parent, exp.Select) and column.arg_key == "expressions"
        if isinstance(made, exp.Column) or not selected or len(column.parts) > 1:
            return made
        return exp.alias_(made, output.name, quoted=True, copy=False)

    def _absent(self, name: exp.Identifier, parts: list[exp.Identifier], scope: Scope) -> Exception:
        if len(parts) > 1:
            self.table(name, name, scope)
        known = {*scope.names(), *(alias for alias in scope.aliases)}
        return self._parsed.error(
            f"there is no column '{name.this}'", name, suggest(str(name.this), known)
        )

    def _write(
        self,
        column: exp.Column,
        table: ScopeTable,
        output: Output,
        fields: list[exp.Identifier],
    ) -> None:
        """``fields`` are those within a struct."""
        if fields:
            made = exp.column(output.name, table.name, quoted=True)
            self._keep_place(made, fields[0])
            self.outputs[id(made)] = output
            self._replace(column, made, fields)
            return
        name = cast("exp.Identifier", column.this)
        self._keep_place(column, name)
        name.set("this", output.name)
        name.set("quoted", True)
        column.set("table", exp.to_identifier(table.name, quoted=True))
        self.outputs[id(column)] = output

    def _keep_place(self, column: exp.Column, name: exp.Identifier) -> None:
        offset, positions = name.meta.get("start"), self._parsed.positions
        if offset is not None:
            keep_place(column, lambda: positions.at(offset))

    def _replace(self, column: exp.Column, made: exp.Expr, fields: list[exp.Identifier]) -> None:
        for field in fields:
            made = exp.Dot(this=made, expression=exp.to_identifier(field.this, quoted=True))
        column.replace(made)
