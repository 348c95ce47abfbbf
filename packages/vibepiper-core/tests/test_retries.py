"""Which errors are tried again, how long to wait, and what is refused as a policy."""

from datetime import timedelta

import pytest
from vibepiper.errors import (
    ChecksFailed,
    ConfigError,
    CyclicGraph,
    DataError,
    DefinitionError,
    Fenced,
    LeaseLost,
    StoreError,
    VibePiperError,
)
from vibepiper.retries import AttemptTimeout, ErrorStrategy, Retry


def middle():
    return 0.5


def waits(retry, error=None, attempts=5):
    failed = error or ConnectionError("gone")
    return [retry.after(attempt, failed, middle) for attempt in range(1, attempts + 1)]


@pytest.mark.parametrize(
    ("backoff", "expected"),
    [
        ("constant", [2, 2, 2, 2, None]),
        ("linear", [2, 4, 6, 7, None]),
        ("exponential", [2, 4, 7, 7, None]),
    ],
)
def test_the_wait_follows_the_backoff_up_to_the_longest(backoff, expected):
    assert waits(Retry(4, backoff=backoff, delay=2, max_delay=7)) == expected


def test_without_retries_the_first_failure_is_the_last():
    assert waits(Retry()) == [None] * 5


def test_chance_moves_the_wait_by_the_share_of_jitter():
    retry = Retry(3, delay=10, jitter=0.2)

    found = [retry.after(1, OSError(), lambda chance=chance: chance) for chance in (0, 0.5, 1)]

    assert found == pytest.approx([8, 10, 12])


def test_the_longest_wait_is_reached_without_overflow():
    assert Retry(10**9, backoff="exponential").after(10**8, OSError(), middle) == 60
    assert Retry(10**9, backoff="linear").after(10**8, OSError(), middle) == 60


def test_times_may_be_timedeltas():
    retry = Retry(delay=timedelta(minutes=1), timeout=timedelta(hours=1))

    assert (retry.delay, retry.seconds, retry) == (60, 3600, Retry(delay=60, timeout=3600))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retries": -1}, "retries is -1, expected a whole number from 0"),
        ({"retries": True}, "retries is True"),
        ({"retries": 1.5}, "retries is 1.5"),
        ({"backoff": "exponental"}, "backoff is 'exponental'.*\n.*Did you mean 'exponential'"),
        ({"delay": -1}, "delay is -1, expected seconds from 0"),
        ({"delay": "1s"}, "delay is '1s'"),
        ({"delay": float("nan")}, "delay is nan"),
        ({"delay": 10**400}, "delay is 1000"),
        ({"max_delay": float("inf")}, "max_delay is inf"),
        ({"max_delay": timedelta(seconds=-1)}, "max_delay is -1.0"),
        ({"jitter": 1.5}, "jitter is 1.5, expected a share from 0 to 1"),
        ({"jitter": True}, "jitter is True"),
        ({"retry_on": ()}, "retry_on is \\(\\), expected at least one"),
        ({"retry_on": "OSError"}, "retry_on is 'OSError', expected classes of errors"),
        ({"retry_on": (OSError, 3)}, "retry_on is 3"),
        ({"timeout": 0}, "timeout is 0.0, expected more than 0"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(options, message):
    with pytest.raises(DefinitionError, match=f"Retry: {message}"):
        Retry(**options)


TRIED = [OSError(), StoreError("x"), AttemptTimeout(1), ExceptionGroup("g", [OSError()])]
NOT_TRIED = [
    *(DataError("x"), DefinitionError("x"), CyclicGraph("x"), ChecksFailed("a", [])),
    *(Fenced("x"), LeaseLost("x"), KeyboardInterrupt(), SystemExit(1), GeneratorExit()),
]


@pytest.mark.parametrize("error", TRIED, ids=repr)
def test_most_errors_are_tried_again(error):
    assert Retry(1).after(1, error, middle) == 1


@pytest.mark.parametrize("error", NOT_TRIED, ids=repr)
def test_what_would_only_repeat_itself_is_not(error):
    assert Retry(1).after(1, error, middle) is None
    assert Retry(1, retry_on=(BaseException,)).after(1, error, middle) is None
    assert Retry(1, retry_on=(VibePiperError,)).after(1, error, middle) is None


def test_wrong_data_is_tried_again_when_it_is_named():
    assert Retry(1, retry_on=DataError).after(1, DataError("x"), middle) == 1
    assert Retry(1, retry_on=[OSError, DefinitionError]).covers(CyclicGraph("x"))


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, Fenced, LeaseLost])
def test_a_run_that_was_stopped_is_never_tried_again(kind):
    assert not Retry(1, retry_on=(kind,)).covers(kind("x"))


def test_only_named_errors_are_tried_again():
    retry = Retry(1, retry_on=(ConnectionError, StoreError))

    assert retry.covers(ConnectionResetError())
    assert not retry.covers(ValueError())
    assert not retry.covers(AttemptTimeout(1))
    assert not retry.covers(ConfigError("x"))


def test_retries_of_the_strategy_are_for_assets_that_name_none():
    own = Retry(1)

    assert [each.retry(own) for each in ErrorStrategy] == [own] * 3
    assert [each.retry(None).retries for each in ErrorStrategy] == [0, 0, 3]
    assert ErrorStrategy("fail_fast") is ErrorStrategy.FAIL_FAST


def test_a_policy_is_a_value():
    assert hash(Retry(3)) == hash(Retry(3))
    with pytest.raises(AttributeError, match="retries"):
        Retry().retries = 3
