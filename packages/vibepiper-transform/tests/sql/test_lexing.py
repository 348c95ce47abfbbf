"""What counts of a SQL text: not its layout, and every sign within quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vibepiper_transform.sql.lexing import canonical

PARTS = st.sampled_from(
    [
        *("'", '"', "`", "--", "/*", "*/", "{#", "#}", "$$", "$a$", " ", "\n", "\t", "\\"),
        *("select", "From", "aND1", "1and", "x", "ß", "'it''s  a'", "(", ")", ",", ";", "-", "/"),
    ]
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("  select a,\n b -- no more\n from t ;\n", "SELECT a,b FROM t"),
        ("SELECT/* one */a{# two #}FROM t", "SELECT a FROM t"),
        ("SELECT 'a  -- b' ,\"Select  x\" FROM ( t )", "SELECT 'a  -- b',\"Select  x\" FROM(t)"),
        ("where x=1and y", "WHERE x=1AND y"),
        ("SELECT $q$ it's -- so $q$, 'open", "SELECT $q$ it's -- so $q$,'open"),
    ],
)
def test_only_what_is_said_is_kept(text: str, told: str) -> None:
    assert canonical(text, "duckdb") == told


def test_a_backslash_ends_no_text_where_the_dialect_says_so() -> None:
    text = r"SELECT '\' -- ' , 1"
    assert canonical(text, "mysql") == r"SELECT '\' -- ',1"
    assert canonical(text, "duckdb") == r"SELECT '\'"


@given(st.lists(PARTS, max_size=12).map("".join), st.sampled_from(["duckdb", "mysql"]))
def test_more_space_and_comments_change_nothing(text: str, dialect: str) -> None:
    told = canonical(text, dialect)
    assert canonical(f"\n -- first\n{text}", dialect) == told
    assert canonical(f"/* first */ {text}", dialect) == told
