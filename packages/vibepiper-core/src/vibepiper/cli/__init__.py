"""The command line, ``vibepiper``."""

from __future__ import annotations

import io
import sys

from vibepiper.garbage import collect_rarely, end_uncollected

__all__ = ["main"]


def main() -> None:
    """Runs the command line and exits with one of the codes of `vibepiper.cli.exits`."""
    collect_rarely()
    _print_all_letters()
    from typer import TyperException

    from vibepiper.cli.app import app
    from vibepiper.cli.exits import FAILED, REFUSED
    from vibepiper.cli.group import called_alone
    from vibepiper.errors import RunAborted, UsageError, VibePiperError

    as_json = "--json" in sys.argv
    try:
        code = called_alone(app, sys.argv[1:])(standalone_mode=not as_json)
    except VibePiperError as error:
        from vibepiper.cli.output import print_error

        print_error(error, as_json=as_json)
        sys.exit(FAILED if isinstance(error, RunAborted) else REFUSED)
    except TyperException as error:
        from vibepiper.cli.output import print_error

        print_error(UsageError(error.format_message()), as_json=as_json)
        sys.exit(REFUSED)
    finally:
        end_uncollected()
    sys.exit(code)


def _print_all_letters() -> None:
    """What an output's encoding has no letters for is written as escapes, in place of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
