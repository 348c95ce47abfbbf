"""The one place where the driver's errors become VibePiper's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pymysql  # type: ignore[import-untyped]
from vibepiper.errors import StoreError

from vibepiper_mysql.settings import Address

__all__ = ["driver_errors"]

_AGAIN = "The server was gone or busy, perhaps while it restarted: it is worth trying again."
_HINTS = {
    1040: "The server has no connection left: run with fewer --jobs.",
    1044: "Grant the user the privilege, or connect as another user.",
    1045: "Check the user and the password in the project's settings.",
    1049: "Create the database, or correct 'database' in the settings.",
    1142: "Grant the user the privilege, or connect as another user.",
    1205: "Somebody reads or changes the table for long: raise 'lock_timeout', or run it again.",
    1213: "Something else changed the same rows at once: run it again.",
    1292: "A MySQL TIMESTAMP holds 1970 to 2038: store other instants without a zone.",
    1690: "A number left 64 bits: cast what is added or multiplied to DOUBLE.",
}
_HINTS |= dict.fromkeys((1053, 2003, 2006, 2013), _AGAIN)


@contextmanager
def driver_errors(address: Address, doing: str) -> Iterator[None]:
    """Within it, what the driver raises becomes a `StoreError` that says what was being done,
    where and what the server answered, and holds no password."""
    try:
        yield
    except (pymysql.Error, OSError, OverflowError) as error:
        code, *texts = error.args or (None,)
        answer = str(texts[0] if texts else error)
        hint = _HINTS.get(code) if isinstance(code, int) else None
        told = f"{address}: {doing}: {_masked(answer, address)}"
        if _masked(str(error), address) != str(error):
            raise StoreError(told, hint=hint) from None
        raise StoreError(told, hint=hint) from error


def _masked(text: str, address: Address) -> str:
    return text.replace(address.password, "****") if address.password else text
