"""No value, name or template trick changes the shape of a statement."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from sqlglot import exp
from vibepiper.errors import DefinitionError
from vibepiper_transform import DIALECTS, Relation, sql_asset

T = pa.table({"id": [1, 2], "name": ["x", "y"]})

HOSTILE = [
    "'",
    "''",
    "' OR 1=1 --",
    "'; DROP TABLE users; --",
    "x' UNION SELECT id FROM t --",
    "\\' OR 1=1 --",
    "\\",
    '" OR ""="',
    "`; DROP TABLE t; `",
    "$$; DROP TABLE t; $$",
    "/* */ OR 1=1",
    "-- ",
    ")) OR ((1=1",
    "{{ ref('t') }}",
    "{% raw %}",
    "{{ 7 * 7 }}",
    "%s %(x)s :x ? $1 @x",
    "1; SELECT 2",
    "NULL",
    "TRUE",
    "0x27204f52",
    "\u02bc OR 1=1",
    "\uff07 OR 1=1",
    "\n\r\t\v",
    "vp_0 vp_1",
    "source_0",
    "\U0001f600" * 50,
    "a" * 10_000,
]

TEMPLATES = [
    "SELECT id FROM {{ t }} WHERE name = {{ v }}",
    "SELECT id, {{ v }} AS v FROM {{ t }}",
    "SELECT lower({{ v }}) AS v FROM {{ t }} GROUP BY id HAVING min(name) < {{ v }}",
    "SELECT id FROM {{ t }} WHERE name LIKE {{ v }} || '%'",
    "SELECT id FROM {{ t }} WHERE name IN ({{ v }}, 'z') ORDER BY id",
    "SELECT id FROM {{ t }} WHERE name IN {{ [v, 'b'] }}",
    "SELECT id FROM {{ t }} WHERE name = {{ v ~ 'x' }} OR name = {{ v | upper }}",
    "{% set w = v %}WITH a AS (SELECT {{ w }} AS w) SELECT a.w FROM a, {{ t }}",
    "{% macro eq(x) %}name = {{ x }}{% endmacro %}SELECT id FROM {{ t }} WHERE {{ eq(v) }}",
    "SELECT id FROM {{ t }} -- {{ v }}\nWHERE /* {{ v }} */ id = 1",
    "{% set s %}{{ v }}{% endset %}SELECT {{ s }} AS s FROM {{ t }}",
    "{% for x in [v, v] %}{{ 'SELECT' if false }}{% endfor %}SELECT id FROM {{ t }}",
]


def relation(template: str, value: object, dialect: str = "duckdb") -> Relation:
    def made():
        return template

    asset = sql_asset(dialect=dialect)(made)
    return asset(**{p.name: T if p.name == "t" else value for p in asset.parameters})


def shape(made: Relation) -> str:
    """The tree with nothing of its texts and its sources."""
    sources = list(made.sources)

    def blank(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Literal) and node.is_string:
            return exp.Literal.string("?")
        if isinstance(node, exp.Table) and node.name in sources:
            node.set("this", exp.to_identifier(f"source {sources.index(node.name)}", quoted=True))
        return node

    return repr(made.tree.transform(blank))


@pytest.mark.parametrize("dialect", ["duckdb", "postgresql", "mysql"])
@pytest.mark.parametrize("template", TEMPLATES[:-1])
def test_a_hostile_text_is_a_text(template: str, dialect: str) -> None:
    wanted = shape(relation(template, "harmless", dialect))
    for value in HOSTILE:
        assert shape(relation(template, value, dialect)) == wanted, value


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_comes_back_from_the_engine_as_it_was_given(value: str) -> None:
    made = relation("SELECT {{ v }} AS v FROM {{ t }} WHERE name = {{ 'x' }}", value)
    assert made.to_table()["v"].to_pylist() == [value]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_is_a_text(value: str) -> None:
    made = relation(
        "SELECT {{ v }} AS v, {{ [v] }}[1] AS w FROM {{ t }}".replace(", {{ [v] }}[1] AS w", ""),
        value,
    )
    assert made.to_table()["v"].to_pylist() == [value, value]


@pytest.mark.parametrize(
    "value",
    [True, None, -5, 2**63, 1.5, float("nan"), Decimal("-0.10"), dt.date(2026, 1, 1),
     dt.datetime(2026, 1, 1, 2, tzinfo=dt.UTC), dt.time(3)],
)  # fmt: skip
def test_values_keep_their_types(value: object) -> None:
    found = relation("SELECT {{ v }} AS v FROM {{ t }}", value).to_table()["v"][0].as_py()
    assert found == value or repr(found) == repr(value)


@pytest.mark.parametrize("value", [b"x", {"a": 1}, object(), T.schema, "\0", "\ud800"])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises(DefinitionError, match=r"literal|a text in SQL holds no NUL|stands where"):
        relation("SELECT {{ v }} AS v FROM {{ t }}", value)


@pytest.mark.parametrize(
    "template",
    [
        "SELECT id FROM {{ t }} WHERE name = '{{ v }}'",
        "SELECT id FROM {{ t }} WHERE name = 'a {{ v }} b'",
        'SELECT id AS "{{ v }}" FROM {{ t }}',
        "SELECT id AS {{ v }} FROM {{ t }}",
        "SELECT id AS a{{ v }} FROM {{ t }}",
        "SELECT id FROM {{ v }}",
        "SELECT id FROM {{ t }} AS {{ v }}",
        "SELECT id FROM {{ t }} JOIN {{ t }} b USING ({{ v }})",
        "SELECT t.{{ v }} FROM {{ t }}",
        "SELECT {{ v }}.id FROM {{ t }}",
        "SELECT {{ v }}(id) AS x FROM {{ t }}",
        "SELECT CAST(id AS {{ v }}) AS x FROM {{ t }}",
        "SELECT id FROM {{ t }} ORDER BY {{ v }}",
        "SELECT count(*) AS n FROM {{ t }} GROUP BY {{ v }}",
        "WITH {{ v }} AS (SELECT 1 AS x) SELECT x FROM {{ t }}",
        "SELECT id FROM {{ t }} {{ v }}",
        "{{ v }}",
        "SELECT {{ v }}{{ v }} AS x FROM {{ t }}",
        "SELECT id FROM {{ t }} WHERE {{ t }}",
        "SELECT id FROM {{ t }} WHERE id = {{ sql(v) }}",
        "SELECT id FROM {{ t }} WHERE id = {{ sql('1' ~ v) }}",
        "{% set f = sql %}SELECT id FROM {{ t }} WHERE id = {{ f(v) }}",
        "SELECT id FROM {{ t }} WHERE id = {{ v | safe }}",
        "SELECT id FROM {{ t }} WHERE id = {{ v | tojson }}",
        "{% autoescape true %}SELECT id FROM {{ t }} WHERE id = {{ v }}{% endautoescape %}",
        "{% macro m(x) %}id = {{ x }}{% endmacro %}SELECT id FROM {{ t }} WHERE {{ m(v) | trim }}",
        "{% macro m(x) %}id = {{ x }}{% endmacro %}SELECT id FROM {{ t }} WHERE {{ m(v) ~ '' }}",
        "{% include v %}",
        "{% import v as m %}SELECT 1 AS x",
    ],
)  # fmt: skip
def test_a_value_where_none_can_stand_is_refused(template: str) -> None:
    for value in ("id", "1", "t", "id) --", "INT"):
        with pytest.raises(DefinitionError, match=r"test_sql_injection.py:\d+"):
            relation(template, value)


@pytest.mark.parametrize(
    "made",
    [
        "sql('id') | upper",
        "sql('id') ~ ''",
        "sql('id') + ''",
        "sql('id').replace('i', 'x')",
        "[sql('id'), sql('name')] | join(', ')",
        "m() | trim",
    ],
)
def test_what_filters_make_of_sql_is_no_value(made: str) -> None:
    macro = "{% macro m() %}id{% endmacro %}"
    for place in (
        f"{{{{ {made} }}}} AS x FROM {{{{ t }}}}",
        f"id FROM {{{{ t }}}} WHERE name IN {{{{ [{made}] }}}}",
    ):
        with pytest.raises(DefinitionError, match="was changed by a filter or an operator"):
            relation(f"{macro}SELECT {place}", "")


def test_a_macro_may_look_at_the_sql_that_it_is_given() -> None:
    macro = """
        {% macro one(c, d) %}
        {% if c == "id" and c in ["id"] and not d and c == sql("id") %}{{ c | string }}{% endif %}
        {% endmacro %}
    """
    made = relation(macro + "SELECT {{ one(sql('id'), sql('')) }} AS x FROM {{ t }}", "")
    assert made.to_table()["x"].to_pylist() == T["id"].to_pylist()


@pytest.mark.parametrize(
    "escape",
    [
        "{{ v.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.__class__ }}",
        "{{ v['__class__'] }}",
        "{{ v | attr('__class__') }}",
        "{{ ref.__globals__ }}",
        "{{ param.__code__ }}",
        "{{ this.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ '{0.__class__}'.format(v) }}",
        "{{ '%s' | format(v.__class__) }}",
        "{{ t.__class__ }}",
        "{{ [].append(1) }}",
        "{% set _ = [1].extend([2]) %}{{ 1 }}",
        "{{ range(10 ** 9) | list | length }}",
        "{{ lipsum() }}",
        "{{ joiner.__class__ }}",
        "{{ namespace.__init__.__globals__ }}",
        "{{ v.format_map.__self__.__class__ }}",
    ],
)
def test_the_sandbox_holds(escape: str) -> None:
    with pytest.raises(DefinitionError, match=r"test_sql_injection.py:\d+"):
        relation(f"SELECT {escape} AS x FROM {{{{ t }}}}", "{0.__class__}")


def test_markup_is_a_text() -> None:
    made = relation("SELECT {{ v }} AS v FROM {{ t }}", Markup("<b>' OR 1=1"))
    assert made.to_table()["v"][0].as_py() == "<b>' OR 1=1"


@pytest.mark.parametrize(
    "name", ['a"b', "a'; DROP TABLE x; --", "a`b", "a b", "select", "A\u0301", "{{ v }}"]
)
def test_columns_of_hostile_names_pass_through(name: str) -> None:
    data = pa.table({name: [1], "id": [2]})

    def made():
        return "SELECT * FROM {{ data }}"

    result = sql_asset(made)(data)
    assert result.columns == (name, "id")
    assert result.to_table().to_pylist() == [{name: 1, "id": 2}]
    for dialect in DIALECTS:
        assert result.sql(dialect)


def test_the_answer_of_a_hostile_filter_is_empty() -> None:
    with duckdb.connect() as connection:
        assert connection.sql("SELECT 1 WHERE 'x' = '' OR 1=1").fetchall() == [(1,)]
    made = relation("SELECT id FROM {{ t }} WHERE name = {{ v }}", "' OR 1=1 --")
    assert made.to_table().num_rows == 0
