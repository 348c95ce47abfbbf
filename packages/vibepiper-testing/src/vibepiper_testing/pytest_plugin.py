"""What pytest loads through the entry-point group ``pytest11``: the fixtures, and how the
conformance suites are reported."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from vibepiper_testing.promises import replaced, tell_promise

__all__ = [
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_plugins",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
]

pytest_plugins = ("vibepiper_testing.fixtures",)
pytest.register_assert_rewrite("vibepiper_testing.conformance")
_REPLACED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; deselect with -m 'not long'")


def pytest_collection_finish(session: pytest.Session) -> None:
    told = dict.fromkeys(line for item in session.items if (line := replaced(item)))
    session.config.stash[_REPLACED] = list(told)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    tell_promise(item, report)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if lines := config.stash.get(_REPLACED, []):
        terminalreporter.section("conformance tests that were replaced")
        for line in lines:
            terminalreporter.line(line)
