"""Random queries in DuckDB's SQL over the tables ``t`` and ``u``, as templates of SQL assets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

__all__ = ["random_query"]

Sub: TypeAlias = "Callable[[str], str]"
"""Makes a smaller expression of a kind."""

_TABLE = {
    "id": "int", "k": "text", "n": "int", "i": "int", "x": "real", "ok": "bool", "day": "date",
    "at": "time",
}  # fmt: skip
_KINDS = ("int", "int", "text", "text", "bool", "real", "date", "time")
_PARTS = ("year", "quarter", "month", "week", "day", "dow", "doy")
_UNITS = ("year", "quarter", "month", "week", "day")
_TEXTS = ("''", "'a'", "'A'", "'é'", "'%'", "'_'", "'it''s'", "'\\'", "'雪'", "' a'")
_CONSTANTS = {
    "int": ("0", "1", "2", "-3", "7", "NULL::BIGINT"),
    "text": _TEXTS,
    "real": ("0.5::DOUBLE", "2e0", "-1.25::DOUBLE", "0e0"),
    "bool": ("true", "false"),
    "date": ("DATE '2024-02-29'", "DATE '1999-12-31'"),
    "time": ("TIMESTAMP '2024-02-29 12:30:00'", "TIMESTAMP '2001-01-01 00:00:00.5'"),
}
_ORDERS = ("", " DESC", " NULLS FIRST", " DESC NULLS LAST")
_JOINS = ("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", "CROSS JOIN")
_TESTS = ("=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str


@dataclass
class _Scope:
    """The columns that an expression may name, as they are written; of each row those in
    ``unique`` have other values."""

    columns: list[_Column]
    unique: list[str] = field(default_factory=list)


def random_query(random: Random) -> str:
    """One that gives the same rows whenever it runs: what it orders, ranks or cuts off has an order
    without ties, or ties that do not matter."""
    sql, _ = _Writer(random).query(2)
    return sql


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = 0

    def query(self, depth: int, kinds: Sequence[str] = ()) -> tuple[str, list[_Column]]:
        kinds = kinds or self.random.choices(_KINDS, k=self.random.randint(1, 4))
        if depth and self._chance(0.25):
            return self._set_operation(depth, kinds)
        sql, columns = self._select(depth, kinds)
        if self._chance(0.15):
            sql += f" ORDER BY ALL LIMIT {self.random.randint(0, 5)}"
        return sql, columns

    def value(self, kind: str, scope: _Scope, size: int, depth: int = 0) -> str:
        """An expression of some ``size``, with queries in it where ``depth`` is left."""
        if size == 0 or self._chance(0.3):
            return self._column(kind, scope) or self._of(_CONSTANTS[kind])
        if self._chance(0.1):
            return self._of(_CONSTANTS[kind])

        def sub(of: str) -> str:
            return self.value(of, scope, size - 1, depth)

        if self._chance(0.12):
            return f"CASE WHEN {sub('bool')} THEN {sub(kind)} ELSE {sub(kind)} END"
        if self._chance(0.12):
            return f"coalesce({sub(kind)}, {sub(kind)})"
        if self._chance(0.08):
            return f"nullif({sub(kind)}, {sub(kind)})"
        if depth and self._chance(0.1):
            return self._scalar(kind, scope)
        if kind == "bool" and depth and self._chance(0.1):
            return self._exists(scope, depth)
        made: str = self.random.choice(getattr(self, f"_{kind}s")(sub))
        return made

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _of(self, choices: Sequence[str]) -> str:
        return self.random.choice(choices)

    def _name(self) -> str:
        self.names += 1
        return f"c{self.names}"

    def _not(self) -> str:
        return self._of(("", "NOT "))

    def _around(self, sql: str) -> str:
        """Often in brackets, so that it matters what binds closer."""
        return f"({sql})" if self._chance(0.7) else sql

    def _table(self) -> tuple[str, _Scope]:
        alias = self._name()
        columns = [_Column(f"{alias}.{name}", kind) for name, kind in _TABLE.items()]
        return f"{{{{ {self._of('tu')} }}}} AS {alias}", _Scope(columns, [f"{alias}.id"])

    def _source(self, depth: int) -> tuple[str, _Scope]:
        if not depth or self._chance(0.7):
            return self._table()
        alias = self._name()
        sql, columns = self.query(depth - 1)
        return f"({sql}) AS {alias}", _Scope(
            [_Column(f"{alias}.{c.name}", c.kind) for c in columns]
        )

    def _from(self, depth: int) -> tuple[str, _Scope]:
        sql, scope = self._source(depth)
        if self._chance(0.6):
            return sql, scope
        other, more = self._source(depth)
        both = _Scope(scope.columns + more.columns)
        if scope.unique and more.unique:
            both.unique = scope.unique + more.unique
        how = self._of(_JOINS)
        if how == "CROSS JOIN":
            return f"{sql} {how} {other}", both
        on = self._tie(scope, more)
        return f"{sql} {how} {other} ON {on}", scope if how in ("SEMI JOIN", "ANTI JOIN") else both

    def _tie(self, one: _Scope, two: _Scope) -> str:
        pairs = [(a.name, b.name) for a in one.columns for b in two.columns if a.kind == b.kind]
        if not pairs:
            return "true"
        found = " = ".join(self.random.choice(pairs))
        if self._chance(0.3):
            found += f" AND ({self.value('bool', _Scope(one.columns + two.columns), 1)})"
        return found

    def _set_operation(self, depth: int, kinds: Sequence[str]) -> tuple[str, list[_Column]]:
        word = self._of(("UNION", "INTERSECT", "EXCEPT")) + self._of(("", " ALL"))
        left, columns = self.query(depth - 1, kinds)
        right, _ = self.query(depth - 1, kinds)
        return f"({left}) {word} ({right})", columns

    def _select(self, depth: int, kinds: Sequence[str]) -> tuple[str, list[_Column]]:
        source, scope = self._from(depth)
        if self._chance(0.5):
            source += f" WHERE {self.value('bool', scope, 2, depth)}"
        columns = [_Column(self._name(), kind) for kind in kinds]
        if self._chance(0.3):
            return self._grouped(source, scope, columns), columns
        windows = 0.7 if self._chance(0.4) else 0
        values = [
            self._window(each.kind, scope)
            if self._chance(windows)
            else self.value(each.kind, scope, 2, depth)
            for each in columns
        ]
        distinct = "DISTINCT " if self._chance(0.15) else ""
        return f"SELECT {distinct}{_listed(values, columns)} FROM {source}", columns

    def _grouped(self, source: str, scope: _Scope, columns: Sequence[_Column]) -> str:
        values, keys = [], []
        for place, each in enumerate(columns, 1):
            if self._chance(0.5):
                values.append(self.value(each.kind, scope, 1))
                keys.append(self._of((str(place), each.name)))
            else:
                values.append(self._aggregate(each.kind, scope))
        sql = f"SELECT {_listed(values, columns)} FROM {source}"
        if not keys:
            return sql
        sql += f" GROUP BY {', '.join(keys)}"
        return f"{sql} HAVING {self._aggregate('bool', scope)}" if self._chance(0.3) else sql

    def _aggregate(self, kind: str, scope: _Scope) -> str:
        def of(kind: str) -> str:
            return self.value(kind, scope, 1)

        where = f" FILTER (WHERE {of('bool')})" if self._chance(0.3) else ""
        found = [f"{self._of(('min', 'max'))}({of(kind)}){where}"]
        if kind == "int":
            found += [f"count(*){where}", f"sum({of(kind)}){where}", f"sum(DISTINCT {of(kind)})"]
            found += [f"count({of('text')}){where}", f"count(DISTINCT {of('text')}){where}"]
        elif kind == "real":
            found += [f"avg({of('int')}){where}", f"sum({of(kind)}){where}"]
        elif kind == "bool":
            found += [f"max({of('int')}) > 0", "count(*) > 1", f"bool_and({of(kind)}){where}"]
        return self._of(found)

    def _window(self, kind: str, scope: _Scope) -> str:
        over, of = self._over(scope), self.value(kind, scope, 1)
        found = [f"max({of}) OVER {over}", f"min({of}) OVER {over}"]
        if kind == "int":
            found += [f"{name}() OVER {over}" for name in ("rank", "dense_rank")]
            where = self.value("bool", scope, 1)
            found += [f"sum({of}) OVER {over}", f"count({of}) FILTER (WHERE {where}) OVER {over}"]
        elif kind == "real":
            found += [f"{name}() OVER {over}" for name in ("percent_rank", "cume_dist")]
            found.append(f"avg({self.value('int', scope, 1)}) OVER {over}")
        if scope.unique:
            total = self._over(scope, scope.unique)
            found += [f"{call} OVER {total}" for call in (f"lag({of})", f"first_value({of})")]
            found.append(f"lead({of}, 2) OVER {total}")
            if kind == "int":
                found += [f"row_number() OVER {total}", f"ntile(2) OVER {total}"]
        return self._of(found)

    def _over(self, scope: _Scope, unique: Iterable[str] = ()) -> str:
        sql, order = "", [*unique]
        if self._chance(0.5):
            sql = f"PARTITION BY {self.value(self._of(_KINDS), scope, 0)} "
        if self._chance(0.6):
            key = self.value(self._of(("int", "text", "real", "date", "bool")), scope, 1)
            order.insert(0, f"{key}{self._of(_ORDERS)}")
        return f"({sql}ORDER BY {', '.join(order)})" if order else f"({sql})"

    def _scalar(self, kind: str, scope: _Scope) -> str:
        source, inner = self._table()
        where = self._tie(scope, inner) if self._chance(0.7) else self.value("bool", inner, 1)
        return f"(SELECT {self._aggregate(kind, inner)} FROM {source} WHERE {where})"

    def _exists(self, scope: _Scope, depth: int) -> str:
        if self._chance(0.5):
            kind = self._of(_KINDS)
            sql, _ = self._select(depth - 1, [kind])
            return f"({self.value(kind, scope, 0)} {self._not()}IN ({sql}))"
        source, inner = self._table()
        return f"({self._not()}EXISTS (SELECT 1 FROM {source} WHERE {self._tie(scope, inner)}))"

    def _column(self, kind: str, scope: _Scope) -> str | None:
        found = [each.name for each in scope.columns if each.kind == kind]
        return self._of(found) if found else None

    def _ints(self, sub: Sub) -> list[str]:
        number = self._of(("2", "3", "-4", sub("int")))
        hour = self._of((*_PARTS, "hour", "minute"))
        unit = self._of(("day", "month", "year"))
        return [
            *(self._around(f"{sub('int')} {word} {sub('int')}") for word in "+-"),
            self._around(f"{sub('int')} * {self.random.randint(-3, 3)}"),
            self._around(f"{sub('int')} % {number}"),
            self._around(f"{sub('int')} // {number}"),
            f"abs({sub('int')})",
            f"-({sub('int')})",
            f"sign({sub('int')})",
            f"{self._of(('greatest', 'least'))}({sub('int')}, {sub('int')})",
            f"length({sub('text')})",
            f"position({sub('text')} IN {sub('text')})",
            f"extract({self._of(_PARTS)} FROM {sub('date')})",
            f"extract({hour} FROM {sub('time')})",
            f"date_diff('{unit}', {sub('date')}, {sub('date')})",
            f"({sub('date')} - ({sub('date')}))",
            f"({sub('bool')})::INT",
            f"floor({sub('real')})::BIGINT",
            f"round({sub('int')}, {self.random.randint(-1, 1)})",
        ]

    def _texts(self, sub: Sub) -> list[str]:
        return [
            f"lower({sub('text')})",
            f"upper({sub('text')})",
            f"({sub('text')} || {sub('text')})",
            f"substring({sub('text')}, {self.random.randint(1, 3)}, 2)",
            f"replace({sub('text')}, 'a', 'bb')",
            f"trim({sub('text')})",
            f"concat({sub('text')}, {sub('int')})",
            *(f"({sub(kind)})::VARCHAR" for kind in ("int", "date", "bool")),
            f"{self._of(_CONSTANTS['date'])}::VARCHAR",
        ]

    def _reals(self, sub: Sub) -> list[str]:
        return [
            self._around(f"{sub('int')} / nullif({sub('int')}, 0)"),
            self._around(f"{sub('real')} / 2"),
            self._around(f"{sub('real')} + {sub('int')}"),
            self._around(f"{sub('real')} - {sub('real')}"),
            self._around(f"{sub('real')} * 0.5::DOUBLE"),
            *(f"{name}({sub('real')})" for name in ("abs", "floor", "ceil")),
            f"({sub('int')})::DOUBLE",
        ]

    def _bools(self, sub: Sub) -> list[str]:
        kind, truth = self._of(_KINDS), self._of(("TRUE", "FALSE"))
        return [
            *[f"({sub(kind)} {self._of(_TESTS)} {sub(kind)})" for _ in range(2)],
            f"(({sub(kind)}) IS {self._not()}NULL)",
            f"({sub(kind)} {self._not()}IN ({sub(kind)}, {sub(kind)}))",
            f"({sub(kind)} BETWEEN {sub(kind)} AND {sub(kind)})",
            f"({sub('text')} {self._not()}LIKE {self._of(_TEXTS)})",
            *(self._around(f"{sub('bool')} {word} {sub('bool')}") for word in ("AND", "OR")),
            self._around(f"NOT {sub('bool')}"),
            f"(({sub('bool')}) IS {self._not()}{truth})",
        ]

    def _dates(self, sub: Sub) -> list[str]:
        return [
            f"({sub('date')} + {self.random.randint(-40, 40)})",
            f"CAST(date_trunc('{self._of(_UNITS)}', {sub('date')}) AS DATE)",
            f"CAST({sub('time')} AS DATE)",
            f"CAST({sub('date')} + INTERVAL ({self.random.randint(-14, 14)}) MONTH AS DATE)",
            f"greatest({sub('date')}, {sub('date')})",
        ]

    def _times(self, sub: Sub) -> list[str]:
        return [
            f"date_trunc('{self._of((*_UNITS, 'hour'))}', {sub('time')})",
            f"({sub('time')} + INTERVAL ({self.random.randint(-50, 50)}) HOUR)",
            f"({sub('time')} - INTERVAL {self.random.randint(0, 14)} MONTH)",
            f"CAST({sub('date')} AS TIMESTAMP)",
        ]


def _listed(values: Iterable[str], columns: Iterable[_Column]) -> str:
    pairs = zip(values, columns, strict=True)
    return ", ".join(f"{value} AS {each.name}" for value, each in pairs)
