"""Assets in ``.sql`` files: their headers, their keys, and where mistakes are told."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import Asset
from vibepiper.errors import DefinitionError
from vibepiper_transform import sql_assets

USERS = pa.table({"id": [1, 2], "email": ["A@X", None]})
Files = Callable[..., Mapping[str, Asset]]


@pytest.fixture
def declared(tmp_path: Path) -> Files:
    """Declares the files of a folder ``models``, from a module beside it."""

    def declare(call: str = "sql_assets('models')", **files: str) -> Mapping[str, Asset]:
        for name, text in files.items():
            path = tmp_path / f"{name.replace('__', '/')}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        module = tmp_path / "pipeline.py"
        module.write_text(f"from vibepiper_transform import sql_assets\nmade = {call}\n")
        spec = importlib.util.spec_from_file_location("pipeline_of_sql_files", module)
        assert spec is not None
        assert spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        made: Mapping[str, Asset] = loaded.made
        return made

    return declare


def test_a_file_has_the_description_of_its_header_and_no_other(declared: Files) -> None:
    found = declared(
        models__one="---\n-- description = 'All users'\n---\nSELECT 1 AS x",
        models__two="SELECT 1 AS x",
    )
    assert [asset.description for asset in found.values()] == ["All users", None]


CLEAN = """---
-- dialect = "postgresql"
-- key = ["id"]
-- tags = [
--   "pii",
-- ]
-- materialization = { mode = "upsert", cursor = "id", lookback = "P1D" }
---
-- Without those that have no address.
SELECT id, lower(email) AS email
FROM {{ raw_users }}
WHERE email IS NOT NULL
"""


def test_a_file_is_an_asset(declared: Files) -> None:
    made = declared(models__mart__users=CLEAN, models___macros="{% macro m() %}1{% endmacro %}")
    assert list(made) == ["mart/users"]
    users = made["mart/users"]
    assert (users.key_columns, users.tags, users.kind) == (("id",), {"pii"}, "sql")
    assert users.incremental is not None
    assert users.incremental.lookback == timedelta(days=1)
    assert users(raw_users=USERS).to_table().to_pylist() == [{"id": 1, "email": "a@x"}]


def test_options_of_the_folder_give_way_to_the_file(declared: Files) -> None:
    call = "sql_assets('models', dialect='mysql', owner='us', group='g')"
    made = declared(call, models__a='---\n-- owner = "them"\n---\nSELECT 1 AS x')
    assert (made["a"].owner, made["a"].group) == ("them", "g")
    assert made["a"].function.dialect == "mysql"  # type: ignore[attr-defined]


def test_partitions_are_declared_as_in_python(declared: Files) -> None:
    header = '---\n-- partitions = { daily = { start = "2026-01-01", column = "day" } }\n---\n'
    made = declared(models__a=header + "SELECT day FROM {{ days }} WHERE day = {{ date }}")
    assert made["a"].partitions is not None
    assert list(made["a"].partitions.dimensions) == ["date"]


def test_columns_are_declared_with_arrow_types(declared: Files) -> None:
    header = '---\n-- [columns]\n-- id = { type = "int64", tags = ["pii"] }\n---\n'
    column = declared(models__a=header + "SELECT 1 AS id")["a"].columns["id"]
    assert (column.type, column.tags) == (pa.int64(), ("pii",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '---\n-- materialisation = "view"\n---\nSELECT 1 AS x',
            "a.sql:2: .*\n.*'materialization'",
        ),
        ("---\n-- key = 3\n---\nSELECT 1 AS x", "a.sql:2: key takes names"),
        ('---\n-- retries = "x"\n---\nSELECT 1 AS x', "a.sql:2: Retry: retries"),
        ('---\n-- dialect = "oracle"\n---\nSELECT 1 AS x', "a.sql:2: 'oracle' is no dialect"),
        (
            "---\n-- key = ]\n---\nSELECT 1 AS x",
            "a.sql:2:10: the header is not valid TOML: Invalid value",
        ),
        ('---\n-- key = "x"\nSELECT 1 AS x', "a.sql:3: a line of the header"),
        ("---\n-- columns = { id = { type = 'it' } }\n---\nS", "a.sql:2: .*'it' is no Arrow type"),
        ("---\n-- columns = 3\n---\nS", "a.sql:2: columns: takes a table for each"),
        ('---\n-- key = "x"\n', "a.sql:1: the header does not end"),
        ("---\n-- partitions = { dayly = {} }\n---\nSELECT 1 AS x", "a.sql:2: .*\n.*'daily'"),
        ("---\n-- partitions = { daily = { begin = 1 } }\n---\nS", "a.sql:2: .*'begin'"),
        ("---\n-- materialization = { mode = 'x' }\n---\nS", "a.sql:2: .*'x' is no mode"),
    ],
)
def test_a_wrong_header_is_told_with_its_line(declared: Files, text: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        declared(models__a=text)


def test_a_wrong_column_is_told_where_the_file_names_it(declared: Files) -> None:
    made = declared(models__a=CLEAN.replace("WHERE email", "WHERE emial"))
    with pytest.raises(DefinitionError, match=r"a.sql:12:7: there is no column 'emial'\n.*'email'"):
        made["a"](raw_users=USERS)


def test_a_wrong_folder_is_told_where_it_is_named(declared: Files) -> None:
    with pytest.raises(
        DefinitionError, match=r"pipeline.py:2: there is no folder 'modles'\n.*'models'"
    ):
        declared("sql_assets('modles')", models__a="SELECT 1 AS x")
    with pytest.raises(DefinitionError, match=r"test_sql_files.py:\d+: there is no folder"):
        sql_assets("nowhere")


MACROS = """
{% macro cents(amount) %}(CAST({{ amount }} AS DECIMAL(18, 2)) * 100){% endmacro %}
{% macro newest(key) %}
  SELECT max({{ key }}) AS newest FROM {{ ref("raw_users") }}
{% endmacro %}
"""


def test_macros_are_imported_and_may_refer_to_assets(declared: Files) -> None:
    text = (
        '{% from "macros/m.sql" import cents, newest %}'
        "SELECT {{ cents(sql('id')) }} AS c, (SELECT newest FROM ({{ newest(sql('id')) }}) n) AS n "
        "FROM {{ raw_users }} WHERE id < {{ param('limit', 2) }}"
    )
    made = declared(models__a=text, macros__m=MACROS)
    found = made["a"](raw_users=USERS).to_table().to_pylist()
    assert [(int(row["c"]), row["n"]) for row in found] == [(100, 2)]


def test_a_mistake_in_a_macro_is_told_in_its_file(declared: Files) -> None:
    text = '{% import "macros/m.sql" as m %}SELECT newest FROM ({{ m.newest(sql("idd")) }}) n'
    made = declared(models__a=text, macros__m=MACROS.replace("max({{ key }})", "max(idd)"))
    with pytest.raises(DefinitionError, match=r"macros/m.sql:4:14: there is no column 'idd'"):
        made["a"](raw_users=USERS)
    made = declared(models__a=text, macros__m=MACROS.replace("{{ key }}", "{{ kee }}"))
    with pytest.raises(DefinitionError, match=r"macros/m.sql:4: the template names 'kee'"):
        made["a"](raw_users=USERS)


BROKEN = """SELECT 1 AS x


{% if %}
"""


def test_a_mistake_of_a_template_is_told_at_its_line(declared: Files) -> None:
    with pytest.raises(DefinitionError, match=r"one\.sql:4: the template cannot be read"):
        declared(models__one=BROKEN)
    imports = "{% from 'macros/one.sql' import x %}SELECT 1 AS x"
    with pytest.raises(DefinitionError, match=r"macros/one\.sql:4: the template cannot be read"):
        declared(models__one=imports, macros__one=BROKEN)


def test_a_macro_file_that_is_no_text_is_told_by_its_name(declared: Files, tmp_path: Path) -> None:
    (tmp_path / "macros.sql").write_bytes(b"\xff")
    with pytest.raises(DefinitionError, match=r"macros\.sql: cannot be read: 'utf-8'"):
        declared(models__one="{% from 'macros.sql' import x %}SELECT 1 AS x")


def test_a_file_of_macros_that_is_not_there_is_refused(declared: Files) -> None:
    with pytest.raises(DefinitionError, match=r"a.sql:1: .*'macros/n.sql'.*\n.*'macros/m.sql'"):
        declared(models__a='{% import "macros/n.sql" as m %}SELECT 1 AS x', macros__m=MACROS)
