"""The connector, beyond what the suite of database connectors asks."""

from __future__ import annotations

import pytest
from vibepiper.errors import StoreError
from vibepiper_duckdb import DuckDBConnector


def test_what_a_statement_returns_is_not_read(connector: DuckDBConnector) -> None:
    """Times too: DuckDB's own Python rows would need pytz for them."""
    connector.execute('CREATE TABLE t (i BIGINT, "at" TIMESTAMPTZ)')
    returning = 'INSERT INTO t SELECT i, now() FROM range(10000) r(i) RETURNING t."at"'
    assert connector.execute(returning) == -1
    assert connector.execute('SELECT "at" FROM t') == -1
    assert connector.execute('SELECT 1::BIGINT AS "Count"') == -1
    assert connector.execute("DELETE FROM t WHERE i IS NOT NULL AND i < ?", [4000]) == 4000
    assert connector.query("SELECT count(*) AS n FROM t").read_all()["n"].to_pylist() == [6000]


@pytest.mark.parametrize("text", ["", " ;", "-- only a comment"])
def test_a_text_without_a_statement_is_refused(connector: DuckDBConnector, text: str) -> None:
    with pytest.raises(StoreError, match="execute: there is no statement in '"):
        connector.execute(text)
