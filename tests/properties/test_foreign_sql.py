"""SQL of one dialect gives the rows of its own engine on every other, or is refused by name."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from vibepiper.errors import DefinitionError
from vibepiper_transform import Relation, UnsupportedSql, from_arrow, sql_asset

from tests.properties.engines import Engine, answer
from tests.properties.foreign_words import GROUPED, PLAIN

_LETTERS = {"duckdb": "d", "postgresql": "p", "mysql": "m", "sqlite": "s"}
_DAYS = ["2024-01-07", "2023-12-31", None, "2024-02-29", "2022-01-01", "2021-01-03"]
_ENDS = ["2024-03-06", "2024-01-01", "2020-01-01", None, "2021-12-31", "2024-02-29"]
_TIMES = [
    "2024-01-07 23:59:59.9", "2023-12-31", None, "2024-02-29 12:30", "2022-01-01 00:00:01",
    "2021-01-03 06:07:08.000005",
]  # fmt: skip
_LATER = [
    "2024-03-06 01:02:03", "2024-01-01 00:00:00.000001", "2020-01-01", None,
    "2021-12-31 23:59:59", "2021-01-03 05:07:08",
]  # fmt: skip


def _dates(texts: list[str | None]) -> list[dt.date | None]:
    return [text and dt.date.fromisoformat(text) for text in texts]  # type: ignore[misc]


def _times(texts: list[str | None]) -> list[dt.datetime | None]:
    return [text and dt.datetime.fromisoformat(text) for text in texts]  # type: ignore[misc]


ROWS = pa.table(
    {
        "id": pa.array([1, 2, 3, 4, 5, 6], pa.int64()),
        "g": pa.array([1, 1, 2, 2, 2, 3], pa.int64()),
        "n": pa.array([2, -7, None, 0, 8, 5], pa.int64()),
        "k": pa.array([3, 1, 2, 0, None, 3], pa.int32()),
        "x": [2.5, -2.5, None, 0.0, 1.75, -0.25],
        "b": [True, False, None, True, False, True],
        "s": ["abc", "Abcb", "", None, "a%b", "äb "],
        "u": ["abd", "", "x", None, "b", "a"],
        "z": ["12", "-3", None, "0", "7", "40"],
        "d": _dates(_DAYS),
        "e": _dates(_ENDS),
        "t": _times(_TIMES),
        "v": _times(_LATER),
    }
)
CASES = [
    (dialect, letters, by)
    for by, table in (("id", PLAIN), ("g", GROUPED))
    for dialect, words in table.items()
    for letters in words
]


@pytest.fixture(scope="module")
def tables(engines: dict[str, Engine]) -> dict[str, Relation]:
    return {name: engine.keep({"t": ROWS})["t"] for name, engine in engines.items()}


def written(sql: str, dialect: str, table: Relation) -> Relation:
    def made():
        return sql

    result = sql_asset(dialect=dialect)(made)(t=table)
    assert isinstance(result, Relation)
    return result


def rows_of(relation: Relation) -> list[tuple[object, ...]] | str:
    """Doubles to nine decimals, as MariaDB gives ten of some."""
    found = answer(relation)
    return found if isinstance(found, str) else [tuple(map(_nine, row)) for row in found]


def _nine(value: object) -> object:
    return round(value, 9) if isinstance(value, float) else value


def found_in(word: str, dialect: str, by: str, tables: dict[str, Relation]) -> str:
    """The letters of the engines with the rows of the dialect's own; ``!`` is of other rows."""
    group = f"GROUP BY {by}" if by == "g" else ""
    sql = f"SELECT {by}, {word} AS v FROM {{{{ t }}}} {group} ORDER BY {by}"
    expected, letters = rows_of(written(sql, dialect, tables[dialect])), ""
    assert expected != "an error", word
    for engine in _LETTERS.keys() - {dialect}:
        try:
            same = rows_of(written(sql, dialect, tables[engine])) == expected
        except UnsupportedSql:
            continue
        letters += _LETTERS[engine] if same else "!"
    return "".join(sorted(letters, key="dpms!".index))


@pytest.mark.parametrize(("dialect", "letters", "by"), CASES)
def test_an_expression_has_the_rows_of_its_own_engine_or_is_refused(
    tables: dict[str, Relation], dialect: str, letters: str, by: str
) -> None:
    words = (PLAIN if by == "id" else GROUPED)[dialect][letters]
    found = {word: found_in(word, dialect, by, tables) for word in words}
    assert found == dict.fromkeys(words, letters)


