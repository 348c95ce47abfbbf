"""What is promised of every IO manager."""

from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext
from vibepiper_testing.conformance import IOManagerSuite

from acme_arrow.io_manager import AcmeArrowIOManager, AcmeArrowSettings


class TestAcmeArrowIOManager(IOManagerSuite):
    component = "acme-arrow"


class TestCompressed(IOManagerSuite):
    component = "acme-arrow"

    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"compression": "zstd"}


def test_compressed_files_are_smaller(tmp_path: Path) -> None:
    table, ref = pa.table({"n": [7] * 100_000}), AssetRef("numbers")
    context = ComponentContext("arrow", tmp_path)
    plain, packed = (
        AcmeArrowIOManager(AcmeArrowSettings(compression=codec), context).save(ref, table).bytes
        for codec in (None, "zstd")
    )

    assert packed < plain / 10
