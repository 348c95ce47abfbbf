"""From a template to a relation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from vibepiper_transform.dialects.names import sqlglot_name
from vibepiper_transform.relation import Relation
from vibepiper_transform.sources import Source
from vibepiper_transform.sql.folding import Folding
from vibepiper_transform.sql.meaning import give_meaning
from vibepiper_transform.sql.parsing import ParsedQuery, parse_query
from vibepiper_transform.sql.rendering import Rendering
from vibepiper_transform.sql.resolving import Resolver
from vibepiper_transform.sql.scope import Output
from vibepiper_transform.sql.sql_relation import SqlRelation
from vibepiper_transform.sql.template import SqlTemplate

__all__ = ["build_relation", "read_query"]


@dataclass(frozen=True)
class _Upstream:
    relation: Relation

    def body(self) -> exp.Expr:
        return self.relation.body()

    def outputs(self) -> list[Output]:
        return [Output(name, kind) for name, kind in self.relation.kinds.items()]


def read_query(template: SqlTemplate, what: Rendering, dialect: str) -> ParsedQuery:
    """The tree of the template's SQL. Raises `DefinitionError` for what is no query."""
    text = template.render(what)
    return parse_query(text, sqlglot_name(dialect), template.positions(text), what.marks)


def build_relation(
    template: SqlTemplate, what: Rendering, relations: Mapping[str, Relation], dialect: str
) -> Relation:
    """The relation that the template's SQL is of ``relations``, which are by the keys of the
    rendering's references. Raises `DefinitionError` at the place of a mistake."""
    speaks = sqlglot_name(dialect)
    parsed = read_query(template, what, dialect)
    relations = {**relations, **what.tables}
    upstreams = {key: _Upstream(relation) for key, relation in relations.items()}
    taken = [name for relation in relations.values() for name in relation.sources]
    resolver = Resolver(parsed, Folding(speaks), upstreams, what.references, taken, speaks)
    outputs = resolver.run()
    _check_names(parsed, outputs)
    sources: dict[str, Source] = {}
    for key in resolver.read:
        sources |= relations[key].sources
    give_meaning(parsed, dialect, resolver.columns.outputs)
    made = SqlRelation(parsed.tree, sources, [output.name for output in outputs])
    made.parsed = parsed
    return made


def _check_names(parsed: ParsedQuery, outputs: list[Output]) -> None:
    seen: dict[str, str] = {}
    for output, node in zip(outputs, _selects(parsed.tree), strict=False):
        if not output.name:
            raise parsed.error("a column of the result has no name", node, "Name it: AS name.")
        if (other := seen.get(output.name.lower())) is not None:
            raise parsed.error(
                f"the columns '{other}' and '{output.name}' of the result have the same name",
                node,
                "Name one of them otherwise: AS other.",
            )
        seen[output.name.lower()] = output.name


def _selects(tree: exp.Expr) -> list[exp.Expr]:
    while isinstance(tree, (exp.SetOperation, exp.Subquery)):
        tree = tree.this
    return list(tree.expressions)
