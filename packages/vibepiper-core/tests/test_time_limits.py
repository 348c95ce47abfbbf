"""Time limits: they end the work in their block, and nothing after it."""

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from vibepiper.retries import AttemptTimeout, time_limit


def in_this_thread(work):
    return work()


def in_another_thread(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(timeout=60)


@pytest.fixture(params=[in_this_thread, in_another_thread])
def run(request):
    """The thread that works. The tests' own timeout is a timer and handler that was there."""
    handler, (left, _) = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    begun = time.monotonic()
    yield request.param
    now = signal.getitimer(signal.ITIMER_REAL)[0]
    assert signal.getsignal(signal.SIGALRM) == handler
    assert now == pytest.approx(max(left - (time.monotonic() - begun), 0), abs=0.5)


def spin(seconds=30.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    return "done"


def test_work_that_takes_too_long_is_ended(run):
    def work():
        with time_limit(0.05):
            spin()

    begun = time.monotonic()
    with pytest.raises(AttemptTimeout, match=r"longer than 0\.05 s") as caught:
        run(work)
    assert time.monotonic() - begun < 20
    assert type(caught.value) is AttemptTimeout
    assert caught.value.seconds == 0.05


def test_the_traceback_says_where_the_time_went(run):
    def work():
        with time_limit(0.05):
            spin()

    with pytest.raises(AttemptTimeout) as caught:
        run(work)
    assert "spin" in [entry.name for entry in caught.traceback]


def test_work_in_time_is_left_alone(run):
    def work():
        with time_limit(0.1):
            found = spin(0.01)
        spin(0.15)
        return found

    assert run(work) == "done"


def test_no_limit_is_no_limit(run):
    def work():
        with time_limit(None):
            return spin(0.01)

    assert run(work) == "done"


def test_waiting_in_c_is_ended_in_the_main_thread():
    with pytest.raises(AttemptTimeout), time_limit(0.05):
        time.sleep(30)


def test_the_outer_of_two_limits_ends_the_inner_too(run):
    def work():
        with time_limit(0.05), time_limit(30):
            spin()

    with pytest.raises(AttemptTimeout, match=r"than 0\.05 s"):
        run(work)


def test_the_inner_of_two_limits_leaves_the_outer_on(run):
    def work():
        with time_limit(0.2):
            with contextlib.suppress(AttemptTimeout), time_limit(0.02):
                spin()
            spin()

    with pytest.raises(AttemptTimeout, match=r"than 0\.2 s"):
        run(work)


def test_of_limits_that_pass_together_the_outer_counts(run):
    def work():
        with time_limit(0.05):
            try:
                with time_limit(0.05):
                    time.sleep(0.1)
                    spin()
            except AttemptTimeout:
                pass
            spin(0.1)
        spin(0.1)
        return "after"

    with contextlib.suppress(AttemptTimeout):
        assert run(work) == "after"


def test_other_errors_pass_and_end_the_limit(run):
    def work():
        with pytest.raises(KeyError, match="x"), time_limit(0.05):
            raise KeyError("x")
        return spin(0.1)

    assert run(work) == "done"


def test_an_error_that_is_caught_does_not_come_again(run):
    def work():
        with time_limit(0.02):
            with contextlib.suppress(AttemptTimeout):
                spin()
            return spin(0.1)

    assert run(work) == "done"


def test_a_limit_that_passes_as_its_block_ends_does_not_escape(run):
    """Blocks of about the length of their limit: either they end, or they are timed out."""

    def work():
        ended = 0
        for n in range(1500):
            with contextlib.suppress(AttemptTimeout):
                with time_limit(0.0005):
                    spin(0.0004 + n % 30 * 1e-5)
                ended += 1
        spin(0.01)
        return ended

    assert 0 < run(work) < 1500


def test_nested_limits_that_pass_at_any_moment_leave_nothing_behind(run):
    def work():
        for n in range(150):
            with contextlib.suppress(AttemptTimeout), time_limit(0.0005 + n % 7 * 1e-4):
                for _ in range(20):
                    with contextlib.suppress(AttemptTimeout), time_limit(0.0002):
                        spin(0.0001 + n % 5 * 5e-5)
        return spin(0.05)

    assert run(work) == "done"


def test_many_threads_share_one_watch():
    def work(n):
        if n % 2:
            with time_limit(5):
                return spin(0.01)
        with pytest.raises(AttemptTimeout), time_limit(0.01):
            spin()
        return "ended"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(80)))
        watches = [t for t in threading.enumerate() if t.name == "vibepiper-time-limits"]

    assert found == ["ended", "done"] * 40
    assert len(watches) == 1


@pytest.mark.timeout(0)
def test_what_sigalrm_meant_before_is_put_back():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
    signal.setitimer(signal.ITIMER_REAL, 0.15)
    try:
        with time_limit(30):
            spin(0.05)
        assert not rung
        spin(0.3)
        assert len(rung) == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_limits_of_its_own():
    in_another_thread(lambda: time_limit(5).__enter__())
    child = os.fork()
    if not child:

        def work():
            with time_limit(0.05):
                spin(10)

        try:
            in_another_thread(work)
        except AttemptTimeout:
            os._exit(42)
        os._exit(1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
