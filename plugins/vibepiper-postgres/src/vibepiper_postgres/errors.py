"""The one place where the driver's errors become VibePiper's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import adbc_driver_manager
import pyarrow as pa
from vibepiper.errors import StoreError

from vibepiper_postgres.settings import Address

__all__ = ["driver_errors"]

_HINTS = {
    "22003": "A numeric without precision is read as numeric(38, 18): cast it in the query.",
    "28P01": "Check the user and the password in the project's settings.",
    "3D000": "Create the database, or correct 'database' in the settings.",
    "3F000": "Create the schema, or correct 'schema' in the settings.",
    "42501": "Grant the user the privilege, or connect as another user.",
    "53300": "The server has no connection left: run with fewer --jobs.",
    "57014": "The server cancelled the statement, perhaps by its statement_timeout.",
}
_AGAIN = "The server was gone or busy, perhaps while it restarted: it is worth trying again."
_HINTS |= dict.fromkeys(("25P03", "40001", "40P01", "55P03", "57P01", "57P02", "57P03"), _AGAIN)
_LOST = re.compile(
    "server closed the connection|terminating connection|connection refused|connection reset|"
    "connection has been closed|no connection to the server|"
    "the database system is (?:starting up|shutting down|in recovery)",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^.*?(?:ERROR|FATAL|PANIC):  |^[A-Z_]+: |\[libpq\] ", re.DOTALL)
_AFTER = re.compile(r"\s*(?:Query was:|LINE \d+:|Detail:|\. SQLSTATE:).*$", re.DOTALL)


@contextmanager
def driver_errors(address: Address, doing: str) -> Iterator[None]:
    """Within it, what the driver raises becomes a `StoreError` that says what was being done,
    where and what the server answered, and holds no password."""
    try:
        yield
    except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
        answer = _answer(error)
        hidden = _masked(answer, address)
        told = StoreError(f"{address}: {doing}: {hidden}", hint=_hint(error))
        if _masked(str(error), address) != str(error):
            raise told from None
        raise told from error


def _answer(error: Exception) -> str:
    details = dict(getattr(error, "details", None) or ())
    if (primary := details.get("PG_DIAG_MESSAGE_PRIMARY")) is not None:
        more = (details.get(f"PG_DIAG_{part}") for part in ("MESSAGE_DETAIL", "CONTEXT"))
        parts = [_text(primary), *(_text(part) for part in more if part is not None)]
        return "; ".join(parts)
    return " ".join(_AFTER.sub("", _BEFORE.sub("", str(error))).split())


def _text(value: bytes | str) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    return " ".join(text.split())


def _masked(text: str, address: Address) -> str:
    if not address.password:
        return text
    for spelling in (address.password, quote(address.password, safe="")):
        text = text.replace(spelling, "****")
    return text


def _hint(error: Exception) -> str | None:
    known = _HINTS.get(getattr(error, "sqlstate", None) or "")
    if known is None and _LOST.search(str(error)):
        return _AGAIN
    return known
