from __future__ import annotations

import subprocess
import sys

import pytest
import vibepiper_postgres
from pydantic import ValidationError
from vibepiper_postgres import PostgresSettings
from vibepiper_postgres.plugin import vibepiper_components


def test_a_url_and_its_parts_reach_the_same_database() -> None:
    whole = PostgresSettings(url="postgresql://me:p%40ss@db:6000/my%20shop").address()
    parts = PostgresSettings(
        host="db", port=6000, user="me", password="p@ss", database="my shop"
    ).address()
    assert whole == parts
    assert whole.password == "p@ss"


def test_a_password_with_odd_characters_survives_the_url() -> None:
    secret = "a b/@:?#%é'"
    address = PostgresSettings(database="x", user="me", password=secret).address()
    assert type(address).parse(address.url()).password == secret


def test_nothing_printed_holds_the_password() -> None:
    settings = PostgresSettings(url="postgresql://me:hunter2@db/x")
    assert "hunter2" not in f"{settings!r} {settings} {settings.address()!r} {settings.address()}"


def test_a_wrong_setting_is_refused_without_showing_the_others() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted") as caught:
        PostgresSettings.model_validate({"url": "postgresql://me:hunter2@db/x", "shcema": "a"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"url": "postgresql://db/x", "host": "y"}, "not both: found url and host"),
        ({"host": "y"}, "or at least 'database'"),
        ({"url": "mysql://me:hunter2@db/x"}, "must read postgresql://"),
    ],
)
def test_settings_that_name_no_single_database_are_refused(
    given: dict[str, str], told: str
) -> None:
    with pytest.raises(ValidationError, match=told) as caught:
        PostgresSettings.model_validate(given)
    assert "hunter2" not in str(caught.value)


def test_the_declarations_name_what_exists() -> None:
    for spec in vibepiper_components():
        module, _, name = spec.target.partition(":")
        assert getattr(vibepiper_postgres, name).__module__ == module
        assert getattr(vibepiper_postgres, name).settings_model is PostgresSettings


def test_every_exported_name_can_be_imported() -> None:
    assert [getattr(vibepiper_postgres, name).__name__ for name in vibepiper_postgres.__all__] == (
        vibepiper_postgres.__all__
    )


def test_finding_the_plugin_imports_no_driver() -> None:
    heavy = "{'pyarrow', 'sqlglot', 'adbc_driver_manager', 'duckdb', 'pydantic'}"
    code = f"import sys, vibepiper_postgres.plugin; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
