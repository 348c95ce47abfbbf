from __future__ import annotations

import subprocess
import sys

import vibepiper_quality


def test_the_declaration_imports_no_driver() -> None:
    heavy = "{'pyarrow', 'duckdb', 'sqlglot', 'vibepiper_transform'}"
    code = f"import sys, vibepiper_quality.plugin; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_exported_name_exists() -> None:
    assert vibepiper_quality.__all__ == sorted(vibepiper_quality._HOME)
    for name in vibepiper_quality.__all__:
        assert getattr(vibepiper_quality, name) is not None
