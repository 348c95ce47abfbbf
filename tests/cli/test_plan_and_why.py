"""``vibepiper plan``, ``why`` and ``why-not``: each reason, and plans that bind a run."""

import json
import sqlite3
from contextlib import closing

import pytest

WAREHOUSE = """
[project]
name = "test"
modules = ["pipeline.py"]

[io_managers.default]
use = "duckdb"
path = "warehouse.duckdb"
"""


def test_what_was_never_made_is_made(chain):
    assert chain.reasons() == {
        "numbers": ["never_made"],
        "doubled": ["never_made"],
        "largest": ["never_made"],
    }
    assert not (chain.root / ".vibepiper").exists()


WAITING = """
from pathlib import Path
from vibepiper import asset

@asset
def first():
    return [{"x": 1}]

@asset(depends_on=["first"])
def waits():
    return [{"x": int(Path("number").read_text())}]
"""


def test_what_only_waits_for_another_is_read_every_time(project_folder):
    folder = project_folder.write(WAITING, WAREHOUSE)
    for number in ("1", "2"):
        folder.add("number", number)
        folder.vibepiper("run")
    assert folder.json("show", "waits")["first_rows"] == [{"x": 2}]
    assert "takes the data of none" in folder.vibepiper("plan").stdout


def test_a_run_says_which_partitions_it_left_out(days):
    days("run", "--select", "orders", "--from", "2026-03-01", "--to", "2026-03-02")
    asked = ("backfill", "orders", "--from", "2026-03-01", "--to", "2026-03-03")
    assert days.json(*asked)["left_out"] == [
        {
            "asset": "orders",
            "partitions": "2026-03-01 .. 2026-03-02 (2)",
            "number": 2,
            "reason": "same code and inputs as when it was made",
        }
    ]
    printed = days(*asked)
    assert "orders  cached     2026-03-01 .. 2026-03-03 (3): same code and inputs" in printed
    assert "succeeded: 3 partitions unchanged." in printed


def test_a_source_is_made_again_and_what_came_out_the_same_stops_there(chain):
    chain("run")
    assert chain.reasons() == {
        "numbers": ["reads_outside"],
        "doubled": ["upstream_changed"],
        "largest": ["upstream_changed"],
    }
    assert chain.steps("run") == {"numbers": "succeeded", "doubled": "cached", "largest": "cached"}


def test_a_comment_is_no_change_of_code_and_another_number_is(chain):
    chain("run")
    code = (chain.root / "pipeline.py").read_text()
    (chain.root / "pipeline.py").write_text("# A word.\n" + code)
    assert "code_changed" not in str(chain.reasons())

    (chain.root / "pipeline.py").write_text(code.replace("2 * n", "3 * n"))
    assert chain.reasons("--select", "doubled")["doubled"] == ["code_changed"]


def test_force_makes_everything(chain):
    chain("run")
    assert set(map(str, chain.reasons("--force").values())) == {"['forced']"}
    assert set(chain.steps("run", "--force").values()) == {"succeeded"}


def test_full_refresh_makes_everything(chain):
    chain("run")
    assert set(chain.steps("run", "--full-refresh").values()) == {"succeeded"}


def test_what_failed_last_time_is_made(chain):
    chain("run")
    chain.numbers("x")
    chain("run", code=1)
    assert chain.reasons("--select", "numbers") == {"numbers": ["failed_before"]}


def test_what_a_store_lost_is_made_again(chain):
    chain("run")
    chain("run", "--select", "largest")
    for file in (chain.root / "data").glob("largest*"):
        file.unlink()
    assert chain.reasons("--select", "largest") == {"largest": ["not_stored"]}


def test_another_run_parameter_is_a_reason(stored):
    stored.pipeline(
        "from vibepiper import asset\n"
        "@asset(cache=True)\ndef a(region: str): return [{'region': region}]\n",
    )
    config = stored.root / "vibepiper.toml"
    config.write_text(config.read_text() + "\n[params]\nregion = 'eu'\n")
    stored("run")
    assert stored.reasons() == {"a": ["unchanged"]}
    assert stored.reasons("--param", "region=us") == {"a": ["settings_changed"]}


