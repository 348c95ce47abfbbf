"""The grammar of selectors and its laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vibepiper import AssetGraph, make_asset
from vibepiper.errors import SelectionError
from vibepiper.selection import select


def made(name, upstream, **options):
    return make_asset(lambda: 1, {"name": name, "depends_on": upstream, **options})


GRAPH = AssetGraph(
    [
        made("raw/a", [], tags=["x", "pii:mail"], group="raw"),
        made("raw/b", [], group="raw"),
        made("mid", ["raw/a", "raw/b"], tags=["x"]),
        made("end", ["mid"]),
    ]
)


@pytest.mark.parametrize(
    ("selectors", "exclude", "expected"),
    [
        ([], [], "raw/a raw/b mid end"),
        (["mid"], [], "mid"),
        (["+mid"], [], "raw/a raw/b mid"),
        (["mid+"], [], "mid end"),
        (["+mid+"], [], "raw/a raw/b mid end"),
        (["raw/*"], [], "raw/a raw/b"),
        (["tag:x"], [], "raw/a mid"),
        (["tag:pii:mail"], [], "raw/a"),
        (["group:raw+"], [], "raw/a raw/b mid end"),
        (["+tag:x"], [], "raw/a raw/b mid"),
        (["mid end"], [], "mid end"),
        (["mid", "end"], ["end"], "mid"),
        ([], ["mid+"], "raw/a raw/b"),
    ],
)
def test_forms(selectors, exclude, expected):
    assert select(GRAPH, selectors, exclude) == tuple(expected.split())


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("", "a selector is empty"),
        ("  ", "a selector is empty"),
        ("+", r"selector '\+' is malformed"),
        ("a+b", r"selector 'a\+b' is malformed"),
        ("++mid", "is malformed"),
        ("tag:", "is malformed"),
        ("tags:x", "'tags:' is not known\n.*'tag'"),
        ("mdi", "there is no asset 'mdi'\n.*'mid'"),
        ("tag:y", "there is no tag 'y'\n.*There are: pii:mail, x"),
        ("group:rwa", "there is no group 'rwa'\n.*'raw'"),
        ("raw/z*", "matches no asset"),
    ],
)
def test_wrong_selectors_are_refused(selector, message):
    with pytest.raises(SelectionError, match=message):
        select(GRAPH, [selector])
    with pytest.raises(SelectionError, match=message):
        select(GRAPH, [], [selector])


def test_nothing_left_is_refused():
    with pytest.raises(SelectionError, match=r"nothing is left"):
        select(GRAPH, ["mid"], ["+mid"])


@st.composite
def graphs(draw):
    """Any acyclic graph of up to eight assets."""
    size = draw(st.integers(1, 8))
    edges = [draw(st.sets(st.integers(0, n - 1))) if n else set() for n in range(size)]
    return AssetGraph([made(f"a{n}", [f"a{m}" for m in edges[n]]) for n in range(size)])


def closure(graph, key, edges):
    return {key}.union(*(closure(graph, other, edges) for other in edges(key)))


@given(graphs(), st.data())
def test_plus_is_the_closure(graph, data):
    key = data.draw(st.sampled_from(graph.keys))
    assert set(select(graph, [f"+{key}"])) == closure(graph, key, graph.upstream)
    assert set(select(graph, [f"{key}+"])) == closure(graph, key, graph.downstream)


@given(graphs(), st.data())
def test_several_are_a_union_and_exclude_a_difference(graph, data):
    terms = st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "+"]),
        st.sampled_from(graph.keys),
        st.sampled_from(["", "+"]),
    )
    first, second = data.draw(terms), data.draw(terms)
    one, other = set(select(graph, [first])), set(select(graph, [second]))
    assert set(select(graph, [first, second])) == one | other
    assert set(select(graph, [f"{second} {first}"])) == one | other
    if one - other:
        assert set(select(graph, [first], [second])) == one - other


@given(graphs(), st.data())
def test_a_selection_keeps_the_order_of_execution(graph, data):
    keys = data.draw(st.lists(st.sampled_from(graph.keys), min_size=1))
    chosen = select(graph, keys)
    assert list(chosen) == [key for key in graph.keys if key in keys]
