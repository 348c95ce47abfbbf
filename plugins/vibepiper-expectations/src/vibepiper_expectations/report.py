"""Reports of what checks found: for terminals, as JSON, as JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from xml.etree import ElementTree

from vibepiper.checks import shown_row

__all__ = ["CheckReport", "Reported", "junit"]


class Reported(Protocol):
    """What a report tells of one check: a `CheckResult`, or what the state keeps of it."""

    @property
    def check(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def column(self) -> str | None: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def failed_rows(self) -> int | None: ...
    @property
    def expected(self) -> str | None: ...
    @property
    def observed(self) -> str | None: ...
    @property
    def value(self) -> float | None: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def share(self) -> float | None: ...
    @property
    def examples(self) -> Sequence[object]: ...


@dataclass(frozen=True)
class CheckReport:
    """What the checks of one asset found."""

    asset: str
    results: tuple[Reported, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was kept back, but for rows that were set aside."""
        return not self.blocking

    @property
    def blocking(self) -> list[Reported]:
        """The checks that kept the data back."""
        return [result for result in self.results if _blocks(result)]

    @cached_property
    def lines(self) -> list[str]:
        """For a terminal: how many passed, then each check that did not."""
        passed = sum(result.status == "passed" for result in self.results)
        head = f"{self.asset}: {passed} of {len(self.results)} checks passed"
        return [head, *(line for r in self.results if r.status != "passed" for line in _told(r))]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def to_json(self) -> str:
        """A document: the asset, whether it passed, and every check."""
        return json.dumps(self.as_dict(), indent=2, default=str)

    def as_dict(self) -> dict[str, object]:
        return {
            "asset": self.asset,
            "passed": self.passed,
            "checks": [_as_dict(result) for result in self.results],
        }


def junit(reports: Iterable[CheckReport]) -> str:
    """JUnit XML, as continuous integration reads it: a suite an asset, a case a check. A check
    that only warned, or had rows set aside, is told in its case's output and fails nothing."""
    root = ElementTree.Element("testsuites")
    for report in reports:
        failures = report.blocking
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=report.asset,
            tests=str(len(report.results)),
            failures=str(len(failures)),
        )
        for result in report.results:
            _case(suite, report.asset, result)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _case(suite: ElementTree.Element, asset: str, result: Reported) -> None:
    seconds = f"{result.seconds or 0:.6f}"
    case = ElementTree.SubElement(
        suite, "testcase", classname=asset, name=result.check, time=seconds
    )
    if result.status == "passed":
        return
    first, *rest = _told(result)
    if _blocks(result):
        failure = ElementTree.SubElement(case, "failure", message=first.strip())
        failure.text = _printable("\n".join(rest))
    else:
        out = ElementTree.SubElement(case, "system-out")
        out.text = _printable("\n".join((first, *rest)))


def _told(result: Reported) -> Iterator[str]:
    parts = [f"  {'x' if _blocks(result) else '!'} {result.check}"]
    if result.failed_rows is not None and result.rows:
        parts.append(f"{result.failed_rows:,} of {result.rows:,} failed ({result.share:.2%})")
    if result.expected:
        parts.append(f"expected {result.expected}")
    if result.observed:
        parts.append(f"found {result.observed}")
    if _is_set_aside(result):
        parts.append("these rows were set aside")
    yield _printable(": ".join((parts[0], ", ".join(parts[1:]))))
    for row in result.examples:
        if isinstance(row, dict):
            yield _printable(f"      {shown_row(row)}")


def _is_set_aside(result: Reported) -> bool:
    """The state tells it by its status, a fresh result by its attribute."""
    return result.status == "set_aside" or bool(getattr(result, "set_aside", False))


def _blocks(result: Reported) -> bool:
    return result.status == "failed" and result.severity == "error" and not _is_set_aside(result)


def _as_dict(result: Reported) -> dict[str, object]:
    names = ("check", "status", "severity", "column", "rows", "failed_rows", "share")
    more = ("expected", "observed", "value", "seconds")
    told = {name: getattr(result, name) for name in (*names, *more)}
    return {**told, "examples": [dict(row) for row in result.examples if isinstance(row, dict)]}


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold and terminals obey."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)