def test_partitions_are_told_by_why_they_are_made(days):
    days("run", "--select", "orders", "--from", "2026-03-01", "--to", "2026-03-02")
    steps = days.json("plan", "--select", "orders", "--from", "2026-03-01")["steps"]
    assert [(s["reason_kind"], s["action"], s["steps"], s["partitions"]) for s in steps] == [
        ("partition_missing", "make", 2, "2026-03-03 .. 2026-03-04 (2)"),
        ("unchanged", "skip", 2, "2026-03-01 .. 2026-03-02 (2)"),
    ]


def test_rows_to_expect_and_what_no_version_keeps_are_told(stored):
    code = "from vibepiper import asset\n@asset\ndef a(): return [{'n': 1}, {'n': 2}]\n"
    stored.pipeline(code, WAREHOUSE)("run")
    (step,) = stored.json("plan")["steps"]
    assert (step["expected_rows"], step["destructive"]) == (2, True)
    printed = stored("plan")
    assert "replace !" in printed
    assert "! takes the place of data that no version keeps." in printed


def test_as_many_rows_are_expected_of_each_partition_as_the_last_one_had(stored):
    stored.pipeline(
        "from vibepiper import asset\nfrom vibepiper.partitions import daily\n"
        "@asset(partitions=daily('2026-03-01', end='2026-03-11'))\n"
        "def a(date: str): return [{'d': date}] * 3\n"
    )("run")
    (missing,) = stored.json("plan", "--missing")["steps"]
    assert (missing["steps"], missing["expected_rows"]) == (9, 27)
    assert "27  partition missing" in stored("plan", "--missing")


def test_a_kept_plan_is_run_as_it_was_looked_at(chain):
    chain("run")
    chain("plan", "--select", "doubled", "--out", "plan.json", "--force")
    assert chain.steps("run", "--plan", "plan.json") == {"doubled": "succeeded"}


def test_a_kept_plan_keeps_its_parameters_and_partitions(days):
    asked = ("--select", "orders", "--from", "2026-03-02", "--to", "2026-03-03")
    days("plan", *asked, "--out", "plan.json")
    assert list(days.steps("run", "--plan", "plan.json")) == [
        "orders[2026-03-02]",
        "orders[2026-03-03]",
    ]


def test_a_kept_plan_is_refused_when_the_code_has_changed(chain):
    chain("run")
    chain("plan", "--out", "plan.json")
    code = (chain.root / "pipeline.py").read_text()
    (chain.root / "pipeline.py").write_text(code.replace("2 * n", "3 * n"))
    printed = chain("run", "--plan", "plan.json", code=2)
    assert "the plan is not that of the file any more:\n  doubled: its code changed\n" in printed
    assert "doubled: was planned" not in printed
    assert len(chain.json("runs")) == 1


def test_a_kept_plan_is_refused_when_an_input_was_made_anew(chain):
    chain("run")
    chain("plan", "--select", "doubled", "--out", "plan.json", "--force")
    chain.numbers("5")("run", "--select", "numbers")
    printed = chain("run", "--plan", "plan.json", code=2)
    assert "doubled: its input 'numbers' changed" in printed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "orders: was to be made (partition missing), and is now to be left out (same code"),
        (("--force",), "orders: another run has made it since"),
    ],
)
def test_a_kept_plan_is_refused_when_it_was_run_already(days, options, said):
    days("plan", "--select", "orders", "--out", "plan.json", *options)
    days("run", "--plan", "plan.json")
    assert said in days("run", "--plan", "plan.json", code=2)


def test_a_kept_plan_does_not_add_the_same_rows_twice(stored):
    stored.pipeline(
        "from vibepiper import asset, incremental\n"
        "@asset(materialization=incremental('append'))\ndef a(): return [{'n': 1}]\n"
    )("run")
    stored("plan", "--out", "plan.json")
    stored("run", "--plan", "plan.json")
    assert "a: another run has made it since" in stored("run", "--plan", "plan.json", code=2)
    assert stored.rows("a") == [{"n": 1}, {"n": 1}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("[]", "holds no plan"),
        ("not JSON", "holds no plan"),
        ("\ufeff\x00", "holds no plan"),
    ],
)
def test_what_is_no_plan_is_refused(chain, content, message):
    if content is not None:
        (chain.root / "plan.json").write_text(content)
    assert message in chain("run", "--plan", "plan.json", code=2)


def test_a_plan_of_another_format_is_refused(chain):
    chain("plan", "--out", "plan.json")
    path = chain.root / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    assert "holds a plan of format 99" in chain("run", "--plan", "plan.json", code=2)


