"""What sqlglot would write otherwise than the engine has it, also of what stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from vibepiper_transform.dialects.binding import bind_once
from vibepiper_transform.dialects.rules import Rule
from vibepiper_transform.dialects.trees import call, integer, whole

__all__ = ["reword"]


def reword(nodes: Sequence[exp.Expr], dialect: str) -> None:
    """Puts words of the engine into a query that has these nodes, each before its parts."""
    if dialect == "duckdb":
        bind_once(nodes)
    rules = _WORDS.get(dialect, {})
    for node in nodes:
        if (rule := rules.get(type(node))) is not None:
            node.replace(rule(node))


def _regexp(node: exp.Expr) -> exp.Expr:
    """MariaDB has no REGEXP_LIKE, and MySQL both."""
    place = call("REGEXP_INSTR", node.this, node.expression)
    return exp.paren(exp.GT(this=place, expression=integer(0)), copy=False)


def _log(node: exp.Expr) -> exp.Expr:
    """To the base of 10 of a double, to others of a decimal."""
    if node.expression is None:
        return node
    if whole(node.this) == 10:
        return call("LOG", node.expression)
    return call("LOG", *(exp.cast(each.copy(), "DECIMAL") for each in (node.this, node.expression)))


def _options_kept(name: str, *arguments: str) -> Rule:
    """A function of patterns with its options, of which sqlglot knows only some."""

    def rule(node: exp.Expr) -> exp.Expr:
        given = [node.args.get(each) for each in arguments]
        return node if given[-1] is None else _call(name, given)

    return rule


def _similarity(node: exp.Expr) -> exp.Expr:
    """It tells case; what sqlglot takes for another argument is the least that is told."""
    given = [node.this, node.expression, node.args.get("case_insensitive")]
    return _call("JARO_WINKLER_SIMILARITY", given)


def _call(name: str, given: Iterable[exp.Expr | None]) -> exp.Expr:
    return call(name, *(each for each in given if each is not None))


_EXTRACTED = ("this", "expression", "group", "parameters")
_WORDS: Mapping[str, Mapping[type[exp.Expr], Rule]] = {
    "duckdb": {
        exp.JarowinklerSimilarity: _similarity,
        exp.RegexpExtract: _options_kept("REGEXP_EXTRACT", *_EXTRACTED),
        exp.RegexpExtractAll: _options_kept("REGEXP_EXTRACT_ALL", *_EXTRACTED),
        exp.RegexpReplace: _options_kept(
            "REGEXP_REPLACE", "this", "expression", "replacement", "modifiers"
        ),
    },
    "mysql": {exp.RegexpLike: _regexp},
    "postgresql": {exp.Hex: lambda node: call("TO_HEX", node.this), exp.Log: _log},
}
