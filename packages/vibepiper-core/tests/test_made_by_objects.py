"""Assets that other things than Python functions make, such as SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from vibepiper import Asset, AssetGraph, asset, make_asset
from vibepiper.assets import Parameter
from vibepiper.code_version import CodeVersions, describe_changes
from vibepiper.errors import Location, UnknownUpstream
from vibepiper_testing import Materialized

AT = Location("models/a.sql", 3, 7)


class Recipe:
    """An object that makes an asset's data, and says what it is made of."""

    def __init__(self, text: str, used: Callable[[], object] = list) -> None:
        self._values = {"text": text, "used": used}

    def __call__(self, **inputs: object) -> list[dict[str, object]]:
        return [{"inputs": ", ".join(sorted(inputs))}]

    def code_values(self) -> Mapping[str, object]:
        return self._values


def made(recipe: Recipe, *upstream: str) -> Asset:
    taken = [Parameter(name, None, True, upstream=name) for name in upstream]
    return make_asset(recipe, {"name": "a"}, parameters=taken, at=AT)


def test_a_parameter_may_name_an_upstream_by_its_key(
    materialize: Callable[..., Materialized],
) -> None:
    @asset(name="raw/orders")
    def orders() -> list[dict[str, int]]:
        return [{"id": 1}]

    run = materialize(orders, made(Recipe("x"), "raw/orders"))
    assert run.rows("a") == [{"inputs": "raw/orders"}]


def test_an_unknown_upstream_is_refused_at_line_and_column() -> None:
    with pytest.raises(UnknownUpstream, match=r"models/a.sql:3:7: .* refers to 'rows', which is"):
        AssetGraph([made(Recipe("x"), "rows")])


def test_the_version_is_that_of_the_values_and_of_the_code_that_they_reach() -> None:
    def version(recipe: Recipe) -> tuple[str, Mapping[str, str]]:
        graph = AssetGraph([made(recipe)])
        versions = CodeVersions(graph, Path(__file__).parent)
        return versions.version(graph["a"]), versions.explain(graph["a"])

    one, same, other = version(Recipe("x")), version(Recipe("x")), version(Recipe("y"))
    code = version(Recipe("x", lambda: 1))
    assert one == same
    assert len({one[0], other[0], code[0]}) == 3
    assert describe_changes(one[1], other[1]) == ("value text of Recipe changed",)
