"""``vibepiper run``, whose option ``--resume`` may stand alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand

if TYPE_CHECKING:
    from typer._click.core import Context  # typer does not export what it calls this with

__all__ = ["RunCommand"]


class RunCommand(TyperCommand):
    """``--resume`` without a run means the last one. (typer itself has no options whose value may
    be left out.)"""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        following = [*args[1:], "-"]
        given = [
            "--resume=last" if arg == "--resume" and after.startswith("-") else arg
            for arg, after in zip(args, following, strict=False)
        ]
        return super().parse_args(ctx, given)
