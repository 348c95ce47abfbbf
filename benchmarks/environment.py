"""Environments that a benchmark makes and removes, beside the workspace's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["make_environment"]


def make_environment(folder: Path, *requirements: str) -> Path:
    """One that has just the requirements; returns the folder of its commands."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    commands = folder / "bin"
    install = [commands / "python", "-m", "pip", "install", "--quiet"]
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [*install, "--disable-pip-version-check", *requirements],
        check=True,
        env={**plain, "PIP_NO_INPUT": "1"},
    )
    return commands
