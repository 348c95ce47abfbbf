"""The suite of analyzers: what is known of an asset's columns before it runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from vibepiper import PluginHost
from vibepiper.analysis import AnalyzerRequest, AssetAnalysis, KnownUpstream
from vibepiper.component import ComponentSpec, Kind

from vibepiper_testing.conformance.suite import DeclaredSuite

__all__ = ["AnalyzerSuite"]


class AnalyzerSuite(DeclaredSuite):
    """What every analyzer promises. A subclass gives an asset that it can look into, and one of
    the same kind with a mistake.

    ::

        class TestAcme(AnalyzerSuite):
            component = "acme"

            def example(self, root):
                return AnalyzerRequest(contacts, {"customers": KnownUpstream(...)}, {}, root)

            def mistaken(self, root): ...
    """

    kind: ClassVar[Kind] = "analyzer"

    def example(self, root: Path) -> AnalyzerRequest:
        """An asset whose columns and sources can be told, with an upstream or more."""
        raise TypeError(f"{type(self).__name__} gives no example")

    def mistaken(self, root: Path) -> AnalyzerRequest:
        """One that takes a column that its upstream does not have."""
        raise TypeError(f"{type(self).__name__} gives no mistaken asset")

    @pytest.fixture
    def analyzer(self, host: PluginHost, spec: ComponentSpec) -> Any:
        return host.load(spec)()

    @pytest.fixture
    def found(self, analyzer: Any, tmp_path: Path) -> AssetAnalysis:
        answer: AssetAnalysis = analyzer.analyze(self.example(tmp_path))
        return answer

    def test_columns_have_names_and_types(self, found: AssetAnalysis) -> None:
        """The columns are found, each once, with its type."""
        assert found.problems == ()
        assert found.opaque is None
        names = [column.name for column in found.columns or ()]
        assert names
        assert len(names) == len(set(names))
        assert all(column.type is not None for column in found.columns or ())

    def test_sources_are_columns_that_there_are(self, found: AssetAnalysis, tmp_path: Path) -> None:
        """What columns are made of, and what code names, are columns of the upstreams given."""
        upstreams = self.example(tmp_path).upstreams.values()
        there = {(u.key, name) for u in upstreams for name in (u.schema.names if u.schema else ())}
        sources = {(s.asset, s.column) for c in found.columns or () for s in c.sources}
        assert sources
        assert sources | {(use.asset, use.column) for use in found.uses} <= there

    def test_the_same_question_has_the_same_answer(
        self, host: PluginHost, spec: ComponentSpec, found: AssetAnalysis, tmp_path: Path
    ) -> None:
        """Answers are kept: another analyzer of the same kind would give the same."""
        assert host.load(spec)().analyze(self.example(tmp_path)) == found

    def test_what_is_not_known_is_no_mistake(self, analyzer: Any, tmp_path: Path) -> None:
        """Upstreams whose columns nobody knows leave the columns unknown, and are no problem."""
        example = self.example(tmp_path)
        unknown = {name: KnownUpstream(u.key, None) for name, u in example.upstreams.items()}
        answer = analyzer.analyze(replace(example, upstreams=unknown))
        assert [p for p in answer.problems if p.severity == "error"] == []

    def test_a_mistake_is_told_with_its_place(self, analyzer: Any, tmp_path: Path) -> None:
        """A column that is not there is an error of the answer, at a place in the user's code."""
        answer = analyzer.analyze(self.mistaken(tmp_path))
        assert [p.severity for p in answer.problems] == ["error"]
        assert [bool(p.places) for p in answer.problems] == [True]
