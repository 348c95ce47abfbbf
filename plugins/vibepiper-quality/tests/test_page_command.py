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


OBSERVED = """
from vibepiper import Column, asset
from vibepiper_expectations import expect, observe

@asset(key="id", columns={})
@expect.columns_correlation_between("pay", "id", -1, 1)
@expect.column_values_between("pay", 0, 84000, severity="warn")
@observe("id", "pay")
def people():
    return [{"id": n, "pay": 70000 + n * n} for n in range(134)]
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
    assert done.stdout == f"Written to {tmp_path / 'page.html'}.\n"
    page = (tmp_path / "page.html").read_text()
    assert "300 rows, 4 columns" in page
    assert "Drift by month" in page
    assert "zyzzyva" not in page
    for column, told in (("email", "tagged as secret or pii"), ("mnth", "no column 'mnth'")):
        refused = vibepiper(tmp_path, *asked, column)
        assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr


def test_what_was_recorded_before_a_column_was_tagged_is_not_shown(tmp_path: Path) -> None:
    """Neither its numbers nor those of checks of it and another; how many rows failed is."""
    pytest.importorskip("vibepiper_files")
    pytest.importorskip("vibepiper_expectations")
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(OBSERVED)
    assert [vibepiper(tmp_path, "run", "--force").returncode for _ in range(2)] == [0, 0]

    def told() -> dict[str, str]:
        page = vibepiper(tmp_path, "quality", "page", "people", "-o", "page.html")
        assert page.returncode == 0, page.stderr
        asked = {"score": [], "json": ["--json"]}
        texts = {n: vibepiper(tmp_path, "quality", "people", *o).stdout for n, o in asked.items()}
        return {**texts, "page": (tmp_path / "page.html").read_text()}

    for text in told().values():
        assert {"mean(pay)", "mean(id)", "columns_correlation"} == found_in(text)
    tagged = OBSERVED.replace("columns={}", 'columns={"pay": Column(tags={"secret"})}')
    (tmp_path / "pipeline.py").write_text(tagged)
    for text in told().values():
        assert found_in(text) == {"mean(id)"}
        assert "failing share of column_values_between(pay" in text
    refused = vibepiper(tmp_path, "quality", "anomalies", "people", "--metric", "mean(pay)")
    assert "has no metric 'mean(pay)'" in refused.stderr


def found_in(text: str) -> set[str]:
    return {name for name in ("mean(pay)", "mean(id)", "columns_correlation") if name in text}


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
