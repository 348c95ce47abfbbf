"""``sql_assets``: a folder of ``.sql`` files, each an asset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

from vibepiper import Asset, AssetOptions
from vibepiper.errors import DefinitionError, Location, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.sql.declaring import declare_sql
from vibepiper_transform.sql.header import Header, read_header
from vibepiper_transform.sql.origin import FileOrigin
from vibepiper_transform.sql.template import SqlTemplate
from vibepiper_transform.sql.written import FixedText

__all__ = ["sql_assets"]


def sql_assets(
    folder: str | Path, *, dialect: str = "duckdb", **options: Unpack[AssetOptions]
) -> Mapping[str, Asset]:
    """Declares an asset for each ``.sql`` file of a folder and those below it, but for files whose
    names begin with ``_``. They are returned by their keys: ``mart/users`` for
    ``mart/users.sql``, unless the file says otherwise.

    ``folder`` is relative to the file that calls. ``dialect`` and ``options`` are for all of
    them; the header of a file comes before. Macro files are imported by their place relative to
    the calling file: ``{% from "macros/money.sql" import cents %}``.
    """
    at = callsite()
    home = Path(at.file).resolve().parent if at is not None else Path.cwd()
    root = home / folder
    if not root.is_dir():
        there = [path.name for path in home.iterdir() if path.is_dir()]
        raise DefinitionError(
            f"there is no folder '{folder}'", at=at, hint=suggest(str(folder), there)
        )
    files = [path for path in sorted(root.rglob("*.sql")) if not path.name.startswith("_")]
    if not files:
        raise DefinitionError(f"there is no .sql file in '{folder}'", at=at)
    made = [_declare(path, root, home, dialect, options) for path in files]
    return {asset.key: asset for asset in made}


def _declare(path: Path, root: Path, home: Path, dialect: str, options: AssetOptions) -> Asset:
    header = _read(path)
    key = path.relative_to(root).with_suffix("").as_posix()
    origin = FileOrigin(str(path), header.body)
    at = Location(str(path), header.first_line)
    written = FixedText(SqlTemplate(key, origin, home), at)
    merged: AssetOptions = {"name": key, **options, **header.options}
    try:
        return declare_sql(written, None, header.dialect or dialect, merged)
    except DefinitionError as error:
        if error.at != at:
            raise
        raise DefinitionError(
            error.message, at=header.at(error.message), hint=error.hint
        ) from error


def _read(path: Path) -> Header:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"cannot be read: {error}", at=Location(str(path))) from error
    return read_header(str(path), text.replace("\r\n", "\n"))
