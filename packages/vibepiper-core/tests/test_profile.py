"""Profiles: which phase the time went to, how memory grew, and how it is shown."""

import json
import threading
import time
from dataclasses import astuple

import pyarrow as pa
import pytest
from vibepiper.data import as_reader
from vibepiper.profile import HEADER, Profiler, StepProfile, render


class Clock:
    """Time that passes as it is told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


def samplers():
    return [t for t in threading.enumerate() if t.name == "vibepiper-memory"]


def batches(count, clock=None):
    """Each takes a second."""
    for n in range(count):
        if clock is not None:
            clock.sleep(1)
        yield pa.record_batch({"n": [n, n]})


def test_each_phase_counts_its_own_time(clock):
    profiler = Profiler(clock=clock)
    with profiler.phase("load"):
        clock.sleep(2)
    clock.sleep(5)
    with profiler.phase("check"):
        clock.sleep(3)

    assert profiler.result() == StepProfile(load=2, check=3)
    assert profiler.result().total == 5


def test_a_phase_within_another_takes_its_time_from_it(clock):
    profiler = Profiler(clock=clock)
    with profiler.phase("store"):
        clock.sleep(1)
        with profiler.phase("compute"):
            clock.sleep(7)
        clock.sleep(2)

    assert profiler.result() == StepProfile(compute=7, store=3)


def test_what_is_made_while_it_is_stored_is_computing(clock):
    profiler = Profiler(clock=clock)
    with profiler.phase("store"):
        for _ in profiler.pulled(batches(7, clock)):
            clock.sleep(0.5)

    assert profiler.result() == StepProfile(compute=7, store=3.5, rows=14, bytes=7 * 2 * 8)


def test_a_stream_is_measured_batch_by_batch(clock):
    schema = pa.schema([("n", pa.int64())])
    profiler = Profiler(clock=clock)
    with profiler.phase("store"):
        source = pa.RecordBatchReader.from_batches(schema, batches(3, clock))
        stream = as_reader(profiler.stream(source))
        stream.read_next_batch()
        assert (profiler.result().rows, profiler.result().compute) == (2, 1)
        stream.read_all()

    assert (profiler.result().rows, profiler.result().compute) == (6, 3)


def test_what_is_no_stream_passes_as_it_is():
    table = pa.table({"n": [1]})

    assert Profiler().stream(table) is table
    assert Profiler().stream(None) is None


def test_an_error_of_the_source_passes_and_ends_its_phase(clock):
    def broken():
        yield 1
        raise KeyError("x")

    profiler = Profiler(clock=clock)
    with pytest.raises(KeyError, match="x"), profiler.phase("store"):
        list(profiler.pulled(broken()))
    clock.sleep(5)
    with profiler.phase("load"):
        pass

    assert profiler.result().total == 0


def test_a_source_that_is_left_halfway_is_no_longer_measured(clock):
    profiler = Profiler(clock=clock)
    items = profiler.pulled(batches(10, clock))
    next(items)
    clock.sleep(5)
    with profiler.phase("load"):
        pass

    assert profiler.result().compute == 1


def test_batches_may_be_pulled_by_another_thread(clock):
    profiler = Profiler(clock=clock)
    with profiler.phase("store"):
        items = profiler.pulled(batches(5, clock))
        thread = threading.Thread(target=lambda: list(items))
        thread.start()
        thread.join()

    assert profiler.result() == StepProfile(compute=5, rows=10, bytes=5 * 2 * 8)


def test_phases_of_many_threads_do_not_count_time_twice():
    begun = time.perf_counter()
    with Profiler() as profiler:

        def work():
            for _ in range(200):
                with profiler.phase("compute"), profiler.phase("store"):
                    pass

        threads = [threading.Thread(target=work) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert profiler.result().total <= time.perf_counter() - begun


def test_memory_that_a_step_held_is_its_peak():
    with Profiler() as profiler:
        held = bytearray(80_000_000)
        arrow = pa.allocate_buffer(30_000_000)
        time.sleep(0.2)
        del held, arrow

    found = profiler.result()
    assert found.memory >= 60_000_000
    assert found.arrow >= 30_000_000
    assert found.cpu >= 0


def test_the_thread_that_looks_ends_with_the_last_step():
    with Profiler(), Profiler():
        assert len(samplers()) == 1
    end = time.monotonic() + 10
    while samplers():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_profiler_that_is_off_measures_nothing():
    source = iter([1, 2])
    with Profiler(on=False) as profiler, profiler.phase("load"):
        assert profiler.pulled(source) is source
        assert profiler.stream(source) is source

    assert profiler.result() == StepProfile()


def test_what_the_store_says_counts_before_what_was_pulled():
    profiler = Profiler()
    list(profiler.pulled(batches(1)))

    assert profiler.result(rows=5, bytes=9).rows == 5


ALL = ("1:18", "0.100", "1:05", "0.250", "12.3", "1:10", "1.5 MB", "999 B", "12,345", "1.0 GB")
FULL = StepProfile(0.1, 65.0, 0.25, 12.3456, 70.5, 1_500_000, 999, 12_345, 10**9)


def test_a_profile_is_kept_as_json():
    kept = json.loads(json.dumps(FULL.to_json()))

    assert StepProfile.from_json(kept) == FULL
    assert StepProfile.from_json({}) == StepProfile()
    assert StepProfile.from_json({"load": 1.0, "of a newer version": [1]}) == StepProfile(1.0)
    assert list(kept.values()) == list(astuple(FULL))


def test_a_table_has_the_slowest_step_first_and_all_of_them_last():
    found = render({"fast": StepProfile(load=0.5), "slow": FULL})

    assert [len(row) for row in found] == [len(HEADER)] * 3
    assert found == [
        ("slow", *ALL),
        ("fast", "0.500", "0.500", "0.000", "0.000", "0.000", "0.000", "0 B", "0 B", "", ""),
        ("", ALL[0], "0.600", *ALL[2:]),
    ]
    assert render({}) == []
