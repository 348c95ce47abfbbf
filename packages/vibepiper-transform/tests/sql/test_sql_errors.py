"""What is wrong in a SQL asset is told before it runs, at its place in the user's file."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import AssetGraph, asset
from vibepiper.errors import DefinitionError, Location, UnknownUpstream
from vibepiper_transform import sql_asset, sql_assets

USERS = pa.table({"id": [1, 2], "email": ["A@X", None], "created_at": ["x", "y"]})
ORDERS = pa.table({"id": [1], "user_id": [2], "amount": [5]})


def refused(sql: str) -> DefinitionError:
    """The error of an asset that has this SQL."""

    def made():
        return sql

    given = {"users": USERS, "orders": ORDERS}
    try:
        declared = sql_asset(made)
        declared(**{p.name: given[p.name] for p in declared.parameters})
    except DefinitionError as error:
        return error
    raise AssertionError("the SQL was taken")


def place_of(text: str, function: Callable[..., object]) -> tuple[int, int]:
    """The line and column of a text in the source of a function."""
    lines, first = inspect.getsourcelines(function)
    number = next(n for n, line in enumerate(lines) if text in line)
    return first + number, lines[number].index(text) + 1


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        (
            "coalesce(id, 'none') AS x FROM {{ users }}",
            "'id' is int64, and the text 'none' is none",
        ),
        ("CASE WHEN id > 1 THEN 1 ELSE 'x' END AS x FROM {{ users }}", "1 is a number, .* 'x' is"),
        ("id FROM {{ users }} WHERE email", "a condition is true or false, but 'email' is string"),
        ("id FROM {{ users }} WHERE id > 1 AND email", "but 'email' is string"),
        ("id FROM {{ users }} WHERE id = email", "'email' is string, and 'id' is int64"),
        ("CAST('abc' AS INT) AS x FROM {{ users }}", "'abc' is no INT"),
        ("id FROM {{ users }} WHERE regexp_matches(email, '(')", r"'\(' is no regular expression"),
    ],
)
def test_types_that_cannot_meet_are_refused(sql: str, wrong: str) -> None:
    error = refused(f"SELECT {sql}")
    assert re.search(wrong, error.message)
    assert error.at is not None


def test_texts_that_can_be_read_are_taken() -> None:
    def made():
        return """
            SELECT coalesce(id, '7') AS x, TRY_CAST('abc' AS INT) AS y, DATE '2026-01-01' AS z,
                CASE email WHEN 'A@X' THEN 1 ELSE '2' END AS w, id + '5' AS five, id / '2.5' AS h,
                CASE WHEN id < 0 THEN error('below') ELSE strptime('01', '%d') END AS e,
                date_trunc('month', DATE '2026-01-01') - INTERVAL '1 day' AS before
            FROM {{ users }} WHERE NOT regexp_matches(email, '^b')
        """

    assert sql_asset(made)(USERS).to_table()["w"].to_pylist() == [1]


def test_a_column_is_told_at_its_line_and_column_in_a_python_file() -> None:
    def joined():
        return """
            SELECT u.id, o.amuont
            FROM {{ users }} AS u
            JOIN {{ orders }} AS o ON o.user_id = u.id
        """

    with pytest.raises(DefinitionError, match="the table 'o' has no column 'amuont'") as caught:
        sql_asset(joined)(USERS, ORDERS)
    assert caught.value.at == Location(__file__, *place_of("amuont\n", joined))
    assert caught.value.hint == "Did you mean 'amount'?"


def test_equal_lines_are_told_apart() -> None:
    def twice():
        return """
            SELECT id FROM {{ users }} WHERE id > 1
            UNION ALL
            SELECT idd FROM {{ users }}
            UNION ALL
            SELECT idd FROM {{ users }}
        """.replace("SELECT idd", "SELECT id", 0)

    with pytest.raises(DefinitionError, match="there is no column 'idd'") as caught:
        sql_asset(twice)(USERS)
    assert caught.value.at == Location(__file__, *place_of("idd FROM", twice))


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT idd FROM {{ users }}", "there is no column 'idd'", "Did you mean 'id'?"),
        ("SELECT users.x FROM {{ users }}", "'users' has no column 'x'", "There are: "),
        ("SELECT usr.id FROM {{ users }} u", "there is no table 'usr'", "There are: u."),
        ("SELECT id FROM {{ users }} u, {{ orders }} o", "'id' could be 'u.id' or 'o.id'", "Say"),
        ("SELECT id FROM {{ users }}, {{ users }}", "two tables of this FROM are", "Give one"),
        ("SELECT 1 AS x FROM users", "'users' is neither an asset", "Write {{ users }} to"),
        ("SELECT 1 AS x FROM {{ users }}, usrs", "'usrs' is neither", "mean {{ users }}?"),
        ("SELECT id FROM {{ orders }} WHERE amount > 'x'", "'amount' is int64, .* 'x' is", "cast"),
        ("SELECT id FROM (SELECT id FROM {{ users }}) WHERE 'x' = id", "'id' is int64", "cast"),
        ("SELECT o.* FROM {{ users }} u", "there is no table 'o'", "There are: u."),
        ("SELECT count(*) FROM {{ users }}", "a column of the result has no name", "Name it"),
        ("SELECT id, 1 AS ID FROM {{ users }}", "'id' and 'ID' of the result have", "Name one"),
        ("SELECT id FROM {{ users }} WHERE", "the SQL cannot be read", ""),
        ("SELECT id FROM {{ users }} WHERE (id = 1", r"the SQL cannot be read: Expecting \)", ""),
        ("SELECT 'x FROM {{ users }}", "is not closed", ""),
        ("SELECT 1 AS x; SELECT 2 AS y", "another statement follows", ""),
        ("DROP TABLE users", "this begins with 'DROP'", ""),
        ("  ", "the SQL is empty", ""),
        ("SELECT id FROM {{ users }} UNION SELECT id, email FROM {{ users }}", "has 1 columns", ""),
        ("SELECT 1 AS a UNION SELECT id FROM {{ orders }} ORDER BY x", "no column 'x'", ""),
        ("SELECT * EXCLUDE (x) FROM {{ users }}", "no column 'x' in the star", "There are"),
        ("SELECT 1 AS x FROM {{ users }} u JOIN {{ orders }} o USING (y)", "'y' in 'u'", ""),
        ("SELECT * FROM read_parquet('x.parquet')", "reads assets, not files", "Make what"),
        ("SELECT * FROM read_csv('x.csv')", r"by read_csv\(\)", "Make what"),
        ("SELECT * FROM sniff_csv('x.csv') AS t(a)", r"by sniff_csv\(\)", "Make what"),
        ("SELECT * FROM json_execute_serialized_sql({{ 'x' }}) AS t(a)", "assets,", "Make what"),
        ("SELECT * FROM pandas_scan(1) AS t(a)", r"by pandas_scan\(\)", "Make what"),
        ("SELECT * FROM duckdb_secrets() AS t(a)", r"by duckdb_secrets\(\)", "Make what"),
        ("SELECT id FROM {{ users }} WHERE email IN {{ 'A' }}", "a str stands after IN", "bracket"),
        ("SELECT id FROM {% if x %}", "the template cannot be read", ""),
        ("SELECT {{ ref(1 + 1) }}", r"ref\(\) takes the key of an asset, found 2", ""),
        ("SELECT {{ param(users) }} AS x", r"param\(\) takes a text in quotes", ""),
        ("SELECT {% include name %} AS x", "the file is named in quotes", ""),
        ("SELECT {{ this }}.id FROM {{ this }}", "there is nothing to add to", "Use it within"),
        ("SELECT {{ range }} AS x", "a macro or a function stands", "Call it"),
    ],
)  # fmt: skip
def test_mistakes_are_refused_with_the_way_out(sql: str, message: str, hint: str) -> None:
    error = refused(sql)
    assert error.at is not None
    assert Path(error.at.file) == Path(__file__)
    assert re.search(message, error.message)
    assert hint in (error.hint or "")


def test_an_undefined_name_is_told_with_the_nearest() -> None:
    @sql_asset
    def filtered(users, minimum: int):
        return f"""
            SELECT id FROM {{{{ users }}}}
            WHERE id > {{{{ minimu{"n"} }}}}
        """

    with pytest.raises(DefinitionError, match=r"names 'minimun', .*\n  Did you mean 'minimum'"):
        filtered(USERS, 1)


def test_a_name_that_the_project_does_not_have_is_told_where_the_template_has_it() -> None:
    def wrong():
        return """
            SELECT id FROM {{ users }} AS u
            JOIN {{ ref("ordres") }} AS o ON o.user_id = u.id
        """

    def users(): ...

    def orders(): ...

    made = [sql_asset(wrong), asset(users), asset(orders)]
    with pytest.raises(UnknownUpstream, match=r"refers to 'ordres', .*\n.*'orders'") as caught:
        AssetGraph(made)
    assert caught.value.at == Location(__file__, *place_of("ordres", wrong))


@pytest.mark.parametrize(
    "word",
    [
        "id + 'x'", "('x') - id", "(id * 2) % 'x'", "id / 'x'", "id ** 'x'", "round(id, 'x')",
        "left(email, 'x')", "date_diff('day', DATE '2026-01-01', 'x')", "make_date('x', 1, 1)",
        "date_part('x', DATE '2026-01-01')", "DATE '2026-01-01' + INTERVAL 'x' DAY",
        "sum(id - 'x')",
    ],
)  # fmt: skip
def test_a_constant_that_is_no_value_of_what_is_taken_is_refused(word: str, tmp_path: Path) -> None:
    file = tmp_path / "made.sql"
    file.write_text(f"SELECT\n{word} AS v FROM {{{{ ref('users') }}}}")
    made = sql_assets(tmp_path)["made"]
    with pytest.raises(DefinitionError, match=r"['\"]x['\"]") as caught:
        made(USERS)
    assert caught.value.at == Location(str(file), 2, word.index("'x'") + 1)


def test_what_is_tried_may_hold_such_a_constant() -> None:
    @sql_asset
    def tried(users):
        return "SELECT try(id + 'x') AS a, 8 / 0e0 AS b FROM {{ users }}"

    found = tried(USERS).to_table().to_pydict()
    assert set(found["a"] + found["b"]) == {None}


@pytest.mark.parametrize(
    ("joined", "wrong"),
    [
        ("(SELECT 1 AS one) AS o", "share no column"),
        ("(SELECT email AS id FROM {{ ref('users') }}) AS o", "'id' is string, and 'id' is int64"),
    ],
)
def test_a_natural_join_is_told_at_its_place(joined: str, wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "made.sql"
    file.write_text(f"SELECT 1 AS n\nFROM {{{{ ref('orders') }}}}\nNATURAL JOIN\n  {joined}")
    joined_by = sql_assets(tmp_path)["made"]
    given = {"users": USERS, "orders": ORDERS}
    with pytest.raises(DefinitionError, match=wrong) as caught:
        joined_by(**{p.name: given[p.name] for p in joined_by.parameters})
    assert caught.value.at is not None
    assert (caught.value.at.file, caught.value.at.line) == (str(file), 4)


@pytest.mark.parametrize(
    ("line", "wrong", "message"),
    [
        ("SELECT id + upper(id) AS x FROM {{ users }}", "upper", "No function matches"),
        ("SELECT id, lowr(email) AS x FROM {{ users }}", "lowr", "lowr does not exist"),
        ("SELECT id FROM {{ users }} WHERE id + email > 1", "id + ", r"'\+\(BIGINT, VARCHAR\)'"),
        ("SELECT 1 AS n FROM {{ users }} GROUP BY email HAVING sum(email) > 1", "sum", "'sum"),
        ("SELECT id, count(*) AS n FROM {{ users }}", "id, ", "must appear in the GROUP BY"),
        ("WITH a AS (SELECT email FROM {{ users }}) SELECT abs(email) AS x FROM a", "abs", "'abs"),
        ("SELECT 1 AS x FROM {{ users }} u, {{ orders }} o WHERE email + 1", "email +", "VARCHAR"),
    ],
)  # fmt: skip
def test_types_that_do_not_fit_are_told_where_they_are_asked_for(
    line: str, wrong: str, message: str, tmp_path: Path
) -> None:
    module = tmp_path / "types_of_sql.py"
    module.write_text(f'def made():\n    return """\n    {line}\n    """\n')
    scope: dict[str, Callable[[], str]] = {}
    exec(compile(module.read_text(), str(module), "exec"), scope)
    declared = sql_asset(scope["made"])
    given = {"users": USERS, "orders": ORDERS}
    made = declared(**{p.name: given[p.name] for p in declared.parameters})
    with pytest.raises(DefinitionError, match=message) as caught:
        assert made.kinds
    assert caught.value.at is not None
    assert (caught.value.at.file, caught.value.at.line) == (str(module), 3)
    assert caught.value.at.column == 5 + line.index(wrong)


def test_a_word_that_nobody_proved_is_told_by_its_name() -> None:
    @sql_asset(dialect="snowflake")
    def one():
        return "SELECT soundex_p123(email) AS x FROM {{ users }}"

    with pytest.raises(DefinitionError, match=r"cannot do the soundex_p123\(\) of snowflake"):
        one(USERS).to_table()


def test_functions_that_make_rows_of_their_values_are_taken() -> None:
    @sql_asset
    def numbers():
        return """
            SELECT a, b, c, d, e.value AS e
            FROM range(1) AS t(a), generate_series(1, 1) AS u(b), unnest([a]) AS v(c),
                repeat(2, 1) AS w(d), json_each('[3]') AS e(key, value)
        """

    assert numbers().to_table().to_pylist() == [{"a": 0, "b": 1, "c": 0, "d": 2, "e": "3"}]


def test_a_window_that_no_clause_names_is_told_at_its_place() -> None:
    def made():
        return """
        SELECT sum(id) OVER (wn ORDER BY id) AS s
        FROM {{ users }} WINDOW w AS (PARTITION BY email)
        """

    with pytest.raises(DefinitionError, match="there is no window 'wn'") as caught:
        sql_asset(made)(users=USERS)
    assert caught.value.hint == "Did you mean 'w'?"
    assert caught.value.at is not None
    assert (caught.value.at.line, caught.value.at.column) == place_of("wn ORDER", made)
