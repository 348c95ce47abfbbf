"""What checks found, in every form."""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from vibepiper.errors import UsageError
from vibepiper_expectations import CheckReport, check_table, expect
from vibepiper_expectations.page import page
from vibepiper_expectations.report import junit

TABLE = pa.table({"id": [1, 2, 3], "text": ["<b>", "a\x1b[31m", None]})
CHECKS = [
    expect.column_values_unique("id"),
    expect.column_values_match_regex("text", "^x$"),
    expect.column_mean_between("id", 5, severity="warn"),
]


@pytest.fixture
def report() -> CheckReport:
    return check_table(TABLE, CHECKS, name="people", key=["id"])


def test_a_terminal_is_told_what_failed(report: CheckReport) -> None:
    assert str(report).split("\n") == [
        "people: 1 of 3 checks passed",
        "  x column_values_match_regex(text, ^x$): 2 of 2 failed (100.00%), expected a match of "
        r"^x$, found '<b>', 'a\x1b[31m'",
        "      id=1, text='<b>'",
        r"      id=2, text='a\x1b[31m'",
        "  ! column_mean_between(id, 5, None): expected a mean of at least 5, found 2",
    ]
    assert not report.passed


def test_json_holds_everything(report: CheckReport) -> None:
    told = json.loads(report.to_json())
    assert (told["asset"], told["passed"]) == ("people", False)
    assert [check["status"] for check in told["checks"]] == ["passed", "failed", "failed"]
    assert told["checks"][1]["share"] == 1.0
    assert told["checks"][2]["value"] == 2.0
    assert told["checks"][1]["examples"][0] == {"id": 1, "text": "<b>"}


def test_junit_fails_where_an_error_does(report: CheckReport) -> None:
    root = ElementTree.fromstring(junit([report]))
    (suite,) = root
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("people", "3", "1")
    assert [len(case.findall("failure")) for case in suite] == [0, 1, 0]
    assert "found 2" in (suite[2].findtext("system-out") or "")


def test_a_page_escapes_what_it_shows(report: CheckReport) -> None:
    history = {("people", "column_mean_between(id, 5, None)"): [1.0, 3.0, 2.0]}
    text = page("Checks", [report], history)
    assert "<b>" not in text.split("<h1>")[1]
    assert "&lt;b&gt;" in text
    assert '<rect class=bad width="100.0"' in text
    assert 'points="0.0,18.0 50.0,2.0 100.0,10.0"' in text


def test_other_tables_are_given_by_name() -> None:
    check = expect.column_values_in_reference("id", "known")
    known = pa.table({"id": [1, 2]})
    report = check_table(TABLE, [check], others={"known": known}, keys="all")
    (result,) = report.results
    assert result.failed_rows == 1
    with pytest.raises(UsageError, match="no data of 'known'"):
        check_table(TABLE, [check], others={"knwon": known})


PIPELINE = """
from vibepiper import asset
from vibepiper_expectations import expect

@asset(key="id")
@expect.column_values_between("id", 0, 1)
def numbers():
    return [{"id": n} for n in range(4)]
"""


def test_the_command_writes_what_the_last_run_found(project_folder) -> None:
    project_folder.write(PIPELINE)
    assert "was no run" in project_folder.vibepiper("checks").stderr
    project_folder.vibepiper("run")
    done = project_folder.vibepiper("checks")
    assert done.returncode == 3
    assert "numbers: 0 of 1 checks passed" in done.stdout
    assert "2 of 4 failed (50.00%)" in done.stdout
    (told,) = project_folder.json("checks")
    assert told["checks"][0]["failed_rows"] == 2
    told = project_folder.vibepiper("checks", "--format", "html", "--output", "checks.html").stdout
    assert told == "Written to checks.html.\n"
    assert "<h2>numbers</h2>" in (project_folder.root / "checks.html").read_text()
    refused = project_folder.vibepiper("checks", "--output", "not/there.html")
    assert refused.returncode == 2
    assert "cannot be written to 'not/there.html': No such file" in refused.stderr
    assert 'tests="1" failures="1"' in (
        project_folder.vibepiper("checks", "numbers", "--format", "junit").stdout
    )


def test_of_an_asset_that_the_last_run_did_not_make_its_last_checks_are_shown(
    project_folder,
) -> None:
    project_folder.write(PIPELINE.replace("0, 1", "0, 9") + "\n@asset\ndef other(): return 1\n")
    first = project_folder.json("run")["run_id"]
    project_folder.vibepiper("run", "--select", "other")
    shown, earlier = project_folder.vibepiper("checks", "numbers").stdout.splitlines()
    assert shown == "numbers: 1 of 1 checks passed"
    assert earlier.startswith(f"numbers: checked last by run {first}, ")


def test_an_unknown_asset_is_refused_with_the_nearest(project_folder) -> None:
    project_folder.write(PIPELINE).vibepiper("run")
    done = project_folder.vibepiper("checks", "number")
    assert done.returncode == 2
    assert "there is no asset 'number'\n  Did you mean 'numbers'?" in done.stderr


def test_examples_are_told_as_values_print() -> None:
    at = dt.datetime(2013, 2, 12, 8, tzinfo=zoneinfo.ZoneInfo("UTC"))
    table = pa.table({"at": [at], "n": [1], "word": ["a b"]})
    said = str(check_table(table, [expect.column_values_between("n", 2, 3)], keys="all"))
    assert "at=2013-02-12 08:00:00+00:00" in said
