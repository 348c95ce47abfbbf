"""Spans of partitions: cut, joined, and equal to what a set of partitions would say."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.partitions.span import Span
from vibepiper.state import StateStore
from vibepiper.state.tables import partitions


def record(store, *spans, layer="materialized", code="c"):
    for begin, end in spans:
        store.record_span("dev", "a", Span("", begin, end), layer, code)
    store.commit()


def spans(store, layer="materialized"):
    return [(span.begin, span.end) for span in store.spans("dev", "a", layer)]


@pytest.mark.parametrize(
    ("recorded", "kept"),
    [
        ([(0, 1), (1, 2)], [(0, 2)]),
        ([(1, 2), (0, 1)], [(0, 2)]),
        ([(0, 1), (2, 3)], [(0, 1), (2, 3)]),
        ([(0, 1), (2, 3), (1, 2)], [(0, 3)]),
        ([(0, 9), (3, 4)], [(0, 9)]),
        ([(3, 4), (0, 9)], [(0, 9)]),
        ([(0, 5), (3, 9)], [(0, 9)]),
        ([(-5, -3), (-3, 2**40)], [(-5, 2**40)]),
    ],
)
def test_neighbours_of_one_code_version_are_one_span(store, recorded, kept):
    record(store, *recorded)
    assert spans(store) == kept
    assert len(store._channel.rows(partitions.select())) == len(kept)


def test_another_code_version_cuts_the_span(store):
    record(store, (0, 10), code="old")
    record(store, (3, 5), code="new")
    found = store.spans_of_code("dev", "a", "materialized")
    assert [(s.begin, s.end, code) for s, code in found] == [
        (0, 3, "old"),
        (3, 5, "new"),
        (5, 10, "old"),
    ]
    assert spans(store) == [(0, 10)]


def test_what_was_made_has_not_failed_any_more(store):
    record(store, (0, 10), layer="failed")
    record(store, (3, 5))
    assert spans(store, "failed") == [(0, 3), (5, 10)]


def test_what_failed_still_holds_what_was_made_before(store):
    record(store, (0, 10))
    record(store, (3, 5), layer="failed")
    assert spans(store) == [(0, 10)]
    assert spans(store, "failed") == [(3, 5)]


def test_labels_assets_and_environments_are_apart(store):
    for environment, asset, label in (("dev", "a", "eu"), ("dev", "b", ""), ("prod", "a", "")):
        store.record_span(environment, asset, Span(label, 0, 5), "materialized")
    record(store, (5, 9))
    assert store.spans("dev", "a", "materialized") == [Span("", 5, 9), Span("eu", 0, 5)]


def test_an_empty_span_is_refused(store):
    with pytest.raises(ValueError, match="a span ends after it begins"):
        store.record_span("dev", "a", Span("", 5, 5), "materialized")


def test_a_million_partitions_in_order_are_one_row(store):
    for day in range(2_000):
        store.record_span("dev", "a", Span("", day * 500, day * 500 + 500), "materialized")
    store.commit()
    assert spans(store) == [(0, 1_000_000)]


def test_writers_that_touch_each_other_lose_nothing(open_store):
    """Four of them interleave the partitions of one asset."""

    def write(turn: int) -> None:
        store = open_store()
        for begin in range(turn, 200, 4):
            record(store, (begin, begin + 1))

    threads = [threading.Thread(target=write, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spans(open_store()) == [(0, 200)]


change = st.tuples(
    st.sampled_from(["materialized", "failed"]),
    st.sampled_from(["", "eu"]),
    st.integers(0, 20),
    st.integers(1, 8),
    st.sampled_from(["v1", "v2", None]),
)


@given(changes=st.lists(change, max_size=25))
@settings(max_examples=60, deadline=None)
def test_spans_say_what_a_set_of_partitions_would(tmp_path_factory, changes):
    """And no two of them overlap, or touch with one code version."""
    model = {}
    with StateStore(tmp_path_factory.mktemp("spans") / "state.db") as store:
        for layer, label, begin, length, code in changes:
            store.record_span("dev", "a", Span(label, begin, begin + length), layer, code)
            for second in range(begin, begin + length):
                model[layer, label, second] = code
                if layer == "materialized":
                    model.pop(("failed", label, second), None)
        store.commit()
        found, last = {}, None
        for layer in ("materialized", "failed"):
            for span, code in store.spans_of_code("dev", "a", layer):
                for second in range(span.begin, span.end):
                    assert (layer, span.label, second) not in found
                    found[layer, span.label, second] = code
                assert last != (layer, span.label, span.begin, code)
                last = (layer, span.label, span.end, code)
    assert found == model
