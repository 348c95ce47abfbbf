"""What several tests of files need."""

from __future__ import annotations

from pathlib import Path

import pytest
from vibepiper.component import ComponentContext
from vibepiper_files import FileIOManager, FileSettings


@pytest.fixture
def store(tmp_path: Path):
    manager = FileIOManager(FileSettings(), ComponentContext("default", tmp_path))
    yield manager
    manager.close()
