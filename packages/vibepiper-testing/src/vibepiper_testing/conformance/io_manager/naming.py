"""Names of assets."""

from __future__ import annotations

from typing import Any

import pytest
from vibepiper import AssetRef
from vibepiper.errors import StoreError

from vibepiper_testing.conformance.io_manager.store import NEW, OLD, StoreSuite, contents
from vibepiper_testing.conformance.suite import needs

__all__ = ["NamingSuite"]

LEGAL = ["select", "order/group/table", "Straße/日本_語", "_", "a1/_2", "con", "x" * 60]
ALIKE = [("a/b", "a__b"), ("a/b_c", "a_b/c"), ("Case", "case"), ("y" * 80 + "a", "y" * 80 + "b")]
HOSTILE = [
    "../up", "/etc/up", "a/../../up", "a\0b", "a'b", 'a"; DROP TABLE x; --', "a b", "", ".", "$(x)",
    "a*b", "a[b]?", "%s", "{0}", "x" * 400,
]  # fmt: skip


class NamingSuite(StoreSuite):
    """An asset's key is only a name."""

    @pytest.mark.parametrize("key", LEGAL, ids=ascii)
    def test_an_asset_may_have_any_legal_key(self, subject: Any, name: str, key: str) -> None:
        """Every key that an asset may have can be stored and loaded."""
        ref = AssetRef(f"{name}/{key}")
        subject.save(ref, OLD)
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()

    @pytest.mark.parametrize("keys", ALIKE, ids=lambda keys: f"{keys[0][-8:]}-{keys[1][-8:]}")
    def test_assets_of_like_keys_do_not_share_data(
        self, subject: Any, name: str, keys: tuple[str, str]
    ) -> None:
        """Two assets never share data: each is stored apart, or the second is refused by
        `StoreError`."""
        first, second = (AssetRef(f"{name}/{key}") for key in keys)
        subject.save(first, OLD)
        try:
            subject.save(second, NEW)
        except StoreError:
            pass
        else:
            assert contents(subject, second).to_pylist() == NEW.to_pylist()
        assert contents(subject, first).to_pylist() == OLD.to_pylist()

    @pytest.mark.parametrize("key", HOSTILE, ids=lambda key: ascii(key[:20]))
    def test_a_hostile_key_is_only_a_name(
        self, subject: Any, ref: AssetRef, name: str, key: str
    ) -> None:
        """A key that is no legal one is stored as any other, or refused by `StoreError`; what
        others stored is unchanged."""
        subject.save(ref, OLD)
        hostile = AssetRef(key and f"{key}{name}")
        try:
            subject.save(hostile, NEW)
        except StoreError:
            pass
        else:
            assert contents(subject, hostile).to_pylist() == NEW.to_pylist()
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()

    @needs("places")
    @pytest.mark.parametrize("key", [*LEGAL, *HOSTILE], ids=lambda key: ascii(key[:20]))
    def test_a_place_is_refused_before_anything_is_saved_there(
        self, subject: Any, name: str, key: str
    ) -> None:
        """`place` refuses the keys that `save` refuses, and no others; of two assets it tells two
        places."""
        ref = AssetRef(key and f"{key}{name}")
        try:
            place = subject.place(ref)
        except StoreError:
            with pytest.raises(StoreError, match=r"(?s)."):
                subject.save(ref, NEW)
        else:
            subject.save(ref, NEW)
            assert place != subject.place(AssetRef(f"other{name}"))
