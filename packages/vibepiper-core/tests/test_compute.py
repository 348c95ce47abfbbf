"""The limits of what a process computes with."""

from __future__ import annotations

from pathlib import Path

import pytest
from vibepiper.compute import ComputeLimits, compute_limits, limit_compute
from vibepiper.config import read_config
from vibepiper.errors import ConfigError, Location

PROJECT = """
[project]
name = "p"
modules = ["p.py"]
[compute]
memory_limit = "2GB"
temp_folder = "scratch"
[environments.prod.compute]
memory_limit = "16GB"
threads = 8
"""


@pytest.fixture(autouse=True)
def _unlimited():
    yield
    limit_compute(ComputeLimits())


def test_an_environment_changes_single_limits(tmp_path):
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    config, _ = read_config(tmp_path / "vibepiper.toml")
    _, dev = config.environment(None, Location("vibepiper.toml"))
    _, prod = config.environment("prod", Location("vibepiper.toml"))
    folder = Path("/p/scratch")
    assert dev.compute.limits(Path("/p")) == ComputeLimits("2GB", None, folder)
    assert prod.compute.limits(Path("/p")) == ComputeLimits("16GB", 8, folder)


def test_a_wrong_limit_is_refused_with_its_line(tmp_path):
    (tmp_path / "vibepiper.toml").write_text(PROJECT.replace('"2GB"', '"two"'))
    with pytest.raises(ConfigError, match=r"'compute\.memory_limit': expected a size") as caught:
        read_config(tmp_path / "vibepiper.toml")
    assert caught.value.at.line == 6


def test_an_unknown_limit_is_refused_with_the_nearest(tmp_path):
    (tmp_path / "vibepiper.toml").write_text(PROJECT.replace("threads", "thread"))
    with pytest.raises(ConfigError, match="unknown key") as caught:
        read_config(tmp_path / "vibepiper.toml")
    assert caught.value.hint == "Did you mean 'threads'?"


def test_the_environment_s_variables_come_first(monkeypatch):
    limit_compute(ComputeLimits("2GB", 4))
    monkeypatch.setenv("VIBEPIPER_MEMORY_LIMIT", "1GiB")
    assert compute_limits() == ComputeLimits("1GiB", 4)
    monkeypatch.setenv("VIBEPIPER_THREADS", "none")
    with pytest.raises(ConfigError, match="VIBEPIPER_THREADS: expected a number"):
        compute_limits()
