"""What is checked: ``nox --list``."""

import nox

nox.options.sessions = ["lint", "types", "tests"]


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("ruff")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict over the source."""
    session.install("-e", ".[dev]")
    session.run("mypy", "src")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The tests, with the built distribution. Arguments go to pytest: ``-m long``."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)
