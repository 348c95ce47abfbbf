"""Reading some columns of a CSV file, by name and by what a query needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from vibepiper.errors import DataError
from vibepiper_files import read_csv
from vibepiper_files.relations import as_relation
from vibepiper_transform import Count, Sum, col


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file whose last column breaks far down, where its type was settled already."""
    rows = [f"{n},{n % 3},{n}" for n in range(700_000)]
    (tmp_path / "t.csv").write_text("\n".join(["id,k,n", *rows, "9,1,broken"]) + "\n")
    return tmp_path / "t.csv"


def test_columns_come_in_the_order_asked_for(path: Path) -> None:
    found = read_csv(path, columns=["k", "id"]).read_all()
    assert found.column_names == ["k", "id"]
    assert found.num_rows == 700_001
    with pytest.raises(DataError, match="there is no column 'ids'") as caught:
        read_csv(path, columns=["ids"])
    assert caught.value.hint == "Did you mean 'id'?"


def test_a_query_reads_the_columns_that_it_needs(path: Path) -> None:
    table = as_relation(path)
    grouped = table.filter(col("id") > 699_997).groupby("k").aggregate(rows=Count())
    assert sorted(grouped.to_table()["k"].to_pylist()) == [0, 2]
    assert table.count() == 700_001
    with pytest.raises(DataError, match="broken"):
        table.aggregate(n=Sum("n")).to_table()
