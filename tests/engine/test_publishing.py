"""Write, audit, publish: checks see what is staged, and what fails them is never published."""

from __future__ import annotations

import pytest

TEXT = """
from vibepiper_expectations import expect


@asset(key="id"{mode})
@expect.column_values_between("n", 0, 10)
def people():
    return delivered()


@asset
def counted(people: pa.Table):
    return [{{"n": people.num_rows}}]
"""
FIRST, SECOND, BAD = {"id": 1, "n": 1}, {"id": 2, "n": 2}, {"id": 3, "n": -3}
MODES = {
    "replace": "",
    "append": ", materialization=incremental('append')",
    "upsert": ", materialization=incremental('upsert')",
    "delete_insert": ", materialization=incremental('delete_insert')",
    "scd2": ", materialization=incremental('scd2')",
}


@pytest.mark.parametrize("mode", MODES)
def test_what_fails_its_checks_leaves_everything_as_it_was(stored, mode):
    stored.pipeline(TEXT.format(mode=MODES[mode])).deliver([FIRST]).make()
    before, committed = stored.rows("people"), stored.committed("people")
    run = stored.deliver([SECOND, BAD]).run()
    assert run.statuses == {"people": "failed", "counted": "skipped"}
    assert "column_values_between" in run.message("people")
    assert stored.rows("people") == before
    assert stored.committed("people") == committed
    stored.deliver([SECOND]).make()
    ids = stored.values("people", "id")
    assert ids == ([2] if mode == "replace" else [1, 2])


def test_the_first_load_that_fails_its_checks_leaves_nothing(stored):
    stored.pipeline(TEXT.format(mode="")).deliver([BAD])
    stored.cli("run", code=3)
    assert not stored.exists("people")
    kept = stored.root / "data"
    assert not kept.exists() or not [p for p in kept.rglob("*.parquet") if p.is_file()]


def test_a_generator_that_breaks_off_publishes_none_of_its_rows(stored):
    stored.pipeline(
        """
        @asset
        def people():
            yield {"id": 1}
            yield from ({"id": n} for n in range(2, 30_000))
            if (ROOT / "broken").exists():
                raise OSError("the source went away")
        """
    ).make()
    stored.break_it()
    assert "the source went away" in stored.run(force=True).message("people")
    assert len(stored.table("people")) == 29_999
