"""The validator is configured in the project file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PIPELINE = """
from vibepiper import asset
from vibepiper_expectations import expect

@asset(key="n")
@expect.column_values_between("n", 0, 1)
def numbers():
    return [{"n": n} for n in range(10)]
"""


def run(folder: Path, setting: str) -> subprocess.CompletedProcess[str]:
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "vibepiper.toml").write_text(
        '[project]\nname = "p"\nmodules = ["pipeline.py"]\n'
        f'[validators.expectations]\nuse = "expectations"\n{setting}\n'
    )
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run([program, "run"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("examples", [0, 2])
def test_a_result_names_as_many_rows_as_configured(tmp_path: Path, examples: int) -> None:
    done = run(tmp_path, f"examples = {examples}")
    assert done.returncode == 3
    assert done.stderr.count("n=") == examples


def test_a_misspelt_setting_names_its_line_and_the_nearest(tmp_path: Path) -> None:
    done = run(tmp_path, "exmples = 2")
    assert done.returncode == 2
    assert "vibepiper.toml:6: unknown key 'validators.expectations.exmples'" in done.stderr
    assert "Did you mean 'examples'?" in done.stderr
