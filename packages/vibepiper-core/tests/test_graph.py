"""Declarations and the graph: what is refused, where, and with which way out."""

import pytest
from vibepiper import AssetGraph, asset, make_asset, with_checks
from vibepiper.errors import (
    CyclicGraph,
    DefinitionError,
    DuplicateAsset,
    UnknownUpstream,
)
from vibepiper.partitions import AllPartitions, daily


def made(name, *upstream):
    scope = {}
    exec(f"def f({', '.join(upstream)}): return 1", scope)
    return make_asset(scope["f"], {"name": name})


def test_asset_with_and_without_parentheses():
    @asset
    def bare():
        "What it is."

    @asset()
    def empty(): ...

    @asset(name="raw/full", group="g", owner="o", tags=["a", "b"], key="id", depends_on=bare)
    def full(): ...

    assert (bare.key, bare.description, empty.key) == ("bare", "What it is.", "empty")
    assert (full.key, full.name, full.tags) == ("raw/full", "full", {"a", "b"})
    assert (full.key_columns, full.depends_on) == (("id",), ("bare",))


def test_an_asset_can_be_called():
    @asset
    def double(x):
        return 2 * x

    assert double(3) == double(x=3) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nme": "x"}, "'nme' is not an option.*\n.*'name'"),
        ({"name": "a b"}, "asset key 'a b' is not valid"),
        ({"name": "a/../b"}, "is not valid"),
        ({"name": ""}, "asset key '' is not valid"),
        ({"owner": 3}, "owner takes text, found 3"),
        ({"uri": "a\ud800"}, r"uri 'a\\ud800' holds half of a letter"),
        ({"tags": [1]}, "tags takes names, found 1"),
        ({"depends_on": 3}, "depends_on takes names, found 3"),
        ({"depends_on": [len]}, "depends_on takes names, found <built-in"),
    ],
)
def test_wrong_options_are_refused_at_the_users_line(options, message):
    with pytest.raises(DefinitionError, match=f"test_graph.py:[0-9]+: .*{message}"):
        asset(**{"name": "x", **options})(lambda: 1)


def test_functions_that_cannot_be_filled_by_name_are_refused():
    for function in (lambda *a: 1, lambda **k: 1, lambda a, /: 1):
        with pytest.raises(DefinitionError, match=r"upstreams are passed by name"):
            made_of(function)
    with pytest.raises(DefinitionError, match=r"declared by a function, not by <built-in"):
        asset(len)


def made_of(function):
    return make_asset(function, {"name": "a"})


def test_async_functions_are_refused():
    async def one(): ...

    async def many():
        yield

    for function in (one, many):
        with pytest.raises(DefinitionError, match=r"is an async function.*\n.*asyncio.run"):
            asset(function)


def test_checks_decorate_an_asset_and_a_function():
    def plain():
        return 1

    first, second = object(), object()
    on_function = asset(with_checks(with_checks(plain, second), first))
    assert on_function.checks == (first, second)
    assert with_checks(on_function, "third").checks == ("third", first, second)
    with pytest.raises(DefinitionError, match=r"a check decorates an asset"):
        with_checks(3, first)


def test_the_order_of_execution_follows_the_edges():
    graph = AssetGraph([made("c", "b"), made("b", "a"), made("a")])
    assert [asset.key for asset in graph] == ["a", "b", "c"]
    assert graph.ancestors("c") == {"a", "b"}
    assert graph.descendants("a") == {"b", "c"}


def test_a_chain_of_5000_needs_no_recursion():
    chain = [made("a0"), *(made(f"a{n}", f"a{n - 1}") for n in range(1, 5000))]
    graph = AssetGraph(reversed(chain))
    assert len(graph.ancestors("a4999")) == 4999


def test_a_cycle_of_5000_is_found_without_recursion():
    chain = [made(f"a{n}", f"a{(n - 1) % 5000}") for n in range(5000)]
    with pytest.raises(CyclicGraph, match=r"a1 -> a"):
        AssetGraph(chain)


def test_a_cycle_is_listed_with_files_and_lines():
    with pytest.raises(CyclicGraph, match=r"upstream of themselves: (a -> b|b -> a) -> .*") as info:
        AssetGraph([made("a", "b"), made("b", "a")])
    assert "a at <string>:1" in str(info.value)
    assert "b at <string>:1" in str(info.value)


def test_an_asset_upstream_of_itself_is_a_cycle():
    with pytest.raises(CyclicGraph, match=r"a -> a"):
        AssetGraph([made("a", "a")])


def test_an_unknown_upstream_gives_the_nearest_name():
    with pytest.raises(UnknownUpstream, match=r"parameter 'order' is no asset.*\n.*'orders'"):
        AssetGraph([made("orders"), made("b", "order")])


def test_an_unknown_parameter_of_an_asset_with_partitions_is_told_their_dimensions():
    days = make_asset(lambda day: [], {"name": "days", "partitions": daily("2026-03-01")})
    with pytest.raises(UnknownUpstream, match=r"'day' is no .*, and its partitions are by 'date'"):
        AssetGraph([days])


def test_an_unknown_depends_on_gives_the_nearest_name():
    late = make_asset(lambda: 1, {"name": "b", "depends_on": ["order"]})
    with pytest.raises(UnknownUpstream, match=r"depends_on names 'order'.*\n.*'orders'"):
        AssetGraph([made("orders"), late])


def test_depends_on_is_an_edge_that_passes_no_data():
    graph = AssetGraph([made("a"), make_asset(lambda: 1, {"name": "b", "depends_on": "a"})])
    assert graph.upstream("b") == ("a",)
    assert graph.bindings("b") == ()


def test_a_short_name_means_the_only_key_that_ends_in_it():
    graph = AssetGraph([made("raw/orders"), made("b", "orders")])
    assert graph.upstream("b") == ("raw/orders",)


def test_an_ambiguous_short_name_is_refused():
    with pytest.raises(UnknownUpstream, match=r"'o' could be 'x/o' or 'y/o'"):
        AssetGraph([made("x/o"), made("y/o"), made("b", "o")])


def test_one_key_twice_is_refused_with_both_places():
    with pytest.raises(DuplicateAsset, match=r"<string>:1: asset 'a' is already .* <string>:1"):
        AssetGraph([made("a"), made("a")])


def test_keys_that_differ_only_in_case_are_refused():
    with pytest.raises(DuplicateAsset, match=r"'orders' is already declared as 'Orders'"):
        AssetGraph([made("Orders"), made("orders")])


def test_a_parameter_means_a_resource_then_a_run_parameter_then_its_default():
    def f(db, day, limit=3): ...

    graph = AssetGraph([make_asset(f, {})], resources=["db"], params=["db", "day"])
    assert [(b.source, b.name) for b in graph.bindings("f")] == [
        ("resource", "db"),
        ("param", "day"),
    ]


def test_a_mapping_for_an_asset_that_is_no_upstream_is_refused():
    days = daily("2026-01-01")
    up = make_asset(lambda: 1, {"name": "up", "partitions": days})
    scope = {}
    exec("def down(up): return 1", scope)
    down = make_asset(scope["down"], {"partitions": days, "mappings": {"upp": AllPartitions()}})
    said = (
        r"asset 'down': mappings names 'upp', which is none of its upstreams\n.*Did you mean 'up'"
    )
    with pytest.raises(UnknownUpstream, match=said):
        AssetGraph([up, down])
