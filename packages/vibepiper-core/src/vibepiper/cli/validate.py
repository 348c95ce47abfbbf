"""``vibepiper validate``."""

from __future__ import annotations

from vibepiper.cli.exits import OK, REFUSED
from vibepiper.cli.looking import looking
from vibepiper.cli.output import print_json, print_line
from vibepiper.cli.params import parse_params
from vibepiper.cli.problems import told
from vibepiper.cli.requests import Request
from vibepiper.cli.stores import existing_state
from vibepiper.session import Session
from vibepiper.validation import Validation, validate_project

__all__ = ["show_validation"]


def show_validation(request: Request, *, as_json: bool) -> int:
    """Everything that is wrong, and the exit code: `REFUSED` where a run would be."""
    with looking():
        project = request.project()
        with existing_state(project) as state, Session(project, request.host) as session:
            found = validate_project(
                session,
                state,
                selectors=request.select,
                exclude=request.exclude,
                params=parse_params(request.params),
            )
    if as_json:
        problems = [told(problem, project.root) for problem in found.problems]
        print_json(
            {
                "environment": project.environment,
                "assets": len(found.assets),
                "errors": found.errors,
                "warnings": found.warnings,
                "problems": problems,
            }
        )
    else:
        if found.problems:
            # Imported here, for it brings rich.
            from vibepiper.cli.printed_problems import print_problems

            print_problems(found.problems, project.root)
        print_line(_sentence(found, project.environment))
    return REFUSED if found.errors else OK


def _sentence(found: Validation, environment: str) -> str:
    end = "\n" if found.problems else ""
    looked = f"{end}{_count(len(found.assets), 'asset')} in environment '{environment}': "
    if not found.problems:
        return f"{looked}no problems found; nothing was run."
    parts = [_count(found.errors, "error")] if found.errors else []
    parts += [_count(found.warnings, "warning")] if found.warnings else []
    return f"{looked}{', '.join(parts)}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
