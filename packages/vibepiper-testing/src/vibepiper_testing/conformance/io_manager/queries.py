"""The capability ``query``: tables as relations, where they lie."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper.errors import NotMaterialized
from vibepiper_transform import Relation, col, from_arrow

from vibepiper_testing.conformance.io_manager.store import NEW, OLD, StoreSuite, contents, load_of
from vibepiper_testing.conformance.suite import needs

__all__ = ["QuerySuite"]


class QuerySuite(StoreSuite):
    """What a store with ``query`` promises."""

    @needs("query")
    def test_a_relation_is_what_is_loaded(self, subject: Any, ref: AssetRef) -> None:
        """A stored table is a `Relation` with the schema and rows that `load` gives."""
        subject.save(ref, OLD)
        relation = subject.relation(ref)
        assert isinstance(relation, Relation)
        assert relation.schema.equals(contents(subject, ref).schema)
        assert relation.order_by("id").to_table().to_pylist() == OLD.to_pylist()

    @needs("query")
    def test_a_relation_is_filtered_where_it_lies(self, subject: Any, ref: AssetRef) -> None:
        """A relation can be filtered, and nulls are nulls in it."""
        subject.save(ref, OLD)
        found = subject.relation(ref).filter(col("v").is_null()).to_table()
        assert found["id"].to_pylist() == [2]

    @needs("query")
    def test_there_is_no_relation_of_what_is_not_there(self, subject: Any, ref: AssetRef) -> None:
        """A relation over what was never saved raises `NotMaterialized`, naming the asset."""
        with pytest.raises(NotMaterialized, match=ref.key):
            subject.relation(ref).to_table()

    @needs("query")
    def test_a_relation_of_the_store_is_saved(self, subject: Any, ref: AssetRef) -> None:
        """A relation over a stored table is saved, also as that table's own successor."""
        subject.save(ref, OLD)
        stored = subject.save(ref, subject.relation(ref).filter(col("id") > 1))
        assert stored.rows in (None, 1)
        assert contents(subject, ref).to_pylist() == OLD.slice(1).to_pylist()

    @needs("query")
    def test_a_relation_of_another_engine_is_saved(self, subject: Any, ref: AssetRef) -> None:
        """A relation that runs elsewhere is saved like any table."""
        subject.save(ref, from_arrow(OLD).filter(col("id") == 1))
        assert contents(subject, ref).to_pylist() == OLD.slice(0, 1).to_pylist()

    @needs("query")
    @needs("staging")
    def test_staged_data_can_be_queried(self, subject: Any, ref: AssetRef) -> None:
        """Staged data can be queried before it is published, apart from what is published."""
        subject.save(ref, OLD)
        load = load_of(ref)
        subject.stage(load, NEW)
        assert subject.relation(load).to_table().to_pylist() == NEW.to_pylist()
        assert subject.relation(ref).count() == OLD.num_rows

    @needs("query")
    def test_an_empty_table_is_a_relation(self, subject: Any, ref: AssetRef) -> None:
        """A relation over an empty table has its columns and no rows."""
        subject.save(ref, pa.table({"id": pa.array([], pa.int64())}))
        assert subject.relation(ref).columns == ("id",)
        assert subject.relation(ref).count() == 0
