"""Answers that are kept: what is wrong with the file is never wrong in an answer."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper.analysis import AssetAnalysis, ColumnSource, ColumnUse, OutputColumn, Problem
from vibepiper.analysis_cache import AnalysisCache, Finding
from vibepiper.errors import Location

KEY = "0f" * 16


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "pipeline.py"
    path.write_text("code")
    return path


DECIMAL = pa.decimal128(10, 2)


def finding(code: Path, kind: pa.DataType = DECIMAL) -> Finding:
    at = Location(str(code), 3, 7)
    source = ColumnSource("raw/orders", "amount", "aggregate")
    return Finding.of(
        AssetAnalysis(
            (OutputColumn("total", kind, (source,)), OutputColumn("n", None, opaque=True)),
            (ColumnUse("raw/orders", "amount", at),),
            (Problem("warn", "a\ttab and\na line", "daily", (at, Location("x")), "hint"),),
        )
    )


def kept(path: Path, found: Finding, code: Path) -> AnalysisCache:
    cache = AnalysisCache(path)
    cache.put(KEY, found, str(code))
    cache.save()
    return AnalysisCache(path)


def test_an_answer_comes_back_whole(tmp_path: Path, code: Path) -> None:
    found = finding(code)
    again = kept(tmp_path / "made" / "cache", found, code).get(KEY)
    assert again is not None
    assert again.analysis == found.analysis
    assert (again.fields, again.problems) == (found.fields, found.problems)


def test_places_in_a_file_that_was_written_since_are_not_taken(tmp_path: Path, code: Path) -> None:
    cache = kept(tmp_path / "cache", finding(code), code)
    code.write_text("another line\ncode")
    assert cache.get(KEY) is None


def test_a_type_that_its_text_does_not_tell_is_not_kept(tmp_path: Path, code: Path) -> None:
    odd = pa.struct([("a, b", pa.int64())])
    assert kept(tmp_path / "cache", finding(code, odd), code).get(KEY) is None


def test_a_damaged_file_gives_the_answer_or_none(tmp_path: Path, code: Path) -> None:
    """Whatever byte is changed or cut."""
    path, found = tmp_path / "cache", finding(code)
    kept(path, found, code)
    whole, chance = path.read_bytes(), random.Random(1)
    for _ in range(300):
        place = chance.randrange(len(whole))
        cut = chance.random() < 0.3
        path.write_bytes(
            whole[:place]
            if cut
            else whole[:place] + bytes([chance.randrange(256)]) + whole[place + 1 :]
        )
        again = AnalysisCache(path).get(KEY)
        assert again is None or again.analysis == found.analysis


def test_a_file_of_another_kind_is_ignored_and_written_over(tmp_path: Path, code: Path) -> None:
    path = tmp_path / "cache"
    path.write_bytes(b"vibepiper analysis 0\nsomething else\n")
    assert kept(path, finding(code), code).get(KEY) is not None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, code: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert kept(tmp_path / "file" / "cache", finding(code), code).get(KEY) is None


def test_what_was_not_asked_for_stays(tmp_path: Path, code: Path) -> None:
    """Another environment has other answers in the same file."""
    kept(tmp_path / "cache", finding(code), code)
    other = AnalysisCache(tmp_path / "cache")
    other.put("another", finding(code), str(code))
    other.save()
    assert AnalysisCache(tmp_path / "cache").get(KEY) is not None


def test_many_may_write_at_once(tmp_path: Path, code: Path) -> None:
    """The file is one of theirs, whole, and nothing is left beside it."""
    folder = tmp_path / "many"

    def write(number: int) -> None:
        cache = AnalysisCache(folder / "cache")
        for n in range(20):
            cache.put(f"{number}-{n}", finding(code), str(code))
        cache.save()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    last = AnalysisCache(folder / "cache")
    whole = [n for n in range(24) if all(last.get(f"{n}-{m}") for m in range(20))]
    assert whole
    assert [path.name for path in folder.iterdir()] == ["cache"]
