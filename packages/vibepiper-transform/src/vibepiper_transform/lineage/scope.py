"""The names that the expressions of one SELECT can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from vibepiper_transform.lineage.dependencies import Dependencies, Output, merged

__all__ = ["Scope"]


class Scope:
    """The tables of a FROM clause by their aliases, in order; what a subquery does not find in its
    own it looks for in ``outer``. Names of any case are the same, as in DuckDB."""

    def __init__(self, ctes: Mapping[str, Output], outer: Scope | None = None) -> None:
        self.ctes = dict(ctes)
        self.outer = outer
        self.aliases: dict[str, exp.Expr] = {}
        self.windows: dict[str, exp.Expr] = {}
        self._tables: dict[str, Output] = {}
        self._shared: dict[str, Dependencies] = {}
        self._unshown: set[str] = set()
        self._once: set[tuple[str, str]] = set()

    def add(self, name: str, table: Output, *, shown: bool = True) -> None:
        """``shown``: whether ``*`` gives its columns."""
        key = name.lower() or f"#{len(self._tables)}"
        self._tables[key] = table
        if not shown:
            self._unshown.add(key)

    def common(self, right: Output) -> list[str]:
        """The names that a natural join matches."""
        return [name for name in right.columns if self.named(name) is not None]

    def share(self, name: str, found: Dependencies) -> None:
        """Makes a column of two joined tables one; ``*`` gives it once, where it came first."""
        self._shared[name.lower()] = found
        holders = [k for k, t in self._tables.items() if t.find(name) is not None]
        self._once |= {(key, name.lower()) for key in holders[1:]}

    def table(self, name: str) -> Output | None:
        found = self._tables.get(name.lower())
        return self.outer.table(name) if found is None and self.outer is not None else found

    def named(self, name: str) -> Dependencies | None:
        """A column by its name alone, of this FROM clause."""
        if (shared := self._shared.get(name.lower())) is not None:
            return shared
        holders = [table.find(name) for table in self._tables.values()]
        if (found := next((each for each in holders if each is not None), None)) is not None:
            return found
        opened = [table.open for table in self._tables.values() if table.open is not None]
        return merged(opened) if opened else None

    def shown(self, only: str | None = None) -> Iterator[tuple[str, Dependencies]]:
        """What ``*`` stands for, or ``only.*``."""
        for key, table in self._tables.items():
            if only is None and key in self._unshown:
                continue
            if only is not None and key != only.lower():
                continue
            for name, found in table.columns.items():
                if only is None and (key, name.lower()) in self._once:
                    continue
                shared = self._shared.get(name.lower()) if only is None else None
                yield name, found if shared is None else shared

    def is_open(self, only: str | None = None) -> bool:
        """Whether ``*`` gives more than is known."""
        tables = self._tables.items()
        return any(
            table.open is not None and (only is None or key == only.lower())
            for key, table in tables
        )
