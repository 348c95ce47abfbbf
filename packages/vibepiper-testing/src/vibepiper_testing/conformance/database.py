"""The suite of database connectors."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from pydantic import SecretStr
from sqlglot import exp
from vibepiper.component import Kind
from vibepiper.database import DatabaseTable, DescribingConnector
from vibepiper.errors import StoreError, VibePiperError

from vibepiper_testing.conformance.round_trips import TEXTS, TableSuite, failing_stream

__all__ = ["DatabaseSuite"]

OLD = pa.table({"id": [1, 2], "v": ["a", None]})
NEW = pa.table({"id": [3], "v": ["c"]})


class DatabaseSuite(TableSuite):
    """What every database connector promises. ``placeholder`` is how the database writes its
    first parameter: ``?``, ``$1``.

    ::

        class TestAcme(DatabaseSuite):
            component = "acme"
            placeholder = "$1"
    """

    kind: ClassVar[Kind] = "database"
    placeholder: ClassVar[str] = "?"

    def write(self, subject: Any, name: str, data: object) -> None:
        subject.ingest(name, data)

    def read(self, subject: Any, name: str) -> pa.Table | None:
        try:
            subject.schema(name)
        except StoreError:
            return None
        return rows_of(subject, name)

    def test_it_answers(self, subject: Any) -> None:
        """A connector that can reach its database answers a ping."""
        subject.ping()

    def test_ingest_tells_its_rows(self, subject: Any, name: str) -> None:
        """`ingest` returns the rows that it wrote."""
        assert subject.ingest(name, OLD) == 2
        assert subject.ingest(name, NEW, mode="append") == 1

    def test_create_refuses_a_table_that_exists(self, subject: Any, name: str) -> None:
        """`create` refuses a table that is there, with `StoreError`, and leaves it as it is."""
        subject.ingest(name, OLD)
        with pytest.raises(StoreError, match=name):
            subject.ingest(name, NEW, mode="create")
        assert rows_of(subject, name).to_pylist() == OLD.to_pylist()

    def test_append_adds_and_replace_replaces(self, subject: Any, name: str) -> None:
        """`append` adds rows to a table; `replace` drops what was there, columns and all."""
        subject.ingest(name, OLD)
        subject.ingest(name, NEW, mode="append")
        assert sorted(rows_of(subject, name)["id"].to_pylist()) == [1, 2, 3]
        subject.ingest(name, pa.table({"other": [True]}), mode="replace")
        assert rows_of(subject, name).column_names == ["other"]

    def test_replace_makes_a_table_that_is_not_there(self, subject: Any, name: str) -> None:
        """`replace` makes the table where there is none."""
        subject.ingest(name, NEW, mode="replace")
        assert rows_of(subject, name).to_pylist() == NEW.to_pylist()

    @pytest.mark.parametrize("mode", ["append", "replace"])
    def test_a_failed_ingest_leaves_what_was_there(
        self, subject: Any, name: str, mode: str
    ) -> None:
        """When the data raises midway, the table is what it was."""
        subject.ingest(name, pa.table({"n": [7]}))
        with pytest.raises(Exception, match=r"(?s)."):
            subject.ingest(name, failing_stream(), mode=mode)
        assert rows_of(subject, name).to_pydict() == {"n": [7]}

    def test_appending_other_columns_is_refused(self, subject: Any, name: str) -> None:
        """Rows whose columns the table does not have are refused; the table is what it was."""
        subject.ingest(name, OLD)
        with pytest.raises(VibePiperError):
            subject.ingest(name, pa.table({"id": [9], "no_such": ["x"]}), mode="append")
        assert rows_of(subject, name).to_pylist() == OLD.to_pylist()

    @pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:12]))
    def test_a_parameter_is_only_a_value(self, subject: Any, name: str, text: str) -> None:
        """A parameter is a value, whatever it says, in `query` and in `execute`."""
        subject.ingest(name, pa.table({"s": [*TEXTS, "other"]}))
        is_text = exp.column("s").eq(exp.Var(this=self.placeholder))
        query = exp.select("s").from_(name).where(is_text).sql()
        assert subject.query(query, [text]).read_all()["s"].to_pylist() == [text]
        subject.execute(exp.delete(name, where=is_text).sql(), [text])
        left = rows_of(subject, name)["s"].to_pylist()
        assert sorted(left) == sorted([t for t in TEXTS if t != text] + ["other"])

    def test_a_query_streams(self, subject: Any, name: str) -> None:
        """An answer is a stream; one that is read in part only does not hinder the next."""
        subject.ingest(name, pa.table({"n": range(200_000)}))
        first = subject.query(star(name))
        assert first.schema.names == ["n"]
        first.read_next_batch()
        assert rows_of(subject, name).num_rows == 200_000
        del first
        subject.ingest(name, pa.table({"n": [1]}), mode="replace")

    def test_an_empty_answer_has_its_columns(self, subject: Any, name: str) -> None:
        """An answer without rows has the columns and types of one with rows."""
        subject.ingest(name, OLD)
        none = exp.select("*").from_(name).where(exp.column("id").eq(-1)).sql()
        found = subject.query(none).read_all()
        assert (found.num_rows, found.schema) == (0, rows_of(subject, name).schema)

    def test_schema_is_that_of_a_query(self, subject: Any, name: str) -> None:
        """`schema` tells what `query` delivers."""
        subject.ingest(name, OLD)
        assert subject.schema(name) == subject.query(star(name)).schema

    def test_there_is_no_schema_of_no_table(self, subject: Any, name: str) -> None:
        """Asking for the schema of a table that is not there raises `StoreError`, naming it."""
        with pytest.raises(StoreError, match=name):
            subject.schema(name)

    def test_schemas_are_those_of_the_tables_that_are_there(self, subject: Any, name: str) -> None:
        """`schemas`, of a connector that has it, tells of each table what `schema` does, and
        leaves out what is not there."""
        describes = isinstance(subject, DescribingConnector)
        if not describes:
            pytest.skip("it does not tell the columns of many tables")
        subject.ingest(name, OLD)
        subject.ingest(f"{name}_2", pa.table({"Id": [1.5], "day": [date(2026, 1, 2)]}))
        there = [DatabaseTable(name), DatabaseTable(f"{name}_2")]
        found = subject.schemas([*there, DatabaseTable(f"{name}_3"), DatabaseTable(name, "none")])
        assert found == {table: subject.schema(table.name) for table in there}
        assert subject.schemas([]) == {}

    def test_a_transaction_commits_at_its_end(self, subject: Any, name: str) -> None:
        """What was done in a transaction is there when its block has ended, and not before for
        others."""
        with subject.transaction() as transaction:
            transaction.ingest(name, OLD)
            transaction.execute(exp.delete(name, where=exp.column("id").eq(1)).sql())
        assert rows_of(subject, name)["id"].to_pylist() == [2]

    def test_a_transaction_that_raises_leaves_nothing(self, subject: Any, name: str) -> None:
        """When a transaction's block raises, nothing of it remains."""
        subject.ingest(name, OLD)

        def fail() -> None:
            with subject.transaction() as transaction:
                transaction.ingest(name, NEW, mode="append")
                transaction.ingest(f"{name}_2", NEW)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert rows_of(subject, name).to_pylist() == OLD.to_pylist()
        assert self.read(subject, f"{name}_2") is None

    def test_a_bad_statement_raises_without_secrets(self, subject: Any) -> None:
        """A statement that the database refuses raises `StoreError`; no secret is in it."""
        values = [getattr(subject.settings, name) for name in type(subject.settings).model_fields]
        secrets = [v.get_secret_value() for v in values if isinstance(v, SecretStr)]
        for run in (subject.execute, lambda sql: subject.query(sql).read_all()):
            with pytest.raises(StoreError) as caught:
                run("SELEKT 1")
            told = f"{caught.value} {caught.value.__cause__}"
            assert [secret for secret in secrets if secret in told] == []

    def test_threads_share_a_connector(self, subject: Any, name: str) -> None:
        """Threads write and query at once, each undisturbed."""
        turn = threading.Barrier(4)

        def work(number: int) -> int:
            turn.wait()
            subject.ingest(f"{name}_{number}", pa.table({"n": [number] * 500}))
            return len(rows_of(subject, f"{name}_{number}"))

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(4))) == [500] * 4

    def test_closing_twice_is_closing_once(self, subject: Any) -> None:
        """A connector that was used can be closed, and closed again."""
        subject.ping()
        subject.close()
        subject.close()


def star(name: str) -> str:
    return exp.select("*").from_(name).sql()


def rows_of(connector: Any, name: str) -> pa.Table:
    return connector.query(star(name)).read_all()
