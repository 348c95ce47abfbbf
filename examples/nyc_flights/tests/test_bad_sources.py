"""A damaged source file is refused with its place, and the published table stays as it was."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Show = Callable[..., dict[str, object]]
Refused = Callable[[Path, str], str]


@pytest.fixture
def project(made: Path, copy: Callable[[], Path]) -> Path:
    """A project in which the sources are published, to be harmed."""
    folder = copy()
    shutil.copytree(made / "data", folder / "data")
    shutil.copytree(made / ".vibepiper", folder / ".vibepiper")
    return folder


def head(source: Path, name: str, rows: int) -> list[str]:
    with (source / f"{name}.csv").open(encoding="utf-8") as lines:
        return [next(lines) for _ in range(rows + 1)]


def damage(folder: Path, source: Path, name: str, content: bytes) -> Path:
    """A copy of the sources in which one file is ``content``."""
    copied = folder / "damaged"
    shutil.copytree(source, copied)
    (copied / f"{name}.csv").write_bytes(content)
    return copied


@pytest.fixture
def refused(project: Path, vibepiper: Run) -> Callable[[Path, str], str]:
    """Runs one asset over damaged sources: what it says, nothing published having changed."""

    def run(damaged: Path, asset: str) -> str:
        before = (project / "data" / f"{asset}.parquet").read_bytes()
        done = vibepiper(project, "run", "--select", asset, "--param", f"source={damaged}")
        assert done.returncode == 1, done.stderr
        assert (project / "data" / f"{asset}.parquet").read_bytes() == before
        return done.stderr

    return run


def test_a_missing_column(refused: Refused, source: Path, tmp_path: Path) -> None:
    lines = [line.replace("tzone", "zone") for line in head(source, "airports", 20)]
    said = refused(damage(tmp_path, source, "airports", "".join(lines).encode()), "airports")
    assert "airports.csv" in said
    assert "tzone" in said


def test_a_value_of_the_wrong_type(refused: Refused, source: Path, tmp_path: Path) -> None:
    lines = head(source, "flights", 20)
    fields = lines[7].split(",")
    fields[3] = "abc"
    lines[7] = ",".join(fields)
    damaged = damage(tmp_path, source, "flights", b"")
    (damaged / "flights.csv.zip").unlink()
    shutil.make_archive(str(damaged / "flights.csv"), "zip", _folder(tmp_path, "".join(lines)))
    said = refused(damaged, "flights")
    for part in ("flights.csv", "8", "dep_time", "int64", "abc"):
        assert part in said


def _folder(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "zipped"
    folder.mkdir()
    (folder / "flights.csv").write_text(text)
    return folder


def test_bytes_that_are_not_utf8(refused: Refused, source: Path, tmp_path: Path) -> None:
    text = "".join(head(source, "airlines", 16)).replace("Inc.", "Société", 1)
    said = refused(damage(tmp_path, source, "airlines", text.encode("latin-1")), "airlines")
    assert "airlines.csv" in said
    assert "expected utf-8 text, found the byte 0xe9" in said


def test_a_truncated_gzip(refused: Refused, source: Path, tmp_path: Path) -> None:
    whole = gzip.compress((source / "planes.csv").read_bytes())
    damaged = damage(tmp_path, source, "planes", whole[: len(whole) // 2])
    said = refused(damaged, "planes")
    assert "planes.csv" in said
    assert "truncated" in said.lower()


def test_a_check_that_fails(
    project: Path, source: Path, tmp_path: Path, show: Show, vibepiper: Run
) -> None:
    """The report names the check, how many rows and which; what hangs below is skipped."""
    lines = head(source, "airlines", 16)
    damaged = damage(tmp_path, source, "airlines", "".join([*lines, lines[3]]).encode())
    before = show(project, "airlines")
    done = vibepiper(project, "run", "--select", "airlines+", "--param", f"source={damaged}")
    assert done.returncode == 3, done.stderr
    assert "column_values_unique(carrier)" in done.stderr
    assert "2 of 17 rows" in done.stderr
    assert "carrier='AS'" in done.stderr
    assert "flight_details  skipped    upstream 'airlines' failed" in done.stderr
    assert show(project, "airlines") == before
