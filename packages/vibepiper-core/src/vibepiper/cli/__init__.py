"""The command line, ``vibepiper``."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Runs the command line and exits with one of the codes of `vibepiper.cli.exits`."""
    from vibepiper.cli.app import app
    from vibepiper.cli.exits import REFUSED
    from vibepiper.errors import VibePiperError

    try:
        app()
    except VibePiperError as error:
        from vibepiper.cli.output import print_error

        print_error(error, as_json="--json" in sys.argv)
        sys.exit(REFUSED)
