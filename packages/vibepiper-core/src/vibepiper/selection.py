"""Selectors: ``name``, ``+name``, ``name+``, ``tag:x``, ``group:x``, ``raw/*``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from vibepiper.errors import SelectionError, suggest
from vibepiper.graph import AssetGraph

__all__ = ["select"]

_SELECTOR = re.compile(r"(?P<up>\+?)(?:(?P<method>[^:+]*):)?(?P<value>[^+]*[^+:])(?P<down>\+?)")

_FORMS = "A selector is name, +name, name+, tag:x, group:x or a pattern such as raw/*."


def select(
    graph: AssetGraph, selectors: Iterable[str] = (), exclude: Iterable[str] = ()
) -> tuple[str, ...]:
    """The keys of the selected assets, in the order of execution.

    No selector means all. Several are a union; a selector may itself hold several, separated
    by blanks. ``+`` before adds everything upstream, ``+`` after everything downstream. Raises
    `SelectionError` for a malformed selector and for one that matches nothing.
    """
    wanted = _union(graph, selectors)
    if wanted is None:
        wanted = set(graph.keys)
    unwanted = _union(graph, exclude) or set()
    chosen = tuple(key for key in graph.keys if key in wanted and key not in unwanted)
    if not chosen and len(graph):
        raise SelectionError("nothing is left to select after --exclude")
    return chosen


def _union(graph: AssetGraph, selectors: Iterable[str]) -> set[str] | None:
    terms = []
    for selector in selectors:
        if not selector.split():
            raise SelectionError("a selector is empty", hint=_FORMS)
        terms += selector.split()
    if not terms:
        return None
    return set().union(*(_expand(graph, term) for term in terms))


def _expand(graph: AssetGraph, term: str) -> set[str]:
    parsed = _SELECTOR.fullmatch(term)
    if parsed is None:
        raise SelectionError(f"selector '{term}' is malformed", hint=_FORMS)
    matched = _match(graph, term, parsed["method"], parsed["value"])
    chosen = set(matched)
    for key in matched:
        if parsed["up"]:
            chosen |= graph.ancestors(key)
        if parsed["down"]:
            chosen |= graph.descendants(key)
    return chosen


def _match(graph: AssetGraph, term: str, method: str | None, value: str) -> set[str]:
    if method is None:
        found = {key for key in graph.keys if fnmatchcase(key, value)}
        choices: set[str] = set(graph.keys)
    elif method == "tag":
        found = {asset.key for asset in graph if value in asset.tags}
        choices = {tag for asset in graph for tag in asset.tags}
    elif method == "group":
        found = {asset.key for asset in graph if asset.group == value}
        choices = {asset.group for asset in graph}
    else:
        raise SelectionError(
            f"selector '{term}': '{method}:' is not known", hint=suggest(method, ["tag", "group"])
        )
    if not found:
        raise SelectionError(
            f"selector '{term}' matches no asset: there is no {method or 'asset'} '{value}'",
            hint=suggest(value, choices),
        )
    return found
