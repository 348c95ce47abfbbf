"""The validator component: runs an asset's expectations over its staged data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from vibepiper.checks import Check, CheckContext, CheckResult, SetAside
from vibepiper.component import Component
from vibepiper_transform import Relation, from_arrow

from vibepiper_expectations.evaluation import evaluate
from vibepiper_expectations.kinds import Expectation, RowExpectation
from vibepiper_expectations.quarantine import part

__all__ = ["ExpectationSettings", "ExpectationValidator"]


class ExpectationSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    examples: int = Field(
        default=5, ge=0, le=1000, description="how many failing rows a check's result shows"
    )
    keys: Literal["examples", "all"] = Field(
        default="examples", description="whether the keys of all failing rows are fetched"
    )


class ExpectationValidator(Component[ExpectationSettings]):
    """Evaluates `Expectation` checks where the data lies.

    All of an asset's checks are one query; a further one fetches examples of each that fails.
    """

    settings_model = ExpectationSettings

    def evaluate(
        self, checks: Sequence[Check], data: object, context: CheckContext
    ) -> Sequence[CheckResult]:
        """See `vibepiper.checks.Validator`."""
        expectations = [check for check in checks if isinstance(check, Expectation)]
        if len(expectations) != len(checks):
            raise TypeError("every check must be an Expectation, as its validator says it is")
        relation = data if isinstance(data, Relation) else from_arrow(data)
        return evaluate(
            expectations,
            relation,
            context,
            limit=self.settings.examples,
            all_keys=self.settings.keys == "all",
        )

    def set_aside(self, checks: Sequence[Check], data: object, context: CheckContext) -> SetAside:
        """See `vibepiper.checks.QuarantineValidator`."""
        rows = [check for check in checks if isinstance(check, RowExpectation)]
        relation = data if isinstance(data, Relation) else from_arrow(data)
        return part(rows, relation, context)
