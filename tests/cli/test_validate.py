"""``vibepiper validate``, and what ``plan`` and ``run`` make of the same problems."""

from __future__ import annotations

import json

CODE = """
import pyarrow as pa
from vibepiper import Column, asset
from vibepiper_transform import col, transform


@asset(columns={"n": Column(pa.int64())})
def numbers():
    return pa.table({"n": [1, 2]})


@transform
def large(numbers):
    return numbers.filter(col("n") > 1)
"""


def test_a_sound_project_ends_with_0(stored):
    stored.pipeline(CODE)
    assert "2 assets in environment 'default': no problems found" in stored("validate")
    assert not (stored.root / "data").exists()


MIXED = """

@asset
def both(numbers: pa.Table, large: Relation):
    return numbers.group_by("n").aggregate([("n", "sum")])
"""


def test_what_takes_tables_beside_relations_is_not_looked_into(stored):
    stored.pipeline(CODE.replace("import col,", "import Relation, col,") + MIXED)
    assert "no problems found" in stored("validate")
    stored("run")
    assert "no problems found" in stored("validate")


def test_what_is_no_table_is_refused_where_its_store_holds_only_tables(stored):
    config = '[project]\nname = "shop"\nmodules = ["pipeline.py"]\n'
    code = CODE.replace('numbers.filter(col("n") > 1)', "[1, 2]")
    stored.pipeline(code, config)
    assert "no problems found" in stored("validate")
    stored.pipeline(code, f'{config}[io_managers.default]\nuse = "sqlite"\n')
    told = stored("validate", code=2)
    assert "12: error: asset 'large' returns a list, which is no table" in " ".join(told.split())


def test_errors_end_with_2_and_are_told_with_their_places(stored):
    stored.pipeline(CODE.replace('col("n")', 'col("m")'))
    told = stored("validate", code=2)
    assert "pipeline.py\n  14: error: asset 'large': there is no column 'm'" in told
    document = json.loads(stored.folder.vibepiper("validate", "--json").stdout)
    assert (document["errors"], document["warnings"], document["assets"]) == (1, 0, 2)
    assert document["problems"] == [
        {
            "severity": "error",
            "asset": "large",
            "message": "asset 'large': there is no column 'm'",
            "hint": "There are: n.",
            "places": ["pipeline.py:14"],
        }
    ]


def test_only_what_is_selected_is_looked_at(stored):
    stored.pipeline(CODE.replace('col("n")', 'col("m")'))
    assert "1 asset in environment" in stored("validate", "--select", "numbers")


def test_a_run_is_refused_with_all_errors(stored):
    again = CODE + "\n\n@transform\ndef small(numbers):\n    return numbers.drop('k')\n"
    stored.pipeline(again.replace('col("n")', 'col("m")'))
    told = stored("run", code=2)
    assert "pipeline.py:14: asset 'large': there is no column 'm'" in told
    assert "pipeline.py:19: asset 'small': there is no column 'k'" in told
    assert not (stored.root / "data").exists()


def test_a_plan_shows_warnings(stored):
    """A source that is made again may have other columns by then."""
    source = '@asset(columns={"n": Column(pa.int64())})'
    stored.pipeline(CODE.replace(source, "@asset"))
    stored("run")
    stored.pipeline(CODE.replace(source, "@asset").replace('col("n")', 'col("m")'))
    assert "14: warning: asset 'large': there is no column 'm', if 'numbers' is as" in stored(
        "plan"
    )
    (warning,) = stored.json("plan")["warnings"]
    assert (warning["severity"], warning["asset"]) == ("warn", "large")


def test_what_is_wrong_with_settings_is_told_with_the_rest(stored):
    """One answer for all that is wrong."""
    wrong = CODE.replace("@transform", '@transform(io_manager="lake")')
    stored.pipeline(wrong.replace('"n": [1, 2]', '"n": [1, 2]'))
    told = stored("validate", code=2)
    assert "there is no IO manager 'lake'" in told


MISPLACED = """
from vibepiper import asset


@asset(uri="{uri}")
def kept():
    raise AssertionError
"""


def test_a_uri_that_can_be_no_place_is_refused_before_anything_runs(stored):
    """In files one that says no format, in databases one that names no table."""
    stored.pipeline(MISPLACED.format(uri="a.b.c.d/kept"))
    for command in ("validate", "plan", "run"):
        assert "asset 'kept': " in (told := stored(command, code=2))
        assert ("has no suffix that says its format" in told) or ("names no" in told)
