"""``vibepiper rollback`` and ``vibepiper versions``."""

from __future__ import annotations

from vibepiper.cli.console import stdout
from vibepiper.cli.output import print_json, print_table
from vibepiper.cli.requests import Request
from vibepiper.cli.standard_output import project_code
from vibepiper.kept_versions import kept_versions
from vibepiper.rollback import roll_back
from vibepiper.session import Session
from vibepiper.state import StateStore

__all__ = ["roll_back_asset", "show_versions"]


def show_versions(request: Request, asset: str, partition: str | None, *, as_json: bool) -> None:
    with project_code():
        project = request.project()
        with Session(project, request.host) as session:
            versions = list(kept_versions(session, asset, partition).newest_first)
    if as_json:
        print_json(versions)
        return
    print_table(
        ("version", "created", "rows", "bytes", ""),
        (
            (
                version.load_id,
                f"{version.created_at:%Y-%m-%d %H:%M:%S}",
                None if version.rows is None else f"{version.rows:,}",
                None if version.bytes is None else f"{version.bytes:,}",
                "published" if version.current else "",
            )
            for version in versions
        ),
        right=("rows", "bytes"),
    )


def roll_back_asset(
    request: Request, asset: str, to: str, partition: str | None, *, as_json: bool
) -> None:
    with project_code():
        project = request.project()
        with StateStore(project.state) as state, Session(project, request.host) as session:
            kept = kept_versions(session, asset, partition)
            version = kept.find(to)
            stored = roll_back(session, state, kept.of, kept.ref, version)
    if as_json:
        print_json({"asset": asset, "version": version.load_id, "rows": stored.rows})
    else:
        stdout.print(
            f"'{asset}' is again what load {version.load_id} published "
            f"({version.created_at:%Y-%m-%d %H:%M:%S} UTC)."
        )
