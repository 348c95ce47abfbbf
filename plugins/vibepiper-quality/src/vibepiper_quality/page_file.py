"""The file that a page is written to."""

from __future__ import annotations

from pathlib import Path

from vibepiper.errors import UsageError

__all__ = ["check_page_file", "write_page"]


def check_page_file(path: Path) -> None:
    """Raises `UsageError` where there can be no file of this name; to be called before the work
    for the page begins."""
    if path.is_dir():
        raise UsageError(f"the page cannot be written to '{path}', which is a folder")
    if not path.parent.is_dir():
        raise UsageError(
            f"the page cannot be written to '{path}': there is no folder '{path.parent}'",
            hint=f"Make it with `mkdir -p {path.parent}`, or name a file in another one.",
        )


def write_page(path: Path, page: str) -> None:
    """Raises `UsageError` when the file cannot be written."""
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the page cannot be written to '{path}': {error.strerror}") from error
