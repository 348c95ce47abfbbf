"""A user's program type-checks, and a wrong one does not."""

import subprocess
import sys
from pathlib import Path

import pytest

API = Path(__file__).parent / "typing" / "api.py"

MYPY = (sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports")


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    pytest.importorskip("mypy", reason="mypy is not installed here")
    cache = tmp_path_factory.mktemp("mypy")

    def check(path):
        command = [*MYPY, "--cache-dir", str(cache), str(path)]
        return subprocess.run(command, capture_output=True, text=True)

    return check


def test_mypy_accepts_a_users_program(mypy):
    done = mypy(API)
    assert done.returncode == 0, done.stdout


def test_mypy_refuses_a_wrong_option(mypy, tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from vibepiper import asset\n\n@asset(ower='us')\ndef a() -> int: return 1\n")
    done = mypy(wrong)
    assert done.returncode == 1
    assert "wrong.py:3" in done.stdout
