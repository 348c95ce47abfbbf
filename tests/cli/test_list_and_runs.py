"""``vibepiper list`` and ``vibepiper runs``: of partitions, attempts and profiles."""

import pytest

FLAKY = """
from pathlib import Path
from vibepiper import asset


@asset(retries=2, delay=0)
def flaky():
    tries = Path("tries")
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    if len(tries.read_text()) < 3:
        raise OSError(f"try {len(tries.read_text())}")
    return [{"n": 1}]
"""


def test_list_tells_how_many_partitions_are_made(days):
    days("run", "--select", "orders", "--from", "2026-03-02", "--to", "2026-03-03")
    printed = days("list")
    assert printed.splitlines()[0].split()[:4] == ["asset", "group", "kind", "partitions"]
    assert "orders   default  python  2 of 4" in printed
    assert days.json("list")[0]["partitions"] == {"made": 2, "count": 4}
    assert days.json("list", "--select", "total")[0]["partitions"] is None


def test_list_of_partitions_needs_no_state_and_makes_none(days):
    assert "0 of 4" in days("list")
    assert not (days.root / ".vibepiper").exists()


def test_list_has_no_column_of_partitions_where_nothing_is_divided(chain):
    assert "partitions" not in chain("list")


def test_list_counts_only_partitions_that_there_still_are(days):
    days("run", "--select", "orders", "--partition", "2026-03-01", "--partition", "2026-03-02")
    later = (days.root / "pipeline.py").read_text().replace("2026-03-01", "2026-03-02", 1)
    days.pipeline(later)
    assert "1 of 3" in days("list", "--select", "orders")


def test_list_counts_the_keys_of_dynamic_partitions(stored):
    stored.pipeline(
        "from vibepiper import asset\nfrom vibepiper.partitions import dynamic\n"
        "@asset(partitions=dynamic('tenants'))\n"
        "def t(tenants: str): return [{'k': tenants}]\n"
    )
    stored("partitions", "t", "--add", "acme", "--add", "zenith")
    stored("run", "--partition", "acme")
    assert stored.json("list")[0]["partitions"] == {"made": 1, "count": 2}


def test_a_run_is_shown_with_its_partitions(days):
    run = days.json("run", "--select", "orders", "--from", "2026-03-01", "--to", "2026-03-02")
    printed = days("runs", run["run_id"]).splitlines()
    assert printed[0].split() == ["asset", "partition", "status", "seconds", "rows", "reason"]
    assert [line.split()[:3] for line in printed[1:]] == [
        ["orders", "2026-03-01", "succeeded"],
        ["orders", "2026-03-02", "succeeded"],
    ]


def test_a_run_is_shown_with_the_attempts_of_what_was_tried_again(stored):
    run = stored.pipeline(FLAKY).json("run")
    steps, attempts = stored("runs", run["run_id"]).split("\n\n")
    assert steps.splitlines()[1].split()[:3] == ["flaky", "succeeded", "3"]
    assert [line.split()[0] for line in attempts.splitlines()] == ["attempt", "1", "2", "3"]
    assert "OSError: try 2" in attempts
    kept = stored.json("runs", run["run_id"])["attempts"]
    assert [(a["attempt"], a["status"]) for a in kept] == [
        (1, "failed"),
        (2, "failed"),
        (3, "succeeded"),
    ]


def test_a_run_is_shown_with_its_profile_when_there_is_one(chain):
    plain = chain.json("run")
    assert "memory" not in chain("runs", plain["run_id"])
    profiled = chain.json("run", "--profile", "--force")
    shown = chain("runs", profiled["run_id"])
    assert "load  compute  check  store" in shown
    kept = chain.json("runs", profiled["run_id"])["steps"][0]["profile"]
    assert (kept["rows"], kept["compute"] > 0) == (3, True)


def test_runs_counts_what_was_left_out(chain):
    chain("run")
    chain("run")
    (latest, _) = chain.json("runs")
    assert (latest["succeeded"], latest["cached"]) == (1, 2)
    header, line, _ = chain("runs").splitlines()
    assert header.split()[-4:] == ["made", "cached", "failed", "skipped"]
    assert line.split()[-4:] == ["1", "2", "0", "0"]


def test_the_last_run_is_shown_by_that_name(chain):
    chain("run", "--select", "numbers")
    chain("run")
    run, *_ = chain.json("runs")
    assert chain.json("runs", "last")["run"]["id"] == run["id"]


def test_show_counts_the_rows_that_there_are_not_those_that_came_last(stored):
    stored.pipeline(
        """
        from pathlib import Path
        from vibepiper import asset, incremental

        @asset(key="n", materialization=incremental("upsert"))
        def grows():
            return [{"n": int(n)} for n in Path("numbers.txt").read_text().split()]
        """
    )
    for numbers in ("1 2 3", "4"):
        stored.numbers(numbers)("run")
    assert stored.json("show", "grows")["rows"] == 4
    assert "4 rows" in stored("show", "grows")


def test_a_parameter_in_place_of_its_default_is_no_new_code(stored):
    stored.pipeline(
        """
        from vibepiper import asset

        @asset(cache=True)
        def scaled(factor: int = 2):
            return [{"n": factor}]
        """
    )("run")
    assert stored.reasons("--param", "factor=3") == {"scaled": ["settings_changed"]}
    stored("run", "--param", "factor=3")
    assert stored.rows("scaled") == [{"n": 3}]
    assert stored.reasons() == {"scaled": ["settings_changed"]}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("list",), "daily_sales"),
        (("show", "daily_sales"), "1 row"),
        (("show", "daily_sales", "--rejected"), "no check of asset 'daily_sales' sets rows aside"),
        (("partitions", "daily_sales"), "asset 'daily_sales' has no partitions"),
        (("versions", "daily_sales"), "published"),
        (("lineage", "daily_sales"), "daily_sales"),
        (("lineage", "daily_sales.n"), "daily_sales.n"),
        (("rollback", "daily_sales", "--to", "none"), "no kept versions begin with 'none'"),
    ],
)
def test_a_parameter_without_a_default_is_given_to_all_that_read_the_project(stored, command, told):
    stored.pipeline(
        """
        from vibepiper import asset

        @asset(materialization="incremental", key="date")
        def daily_sales(date):
            return [{"date": date, "n": 1}]
        """
    )("run", "--param", "date=2026-03-01")
    assert "parameter 'date' is no asset" in stored(*command, code=2)
    done = stored.folder.vibepiper(*command, "--param", "date=2026-03-01")
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_view_is_never_marked_as_destructive(stored):
    stored.pipeline(
        """
        from vibepiper import asset

        @asset
        def numbers():
            return [{"n": 1}]

        @asset(materialization="view")
        def seen(numbers):
            return numbers
        """
    )("run")
    marks = {step["asset"]: step["destructive"] for step in stored.json("plan", "--force")["steps"]}
    assert marks["seen"] is False