def test_a_kept_plan_says_everything_so_nothing_else_may_be_asked_for(chain):
    chain("plan", "--out", "plan.json")
    printed = chain("run", "--plan", "plan.json", "--select", "doubled", code=2)
    assert "--plan repeats what was asked for before" in printed


def test_why_names_what_changed_in_the_code(chain):
    chain("run")
    code = (chain.root / "pipeline.py").read_text()
    (chain.root / "pipeline.py").write_text(code.replace("2 * n", "3 * n"))
    printed = chain("why", "doubled")
    assert "'doubled' would run: code changed.\n  function doubled() in pipeline.py" in printed
    assert "would run after all: code changed." in chain("why-not", "doubled")
    assert chain.json("why", "doubled")["changes"] == ["function doubled() in pipeline.py changed"]


def test_why_names_the_inputs_that_changed(chain):
    chain("run")
    chain.numbers("7 8")("run", "--select", "numbers")
    found = chain.json("why", "doubled")
    assert found["groups"][0]["reason"] == "upstream changed: 'numbers'"
    assert found["changes"][0].startswith("input numbers: version sha256:")


def test_why_of_what_was_never_made(chain):
    assert "It was never made here." in chain("why", "largest")
    assert chain.json("why", "largest")["last"] is None


def test_why_not_says_since_when_it_is_as_it_is(stored):
    stored.pipeline(
        "from vibepiper import asset\n@asset(cache=True)\ndef a(): return [{'n': 1}]\n"
    )("run")
    assert "'a' would not run: unchanged since " in stored("why-not", "a")
    assert "'a' would not run after all: unchanged" in stored("why", "a")


def test_why_of_a_partition_tells_of_that_partition(days):
    days("run", "--select", "orders", "--partition", "2026-03-02")
    days("run", "--select", "orders", "--partition", "2026-03-04")
    printed = days("why-not", "orders", "--partition", "2026-03-02")
    assert "'orders' 2026-03-02 (1) would not run: same code and inputs" in printed
    assert "(partition 2026-03-02)" in printed
    printed = days("why", "orders", "--partition", "2026-03-03")
    assert "would run: partition missing.\nIt was never made here." in printed


def test_what_reads_all_partitions_is_made_again_when_one_but_the_last_changed(days):
    """The partition that was made last came out as it was, and says nothing of the others."""
    days("run", "--from", "2026-03-01")
    code = (days.root / "pipeline.py").read_text()
    amount = "int(date[-2:])"
    days.pipeline(code.replace(amount, f'100 if date == "2026-03-02" else {amount}'))
    days("run", "--from", "2026-03-01", "--select", "orders", "--select", "revenue")
    assert days.reasons("--select", "total") == {"total": ["upstream_changed"]}
    assert days.steps("run", "--select", "total") == {"total": "succeeded"}
    assert days.rows("total") == [{"total": 108}]


def test_what_reads_all_partitions_is_left_out_when_all_came_out_the_same(days):
    days("run", "--from", "2026-03-01")
    days("run", "--from", "2026-03-01", "--select", "revenue", "--force")
    assert days.steps("run", "--select", "total") == {"total": "cached"}


def test_an_upstream_whose_record_is_gone_is_not_taken_as_changed(days):
    """It is older than the retention, and was not made again."""
    days("run", "--select", "orders", "--select", "revenue", "--from", "2026-03-01")
    with closing(sqlite3.connect(days.root / ".vibepiper" / "state.db")) as state, state:
        state.execute("DELETE FROM materializations WHERE asset = 'orders'")
    asked = ("--select", "orders", "--select", "revenue", "--from", "2026-03-01")
    assert days.reasons(*asked) == {"orders": ["unchanged"], "revenue": ["unchanged"]}


def test_lineage_of_what_reads_all_partitions_has_each_of_them(days):
    days("run", "--from", "2026-03-01")
    (version,) = days.json("versions", "total")
    printed = days("lineage", "total", "--at", version["load_id"])
    assert [f"revenue[2026-03-0{day}] sha256:" in printed for day in (1, 2, 3, 4)] == [True] * 4


def test_why_of_an_asset_that_there_is_not(chain):
    assert "Did you mean 'doubled'?" in chain("why", "dubled", code=2)
