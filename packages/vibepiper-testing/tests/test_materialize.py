"""Assets are made in a test by the real engine, with what they need given to them."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pytest
from vibepiper import AssetContext, asset, with_checks
from vibepiper.errors import DefinitionError, NotMaterialized, UnknownUpstream
from vibepiper_testing import (
    EventRecorder,
    MaterializationFailed,
    MemoryDatabase,
    ScriptedValidator,
    materialize,
    memory_io_manager,
)


@dataclass(frozen=True)
class Positive:
    column: str
    severity: str = "error"
    validator: str = "scripted"
    label: str = "positive"


@asset
def orders():
    return [{"id": 1, "amount": 20}, {"id": 2, "amount": 5}]


@asset
def total(orders: list, rate: float = 1.0):
    return [{"total": sum(row["amount"] for row in orders) * rate}]


@asset(io_manager="warehouse")
def kept(orders: pa.Table):
    return orders


@asset
def note(context: AssetContext):
    context.log(f"{context.asset} in {context.environment}")
    return "text"


def test_what_is_made_can_be_looked_at():
    result = materialize(orders, total)
    assert result.succeeded
    assert result.table(orders).num_rows == 2
    assert result.rows("total") == [{"total": 25.0}]
    assert [e.asset for e in result.events if e.kind == "step_succeeded"] == ["orders", "total"]


def test_an_input_takes_the_place_of_an_upstream():
    given = [{"amount": 3}]
    assert materialize(total, inputs={"orders": given}).rows(total) == [{"total": 3.0}]
    both = materialize(orders, total, inputs={"orders": given}, params={"rate": 2.0})
    assert both.rows(total) == [{"total": 6.0}]
    assert [step.asset for step in both.run.steps] == ["total"]


def test_a_resource_is_given_by_its_name():
    @asset
    def large(shop):
        return shop.query("SELECT * FROM orders WHERE amount > ?", [10])

    shop = MemoryDatabase({"orders": pa.table({"amount": [5, 50]})})
    assert materialize(large, resources={"shop": shop}).rows(large) == [{"amount": 50}]


def test_an_io_manager_is_given_by_its_name():
    store = memory_io_manager()
    result = materialize(orders, kept, io_managers={"warehouse": store})
    assert result.stores["kept"] is store
    assert result.stores["orders"] is not store
    assert result.table(kept).num_rows == 2


def test_checks_are_run_and_block():
    checked = with_checks(orders, Positive("amount"))
    validator = ScriptedValidator()
    result = materialize(checked, validators={"scripted": validator})
    assert [r.status for r in result.checks(orders)] == ["passed"]
    validator.failing["positive"] = 2
    failed = materialize(checked, total, validators={"scripted": validator}, raise_on_error=False)
    assert [step.status for step in failed.run.steps] == ["failed", "skipped"]
    with pytest.raises(NotMaterialized):
        failed.data(orders)


def test_an_executor_is_given_and_fails_as_it_is_told(scripted_executor):
    made = materialize(orders, total, executor=scripted_executor)
    assert made.rows(total) == [{"total": 25.0}]
    scripted_executor.failing["orders"] = "its machine went away"
    lost = materialize(orders, total, executor=scripted_executor, raise_on_error=False)
    assert [step.status for step in lost.run.steps] == ["failed", "skipped"]
    assert lost.run.steps[0].failure.message == "its machine went away"
    assert scripted_executor.asked == ["orders", "total", "orders"]


def test_a_failure_shows_the_users_own_lines():
    @asset
    def broken():
        return [{"x": 1 / 0}]

    with pytest.raises(MaterializationFailed, match=r"(?s)raised ZeroDivisionError.*x\": 1 / 0"):
        materialize(broken)
    result = materialize(broken, raise_on_error=False)
    assert not result.succeeded


def test_an_object_is_no_table():
    result = materialize(note)
    assert result.data(note) == "text"
    assert "note in test" in [event.data.get("message") for event in result.events]
    with pytest.raises(TypeError, match="asset 'note' is no table but 'text'"):
        result.table(note)


def test_an_upstream_that_is_not_given_is_named():
    with pytest.raises(UnknownUpstream, match="asset 'total': parameter 'orders'"):
        materialize(total)


def test_an_input_that_nothing_takes_is_refused():
    given = {"orders": [{"amount": 1}], "oders": [{"amount": 1}]}
    with pytest.raises(DefinitionError, match=r"no asset has an upstream 'oders'\n.*'orders'"):
        materialize(total, inputs=given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"io_managers": {"warehoose": memory_io_manager()}}, "'warehoose'\n.*'warehouse'"),
        ({"resources": {"shop": object()}}, "resources: no asset takes 'shop'"),
        ({"validators": {"scripted": ScriptedValidator()}}, "no asset takes 'scripted'"),
    ],
)
def test_a_stand_in_that_nothing_takes_is_refused(given, message):
    with pytest.raises(DefinitionError, match=message):
        materialize(orders, kept, **given)


def test_a_function_is_no_asset():
    with pytest.raises(DefinitionError, match=r"is it under @asset\?"):
        materialize(orders.function)


def test_there_must_be_something_to_make():
    with pytest.raises(DefinitionError, match="there is no asset to materialize"):
        materialize(orders, inputs={"orders": []})


def test_events_are_kept_by_asset():
    recorder = EventRecorder()
    for event in materialize(orders, total).events:
        recorder.on_event(event)
    recorder.on_rows("orders", 2)
    recorder.on_rows("orders", 3)
    assert [event.kind for event in recorder.of("total")] == ["step_started", "step_succeeded"]
    assert (recorder.kinds[0], recorder.rows) == ("run_started", {"orders": 5})
