"""The suites are themselves tested: what has a defect fails, for that reason alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from vibepiper_testing.conformance import IOManagerSuite, overrides

pytestmark = pytest.mark.timeout(900)  # the first test that looks at the failures runs all suites
PLANTED = Path(__file__).parent / "planted"
SUITES = ("planted_suites.py", "planted_store_suites.py")
CONFTEST = """
def pytest_collection_modifyitems(items):
    "Of the cases of types, names and objects, a few."
    kept = {"string", "double_special", "timestamp_zone", "null", "union", "a'b", "_", "text é"}
    many = {"held", "refused", "column", "key", "value"}
    items[:] = [
        item for item in items
        if not hasattr(item, "callspec")
        or kept.issuperset(map(str, (v for k, v in item.callspec.params.items() if k in many)))
    ]
"""

BREAKS = {
    "DropsNulls": {"a_column_of_every_type_comes_back", "a_slice_is_not_the_whole"},
    "LosesTimeZones": {
        "a_column_of_every_type_comes_back",
        "a_slice_is_not_the_whole",
        "an_empty_column_keeps_its_type",
    },
    "ReadsOneBatch": {
        "a_stream_of_a_million_rows_comes_back",
        "empty_batches_in_a_stream_are_no_end",
    },
    "KeepsHalf": {
        "a_failed_save_leaves_what_was_there",
        "a_failed_stage_leaves_nothing",
        "what_a_producer_raises_leaves_nothing",
    },
    "SharesKeys": {"assets_of_like_keys_do_not_share_data"},
    "StagesInTheOpen": {
        "discarded_data_is_gone",
        "staged_data_is_apart_until_it_is_published",
        "the_first_load_is_not_there_before_it_is_published",
    },
    "ForgetsDiscards": {"discarded_data_is_gone"},
    "PublishesOnce": {"publishing_a_load_again_changes_nothing"},
    "LetsOldLoadsReturn": {"a_load_that_was_replaced_does_not_come_back"},
    "RaisesKeyError": {
        "nothing_is_there_before_it_is_saved",
        "the_first_load_is_not_there_before_it_is_published",
    },
    "HidesItsStaging": {"methods_are_there_as_declared"},
    "HasNoRelation": {"methods_are_there_as_declared", "a_relation_is_what_is_loaded"},
    "TakesObjectsUndeclared": {"an_object_is_refused"},
    "TakesAnySetting": {"an_unknown_setting_is_refused"},
    "ShowsItsPassword": {"secrets_are_not_shown"},
    "WritesInPlace": {
        "a_killed_process_leaves_the_table_whole",
        "readers_see_the_old_table_or_the_new_whole",
    },
    "RemovesLivingLoads": {
        "a_living_load_is_left_alone",
        "loads_of_one_asset_are_staged_side_by_side",
    },
    "LeavesLitter": {"what_a_killed_process_staged_is_collected"},
    "CachesForever": {"what_another_process_saves_is_seen"},
    "KeepsTheDeleted": {
        "a_history_has_each_version_once",
        "upserts_leave_out_what_is_late_and_deleted",
    },
    "TakesTheLate": {"upserts_leave_out_what_is_late_and_deleted"},
    "ClosesNothing": {"a_history_has_each_version_once"},
    "AppendsOnly": {"all_rows_of_a_staged_key_are_replaced"},
    "AppliesAgain": {"appended_rows_are_added"},
    "FindsSome": {"partitions_exist_when_each_of_them_does"},
    "ForgetsWhose": {"the_last_load_of_partitions_is_that_of_any"},
    "WritesOver": {
        "a_failed_write_leaves_the_file_that_was_there",
        "a_type_that_cannot_be_held_is_refused",
        "what_a_producer_raises_leaves_nothing",
    },
    "TakesRubbishForEmpty": {
        "a_file_cut_short_is_refused",
        "what_is_no_file_of_the_format_is_refused",
    },
    "PassesTheImpossible": {"a_check_that_cannot_be_judged_never_passes"},
    "CountsWrong": {"bad_data_fails"},
    "AnswersBackwards": {"results_come_in_the_order_of_checks"},
    "FailsTheLimit": {"good_data_passes", "what_fails_is_what_fails_row_by_row"},
    "PassesTooMuch": {"bad_data_fails", "what_fails_is_what_fails_row_by_row"},
    "CountsNullsAsFailing": {"what_fails_is_what_fails_row_by_row"},
    "ComparesNothing": {"an_empty_table_is_judged", "nothing_but_nulls_is_judged"},
    "TakesAnyOption": {"an_unknown_option_is_refused"},
    "ForgetsToVerify": {"a_severity_that_there_is_not_is_refused"},
    "KeepsLists": {"a_check_is_the_same_in_text"},
    "CanBeChanged": {"a_check_says_what_it_is"},
    "ExpectsNothing": {"a_check_says_what_it_expects"},
    "PassesWithoutItsColumn": {"a_column_that_is_missing_is_no_pass"},
    "AsksAnything": {"a_column_of_another_type_is_judged_or_refused"},
    "SharesItsLimit": {"checks_are_judged_together_as_alone"},
    "PassesEveryOther": {"judging_again_gives_the_same", "a_relation_is_judged_like_a_table"},
    "TellsDecimals": {"a_result_can_be_kept"},
    "NamesTwoAlike": {"a_check_is_found_by_its_name"},
    "LeavesOneUntried": {"every_check_has_a_case"},
    "SaysNothing": {"the_declaration_holds"},
    "DropsEmptyRows": {"values_and_nulls_arrive"},
    "AsksNobody": {"a_run_that_lost_its_lease_publishes_nothing"},
    "LosesLogs": {"what_a_step_logs_and_counts_is_passed_on"},
    "RunsOneByOne": {"steps_run_side_by_side"},
    "RunsAllAtOnce": {"no_more_than_the_jobs_run_at_once"},
    "LeavesThreads": {"nothing_is_left_when_it_ends"},
    "RaisesFailures": {
        "a_run_that_lost_its_lease_publishes_nothing",
        "a_step_that_fails_leaves_the_others",
        "what_a_step_raises_is_in_its_outcome",
    },
    "WorksOnce": {"it_can_be_started_again"},
    "CountsNoRows": {"ingest_tells_its_rows"},
    "ReplacesOnCreate": {"create_refuses_a_table_that_exists"},
    "AddsOnReplace": {"append_adds_and_replace_replaces"},
    "CommitsFailures": {"a_transaction_that_raises_leaves_nothing"},
    "PastesParameters": {"a_parameter_is_only_a_value"},
    "DeliversOneBatch": {"a_query_streams", "a_stream_of_a_million_rows_comes_back"},
    "HasEverySchema": {"there_is_no_schema_of_no_table"},
    "TellsNothingOfBadSql": {"a_bad_statement_raises_without_secrets"},
    "ClosesOnce": {"closing_twice_is_closing_once"},
    "LosesNulls": {"a_relation_runs_again", "tables_are_compared", "the_answers_are_duckdbs"},
    "SaysTextOfAll": {
        "tables_are_compared",
        "the_answers_are_duckdbs",
        "the_schema_is_known_before_it_runs",
    },
    "SendsOneBatch": {"rows_stream_in_batches"},
    "IsNeverTheSame": {"relations_of_one_engine_are_equal_in_it"},
    "AnswersOnce": {"a_relation_runs_again"},
}
"""By the component, what its defect must break."""

ALSO = {
    "DropsNulls": "anything that holds a null",
    "ReadsOneBatch": "anything of no batch or several",
    "HasNoRelation": "anything with a relation",
    "WritesInPlace": "anything that two do at once",
    "RemovesLivingLoads": "anything that two do at once",
    "CachesForever": "anything that two do at once, and objects",
    "PassesEveryOther": "anything that is judged more than once",
    "DeliversOneBatch": "anything of several batches",
    "HasEverySchema": "anything that shall not be there",
    "IsNeverTheSame": "anything of two relations",
}
"""What else a defect may break; of the others, nothing else may."""


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The messages of the tests that failed, by the component under test and the test."""
    folder = tmp_path_factory.mktemp("planted")
    for file in PLANTED.glob("*.py"):
        shutil.copy(file, folder)
    (folder / "conftest.py").write_text(CONFTEST)
    info = folder / "planted-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vibepiper]\nplanted = planted_plugin\n")
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with ThreadPoolExecutor(2) as pool:  # suites of stores wait for the disk and for processes
        told = list(pool.map(partial(run_pytest, folder, "-m", "not long"), SUITES))
    for printed in told:
        assert " passed" in printed, printed
    for name, test, message in re.findall(
        r"^(?:FAILED|ERROR) \S+?::Test(\w+)::test_(\w+)(.*)$", "\n".join(told), re.M
    ):
        found[name][test] = message
    return found