@pytest.mark.parametrize("rest", ["LIMIT -1", "LIMIT 2 OFFSET -1", "LIMIT -1 OFFSET 3"])
def test_a_limit_below_zero_is_none_as_in_sqlite(tables: dict[str, Relation], rest: str) -> None:
    sql = f"SELECT id FROM {{{{ t }}}} ORDER BY id {rest}"
    found = {name: rows_of(written(sql, "sqlite", table)) for name, table in tables.items()}
    assert found == dict.fromkeys(tables, found["sqlite"])
    assert len(found["sqlite"]) == {"LIMIT -1": 6, "LIMIT 2 OFFSET -1": 2}.get(rest, 3)


@pytest.mark.parametrize("dialect", ["mysql", "postgresql", "sqlite"])
@pytest.mark.parametrize("sum_", ["-9223372036854775807 - n", "sum(n * 2305843009213693952)"])
def test_what_leaves_64_bits_is_an_error_and_never_another_number(
    tables: dict[str, Relation], dialect: str, sum_: str
) -> None:
    sql = f"SELECT {sum_} AS v FROM {{{{ t }}}} WHERE n = 8"
    found = {name: answer(written(sql, dialect, table)) for name, table in tables.items()}
    assert found == dict.fromkeys(tables, "an error")


def test_a_date_that_is_moved_by_days_is_a_date(tables: dict[str, Relation]) -> None:
    sql = "SELECT d + INTERVAL 1 DAY AS a, date_sub(d, INTERVAL 1 HOUR) AS b FROM {{ t }}"
    for table in tables.values():
        assert written(sql, "mysql", table).kinds == {"a": "DATE", "b": "TIMESTAMP"}


@pytest.mark.parametrize(
    ("dialect", "word", "told"),
    [
        (
            "mysql",
            "week(d)",
            r"duckdb cannot do the week\(\) of mysql: its weeks .*\n.*week\(.., 3",
        ),
        (
            "postgresql",
            "s SIMILAR TO 'a%'",
            "the SIMILAR TO of postgresql: its patterns .*\n.*LIKE",
        ),
        ("sqlite", "t > d", "comparison of a timestamp with a date .*\n  Compare dates"),
        (
            "mysql",
            "soundex(s)",
            r"the soundex\(\) of mysql: nobody proved .*\n.*dialect=\"duckdb\"",
        ),
    ],
)
def test_a_refusal_names_the_word_the_reason_and_the_way_out(
    dialect: str, word: str, told: str
) -> None:
    relation = written(f"SELECT {word} AS v FROM {{{{ t }}}}", dialect, from_arrow(ROWS))
    with pytest.raises(UnsupportedSql, match=told) as caught:
        _ = relation.kinds
    assert isinstance(caught.value, DefinitionError)
    assert caught.value.at is not None
    assert caught.value.at.file == __file__


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgresql", "SELECT DISTINCT ON (g) id FROM {{ t }} ORDER BY g DESC, id DESC LIMIT 2"),
        ("postgresql", "SELECT id FROM {{ t }} ORDER BY id OFFSET 2 ROWS FETCH NEXT 2 ROWS ONLY"),
        (
            "postgresql",
            "SELECT v.a FROM {{ t }} JOIN (VALUES (1, 'x'), (3, NULL)) AS v(i, a) ON i = k",
        ),
        ("postgresql", "SELECT 1 AS a FROM {{ t }} HAVING count(*) > 1"),
        ("mysql", "SELECT year(d) AS y FROM {{ t }} GROUP BY y HAVING y > 2021 ORDER BY y"),
        ("sqlite", "SELECT id, n IN () AS a, n NOT IN () AS b FROM {{ t }}"),
    ],
)
def test_a_clause_has_the_rows_of_its_own_engine(
    tables: dict[str, Relation], dialect: str, sql: str
) -> None:
    found = {name: rows_of(written(sql, dialect, table)) for name, table in tables.items()}
    assert found == dict.fromkeys(tables, found[dialect])


def test_a_having_that_chooses_rows_is_mysqls_alone(tables: dict[str, Relation]) -> None:
    relation = written("SELECT 1 AS a FROM {{ t }} HAVING true", "mysql", tables["mysql"])
    assert relation.to_table().num_rows == ROWS.num_rows
    with pytest.raises(UnsupportedSql, match=r"HAVING without groups of mysql: .*\n.*WHERE"):
        relation.sql("duckdb")
