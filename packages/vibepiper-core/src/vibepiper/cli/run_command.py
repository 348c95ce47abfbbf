"""Commands that take selectors by an option, and ``vibepiper run``, whose option ``--resume`` may
stand alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand

from vibepiper.errors import UsageError

if TYPE_CHECKING:
    from typer._click.core import Context  # typer does not export what it calls this with

__all__ = ["RunCommand", "SelectingCommand"]


class SelectingCommand(TyperCommand):
    """An asset that is named without ``--select`` is refused with that hint."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            raise UsageError(
                f"`vibepiper {ctx.info_name}` takes options only, found '{' '.join(extra)}'",
                hint=f"Assets are selected by: {' '.join(f'--select {each}' for each in extra)}",
            )
        return extra


class RunCommand(SelectingCommand):
    """``--resume`` without a run means the last one. (typer itself has no options whose value may
    be left out.)"""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        following = [*args[1:], "-"]
        given = [
            "--resume=last" if arg == "--resume" and after.startswith("-") else arg
            for arg, after in zip(args, following, strict=False)
        ]
        return super().parse_args(ctx, given)
