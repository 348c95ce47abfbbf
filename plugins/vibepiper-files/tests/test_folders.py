"""Folders that are made and removed by several at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from vibepiper_files.folders import listed, make_folder, remove_if_empty


def test_a_folder_is_made_while_others_remove_it(tmp_path):
    folder = tmp_path / "a" / "b"

    def work(number):
        for _ in range(300):
            make_folder(folder)
            remove_if_empty(folder if number % 2 else folder.parent)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [None] * 4


def test_a_file_in_the_way_is_told_at_once(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "a")
    assert listed(tmp_path / "a") == listed(tmp_path / "b") == []


def test_a_folder_that_holds_something_stays(tmp_path):
    (tmp_path / "a").write_text("")
    remove_if_empty(tmp_path)
    assert listed(tmp_path) == ["a"]
