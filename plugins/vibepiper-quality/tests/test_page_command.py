"""``vibepiper quality page`` writes what is published and remembered of assets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = (
    '[project]\nname = "shop"\nmodules = ["pipeline.py"]\n[io_managers.default]\nuse = "files"\n'
)
PIPELINE = """
from vibepiper import Column, asset

@asset(key="id", columns={"email": Column(tags={"pii"})})
def people():
    return [{"id": n, "month": n % 3, "email": f"zyzzyva{n}", "age": n % 50} for n in range(300)]
"""


def vibepiper(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_page_of_an_asset_without_checks_shows_nothing_tagged(tmp_path: Path) -> None:
    pytest.importorskip("vibepiper_files")
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    assert vibepiper(tmp_path, "run").returncode == 0
    asked = ["quality", "page", "people", "--output", "page.html", "--by"]
    done = vibepiper(tmp_path, *asked, "month")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page.html").read_text()
    assert "300 rows, 4 columns" in page
    assert "Drift by month" in page
    assert "zyzzyva" not in page
    for column, told in (("email", "tagged as secret or pii"), ("mnth", "no column 'mnth'")):
        refused = vibepiper(tmp_path, *asked, column)
        assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("none/page.html", "no folder 'none'"),
        ("folder", "which is a folder"),
        ("/dev/full", "No space left"),
    ],
)
def test_a_page_that_cannot_be_written_is_refused(tmp_path: Path, file: str, told: str) -> None:
    pytest.importorskip("vibepiper_files")
    (tmp_path / "folder").mkdir()
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    assert vibepiper(tmp_path, "run").returncode == 0
    for asked in (["page", "people", "-o", file], ["profile", "people", "--html", file]):
        refused = vibepiper(tmp_path, "quality", *asked)
        assert (refused.returncode, refused.stdout) == (2, ""), refused.stderr
        assert told in refused.stderr
        assert "Traceback" not in refused.stderr
