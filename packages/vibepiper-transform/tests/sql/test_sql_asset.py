"""Assets written in SQL: what they refer to, and what they make of it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from vibepiper import AssetGraph, asset, incremental, with_checks
from vibepiper.errors import DefinitionError, UnknownUpstream
from vibepiper_transform import Relation, sql_asset

USERS = pa.table(
    {
        "id": [1, 2, 3],
        "email": ["A@X", None, "c@y"],
        "created_at": [date(2026, 1, n) for n in (1, 2, 3)],
    }
)


def test_the_specified_asset_runs() -> None:
    @sql_asset(depends_on=["raw_users"], dialect="postgresql")
    def clean_users():
        return """SELECT id, LOWER(email) AS email, created_at FROM {{ raw_users }} WHERE email IS NOT NULL"""  # noqa: E501

    made = clean_users(USERS)
    assert isinstance(made, Relation)
    assert made.columns == ("id", "email", "created_at")
    assert made.to_table()["email"].to_pylist() == ["a@x", "c@y"]


def test_upstreams_are_found_in_the_template() -> None:
    @sql_asset
    def joined():
        return "SELECT u.id FROM {{ users }} u JOIN {{ ref('raw/orders') }} o ON o.user_id = u.id"

    @asset(name="raw/orders")
    def orders(): ...

    @asset
    def users(): ...

    graph = AssetGraph([joined, orders, users])
    assert set(graph.upstream("joined")) == {"raw/orders", "users"}
    made = joined(**{"raw/orders": pa.table({"user_id": [1]}), "users": USERS})
    assert made.to_table().to_pylist() == [{"id": 1}]


def test_keys_that_end_alike_are_told_apart() -> None:
    """A key means the asset of that key, also where the last part of another is the same."""

    @sql_asset
    def both():
        return (
            "SELECT id FROM {{ ref('users') }} UNION ALL SELECT id * 10 FROM {{ ref('a/users') }}"
        )

    one, two = pa.table({"id": [1]}), pa.table({"id": [2]})
    made = both(**{"users": one, "a/users": two})
    assert made.to_table()["id"].to_pylist() == [1, 20]


@asset(name="a/users")
def users_of_a(): ...


@asset(name="b/users")
def users_of_b(): ...


@asset(name="users")
def plain_users(): ...


def test_a_name_means_what_it_means_to_a_function() -> None:
    """It is no other's because that is referred to as well."""

    @sql_asset
    def both():
        return "SELECT id FROM {{ users }}, {{ ref('a/users') }}"

    graph = AssetGraph([both, users_of_a, users_of_b, plain_users])
    assert set(graph.upstream("both")) == {"a/users", "users"}
    with pytest.raises(UnknownUpstream, match="'users' could be 'a/users' or 'b/users'"):
        AssetGraph([both, users_of_a, users_of_b])


def test_a_name_is_no_one_of_two_that_depends_on_has() -> None:
    @sql_asset(depends_on=["a/users", "b/users"])
    def one():
        return "SELECT id FROM {{ users }}"

    with pytest.raises(UnknownUpstream, match="'users' could be 'a/users' or 'b/users'"):
        AssetGraph([one, users_of_a, users_of_b])


def test_an_upstream_is_not_taken_for_what_is_published() -> None:
    with pytest.raises(DefinitionError, match="'this' is what is published of 'more', and also"):

        @sql_asset(materialization="incremental")
        def more():
            return (
                "SELECT * FROM {{ ref('this') }} {% if is_incremental() %} {{ this }} {% endif %}"
            )


def test_a_computed_name_is_declared_by_depends_on() -> None:
    @sql_asset(depends_on=["a", "b"])
    def both():
        return """
        {% for name in ["a", "b"] %}
          {% if not loop.first %} UNION ALL {% endif %}
          SELECT x FROM {{ ref(name) }}
        {% endfor %}
        """

    made = both(a=pa.table({"x": [1]}), b=pa.table({"x": [2]}))
    assert sorted(made.to_table()["x"].to_pylist()) == [1, 2]


def test_a_function_with_parameters_gives_its_template_their_values() -> None:
    @sql_asset
    def recent(raw_users, since: date):
        return "SELECT id FROM {{ raw_users }} WHERE created_at >= {{ since }}"

    assert recent(USERS, since=date(2026, 1, 3)).to_table()["id"].to_pylist() == [3]
    assert [(p.name, p.annotation) for p in recent.parameters][1] == ("since", "date")


def test_options_are_those_of_any_asset() -> None:
    @sql_asset(
        name="mart/users", key="id", retries=2, io_manager="lake", tags=["pii"],
        materialization=incremental(cursor="id"), description="All of them.",
    )  # fmt: skip
    def users():
        return "SELECT id FROM {{ raw_users }}"

    assert (users.key, users.kind, users.key_columns) == ("mart/users", "sql", ("id",))
    assert (users.io_manager, users.tags) == ("lake", {"pii"})
    assert users.incremental is not None
    assert users.retry is not None
    assert users.location.file == __file__


@pytest.mark.parametrize("above", [True, False])
def test_checks_stand_above_and_below(above: bool) -> None:
    check: Any = object()

    def users():
        return "SELECT id FROM {{ raw_users }}"

    made = with_checks(sql_asset(users), check) if above else sql_asset(with_checks(users, check))
    assert made.checks == (check,)


def test_a_function_that_returns_no_text_is_refused_where_it_stands() -> None:
    with pytest.raises(
        DefinitionError, match=rf"{Path(__file__).name}:\d+: .*returns SQL text, found None"
    ):

        @sql_asset
        def nothing():
            "SELECT 1 AS x"


def test_an_unknown_dialect_is_refused_with_the_nearest() -> None:
    with pytest.raises(DefinitionError, match=r"'postgress' is no dialect.*\n.*'postgresql'"):
        sql_asset(dialect="postgress")(lambda: "SELECT 1 AS x")


def test_arguments_that_do_not_fit_are_refused() -> None:
    @sql_asset
    def users():
        return "SELECT id FROM {{ raw_users }}"

    with pytest.raises(TypeError, match="'raw_users' is missing; 'raw' is not among them"):
        users(raw=USERS)


def test_no_engine_is_imported_to_declare_an_asset() -> None:
    program = (
        "import sys\nfrom vibepiper_transform import sql_asset\n"
        "sql_asset(name='a')(lambda: 'SELECT 1 AS x')\n"
        "print([m for m in ('duckdb', 'sqlglot', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
