"""Two copies of the pipeline, one of them to be left alone."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

import pytest
from vibepiper_testing.servers import PostgresServer

from tests.survival.project import Mill
from tests.survival.trials import Trials


@pytest.fixture
def trials(tmp_path: Path, postgres_server: PostgresServer) -> Trials:
    """Two copies of the pipeline. $VIBEPIPER_SURVIVAL_SEED repeats what was found."""
    seed = int(os.environ.get("VIBEPIPER_SURVIVAL_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed}")
    mills = [
        Mill.copied(tmp_path / name, postgres_server.create_database(f"{name}_{uuid.uuid4().hex}"))
        for name in ("mill", "twin")
    ]
    return Trials(*mills, seed)