def run_pytest(folder: Path, *arguments: str) -> str:
    """What pytest prints in a process of its own, where the folder's plugins are installed."""
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", BREAKS)
def test_a_defect_breaks_its_own_promises(failures: dict[str, dict[str, str]], name: str) -> None:
    found = failures[name]

    assert set(found) >= BREAKS[name]
    assert name in ALSO or set(found) == BREAKS[name]
    assert all("broken promise: " in found[test] for test in BREAKS[name])


def test_what_is_sound_passes(failures: dict[str, dict[str, str]]) -> None:
    assert failures.keys() == BREAKS.keys()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("def test_secrets_are_not_shown(self): pass", "replaces a test of ComponentSuite without"),
        ("test_secrets_are_not_shown = None", "replaces a test of ComponentSuite without a reason"),
        ("refuses = {'strnig'}", "there is no type case 'strnig'. Did you mean 'string'"),
        ("@overrides(reason=' ')\n    def test_x(self): pass", "say why the suite's own test"),
        ("@overrides(reason='r')\n    def test_x(self): pass", "test_x overrides nothing of the"),
    ],
)
def test_a_suite_cannot_be_weakened_in_silence(body: str, message: str) -> None:
    source = f"class TestIt(IOManagerSuite):\n    component = 'memory'\n    {body}"
    names = {"IOManagerSuite": IOManagerSuite, "overrides": overrides}

    with pytest.raises(TypeError, match=re.escape(message)):
        exec(source, names)


def test_a_mixin_is_no_way_around_it() -> None:
    class Mixin:
        def test_secrets_are_not_shown(self) -> None: ...

    with pytest.raises(TypeError, match="replaces a test of ComponentSuite without a reason"):
        type("TestIt", (Mixin, IOManagerSuite), {"component": "memory"})


def test_a_replaced_test_is_shown_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from vibepiper_testing.conformance import InputSuite, overrides\n"
        "class TestRows(InputSuite):\n"
        "    component = 'builtins:list'\n"
        "    def rows(self, given): return given\n"
        "    @overrides(reason='dates are odd here')\n"
        "    def test_values_and_nulls_arrive(self): pass\n"
    )

    printed = run_pytest(tmp_path, "test_it.py")

    assert "conformance tests that were replaced" in printed
    assert "test_values_and_nulls_arrive: dates are odd here" in printed


def test_a_component_that_nobody_declares_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from vibepiper_testing.conformance import IOManagerSuite\n"
        "class TestIt(IOManagerSuite):\n    component = 'memroy'\n"
    )

    printed = run_pytest(tmp_path, "test_it.py", "-k", "declaration", "--tb=short")

    assert "there is no IO manager 'memroy'" in printed
    assert "Did you mean 'memory'?" in printed
