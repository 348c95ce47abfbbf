"""A version changes when what an asset does changes, and not otherwise."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from vibepiper import AssetGraph, make_asset
from vibepiper.code_version import code_version, describe_changes, explain_version

BASE = '''
RATE = 0.5

def clean(rows):
    return [row for row in rows if row]

@asset
def a():
    """What it is."""
    return clean([{"n": RATE}])
'''

SAME = {
    "comments": BASE.replace("return clean", "# Why.\n    return clean"),
    "docstring": BASE.replace("What it is.", "What it\n    was."),
    "docstring of what it calls": BASE.replace("(rows):", '(rows):\n    """Doc."""'),
    "formatting": BASE.replace('[{"n": RATE}]', "[\n        {'n': RATE,},\n    ]"),
    "another line": "\n\n\n" + BASE,
    "another function": BASE.replace("RATE =", "def other(): return 1\n\nRATE ="),
    "another decorator call": BASE.replace("@asset", "@asset()"),
    "metadata": BASE.replace("@asset", "@asset(owner='o', tags=['t'], group='g', description='')"),
    "order of definitions": BASE.replace("RATE = 0.5", "").replace("@asset", "RATE = 0.5\n@asset"),
    "an unread constant": BASE + "\nOTHER = 1",
    "equal value": BASE.replace("0.5", "1 / 2"),
}

OTHER = {
    "its code": BASE.replace("RATE}", "RATE + 1}"),
    "what it calls": BASE.replace("if row]", "if not row]"),
    "a constant": BASE.replace("0.5", "0.6"),
    "a constant's type": BASE.replace("0.5", "'0.5'"),
    "its key columns": BASE.replace("@asset", "@asset(key='n')"),
    "its uri": BASE.replace("@asset", "@asset(uri='x')"),
    "its store": BASE.replace("@asset", "@asset(io_manager='x')"),
    "a parameter": BASE.replace("def a()", "def a(p=1)"),
    "what it is given": BASE.replace("return clean", "return list"),
}


@pytest.mark.parametrize("changed", SAME.values(), ids=SAME)
def test_what_changes_nothing_changes_no_version(version, changed):
    assert version(changed) == version(BASE)


@pytest.mark.parametrize("changed", OTHER.values(), ids=OTHER)
def test_what_changes_the_data_changes_the_version(version, changed):
    assert changed != BASE
    assert version(changed) != version(BASE)


def test_every_change_makes_a_version_of_its_own(version):
    found = [version(text) for text in OTHER.values()]

    assert len({*found, version(BASE)}) == len(OTHER) + 1
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in found)


CALLS = {
    "through others": (
        "def x(): return $\ndef y(): return x()\n@asset\ndef a(): return y()",
        ("1", "2"),
    ),
    "a lambda": ("f = lambda: $\n@asset\ndef a(): return f()", ("1", "2")),
    "one of two lambdas on a line": (
        "f, g = lambda: $, lambda: 3\n@asset\ndef a(): return f()",
        ("1", "2"),
    ),
    "a class's method": (
        "class C:\n    def m(self): return $\n@asset\ndef a(): return C().m()",
        ("1", "2"),
    ),
    "a base class": (
        "class B:\n    x = $\nclass C(B): pass\n@asset\ndef a(): return C.x",
        ("1", "2"),
    ),
    "a constant that a class reads": (
        "N = $\nclass C:\n    x = N\n@asset\ndef a(): return C.x",
        ("1", "2"),
    ),
    "an instance": (
        "class C:\n    def __init__(self, n): self.n = n\nc = C($)\n@asset\ndef a(): return c.n",
        ("1", "2"),
    ),
    "an instance's class": (
        "class C:\n    def n(self): return $\nc = C()\n@asset\ndef a(): return c.n()",
        ("1", "2"),
    ),
    "a bound method": (
        "class C:\n    def n(self): return $\nn = C().n\n@asset\ndef a(): return n()",
        ("1", "2"),
    ),
    "a default's value": ("N = $\n@asset\ndef a(n=N): return n", ("1", "2")),
    "a default that is a function": (
        "def f(): return $\n@asset\ndef a(g=f): return g()",
        ("1", "2"),
    ),
    "a default of what it calls": (
        "N = $\ndef f(n=N): return n\n@asset\ndef a(): return f()",
        ("1", "2"),
    ),
    "a closure": (
        "def make(n):\n    @asset\n    def a(): return n\n    return a\na = make($)",
        ("1", "2"),
    ),
    "a function in a closure": (
        "def f(): return $\ndef make(g):\n    @asset\n    def a(): return g()\n    return a\n"
        "a = make(f)",
        ("1", "2"),
    ),
    "a decorator": (
        "import functools\ndef d(f):\n    @functools.wraps(f)\n    def g(): return f() + $\n"
        "    return g\n@asset\n@d\ndef a(): return 1",
        ("1", "2"),
    ),
    "what a decorator wraps": (
        "import functools\ndef d(f):\n    @functools.wraps(f)\n    def g(): return f()\n"
        "    return g\n@asset\n@d\ndef a(): return $",
        ("1", "2"),
    ),
    "a decorator's setting": (
        "def d(n):\n    return lambda f: f\n@asset\n@d($)\ndef a(): return 1",
        ("1", "2"),
    ),
    "a cached function": (
        "import functools\n@functools.cache\ndef f(): return $\n@asset\ndef a(): return f()",
        ("1", "2"),
    ),
    "a partial": (
        "import functools\ndef f(n): return n\ng = functools.partial(f, $)\n"
        "@asset\ndef a(): return g()",
        ("1", "2"),
    ),
    "a registry of functions": (
        "R = {}\ndef f(): return $\nR['f'] = f\n@asset\ndef a(): return [g() for g in R.values()]",
        ("1", "2"),
    ),
    "another asset that it calls": (
        "@asset\ndef b(): return $\n@asset\ndef a(): return b()",
        ("1", "2"),
    ),
    "a library's function by another name": (
        "from math import $ as f\n@asset\ndef a(): return f(1)",
        ("sin", "cos"),
    ),
    "a library's function in a variable": (
        "import math\nf = math.$\n@asset\ndef a(): return f(1)",
        ("sin", "cos"),
    ),
    "which of two does what": (
        "def f(): return $\ndef g(): return 3 - $\n@asset\ndef a(): return f() - g()",
        ("1", "2"),
    ),
    "how data arrives": (
        "import pyarrow as pa\n@asset\ndef up(): ...\n@asset\ndef a(up: pa.$): return up",
        ("Table", "RecordBatchReader"),
    ),
    "an alias of a type": (
        "import pyarrow as pa\nT = pa.$\n@asset\ndef up(): ...\n@asset\ndef a(up: T): return up",
        ("Table", "RecordBatchReader"),
    ),
    "an upstream of the same name": (
        "@asset(name='$/up')\ndef up(): ...\n@asset\ndef a(up): return up",
        ("x", "y"),
    ),
    "an f-string": ("@asset\ndef a(n=1): return f'{n:>$}'", ("1", "2")),
    "an enum": (
        "import enum\nclass E(enum.Enum):\n    X = $\nX = E.X\n@asset\ndef a(): return X",
        ("1", "2"),
    ),
    "a dataclass": (
        "import dataclasses\n@dataclasses.dataclass\nclass D:\n    n: int\nd = D($)\n"
        "@asset\ndef a(): return d",
        ("1", "2"),
    ),
    "a pattern": ("import re\nP = re.compile('$')\n@asset\ndef a(): return P", ("1", "2")),
    "the order of a list": ("N = [1, $, 5 - $]\n@asset\ndef a(): return N", ("2", "3")),
    "a schema": (
        "import pyarrow as pa\nS = pa.schema([('$', pa.int64())])\n@asset\ndef a(): return S",
        ("x", "y"),
    ),
    "one of many values": ("N = list(range(100_000)) + [$]\n@asset\ndef a(): return N", ("1", "2")),
    "the sign of zero": ("N = $\n@asset\ndef a(): return N", ("0.0", "-0.0")),
    "truth and one": ("N = $\n@asset\ndef a(): return N", ("True", "1")),
    "a huge number": ("N = 10 ** 9000 + $\n@asset\ndef a(): return N", ("1", "2")),
    "text beyond ASCII": ("N = '\\ud800$'\n@asset\ndef a(): return N", ("ü", "ö")),
}


@pytest.mark.parametrize(("text", "values"), CALLS.values(), ids=CALLS)
def test_what_an_asset_reaches_is_part_of_its_version(version, text, values):
    first, again, second = (version(text.replace("$", values[n])) for n in (0, 0, 1))

    assert first == again
    assert first != second


MODULES = {
    "from m import f": ("from m import f", "f()"),
    "from m import f as g": ("from m import f as g", "g()"),
    "import m": ("import m", "m.f()"),
    "import m as n": ("import m as n", "n.f()"),
    "the module as a value": ("import m", "getattr(m, 'f')()"),
}


@pytest.mark.parametrize(("imported", "called"), MODULES.values(), ids=MODULES)
def test_code_of_the_projects_other_modules_counts(version, imported, called):
    text = f"{imported}\n@asset\ndef a(): return {called}"
    one, same, two = (
        version(text, m=m)
        for m in ("def f(): return 1", "# Why.\ndef f(): return 1", "def f(): return 2")
    )

    assert one == same != two


def test_only_what_is_used_of_another_module_counts(version):
    text = "import m\n@asset\ndef a(): return m.f(m.N)"
    module = "N = 1\ndef f(n): return n\ndef g(): return %d"

    assert version(text, m=module % 1) == version(text, m=module % 2)
    assert version(text, m=module % 1) != version(text, m=module.replace("N = 1", "N = 2") % 1)


def test_a_function_may_move_to_another_module(version):
    function = "def f(n): return n + 1\n"
    a = "@asset\ndef a(): return f(1)"

    assert version(function + a) == version(f"from m import f\n{a}", m=function)


def test_modules_of_packages_count(version):
    text = "from lib.deep import m\n@asset\ndef a(): return m.f()"
    package = {"lib____init__": "", "lib__deep____init__": "", "lib__n": "N = 1"}
    module = "from ..n import N\ndef f(): return N"

    one = version(text, lib__deep__m=module, **package)
    two = version(text, lib__deep__m=module, **{**package, "lib__n": "N = 2"})

    assert one != two


IMPORTS = ["import m", "from m import f", "from lib import m2", "import lib.m2 as x"]


@pytest.mark.parametrize("statement", IMPORTS)
def test_a_module_imported_within_a_function_counts_whole_with_what_it_imports(version, statement):
    text = f"@asset\ndef a():\n    {statement}\n    return 1"
    given = {"m": "from n import N\ndef f(): return N", "n": "N = 1"}
    given |= {"lib____init__": "", "lib__m2": "from n import N"}

    one, two = version(text, **given), version(text, **{**given, "n": "N = 2"})

    assert one != two
    assert one == version(text, **{**given, "n": "# Why.\nN = 1"})


def test_a_version_is_the_same_before_and_after_a_module_is_imported(version):
    text = "@asset\ndef a():\n    import m\n    return m.N"
    graph = version.graph({"pipeline.py": f"from vibepiper import asset\n{text}", "m.py": "N = 1"})
    before = code_version(graph["a"], graph, version.root)
    sys.path.insert(0, str(version.root))
    try:
        assert graph["a"]() == 1
    finally:
        sys.path.remove(str(version.root))
        del sys.modules["m"]

    assert code_version(graph["a"], graph, version.root) == before


def test_installed_packages_in_the_project_do_not_count(version):
    text = """
        import sys
        from pathlib import Path
        sys.path.insert(0, str(Path(__file__).parent / "venv/site-packages"))
        import installed_{n}
        sys.path.pop(0)
        f = installed_{n}.f
        @asset
        def a(): return f()
    """
    found = [
        version(
            text.format(n=n)
            .replace(f"import installed_{n}", f"import installed_{n} as i")
            .replace(f"installed_{n}.f", "i.f"),
            **{f"venv__site-packages__installed_{n}": f"def f(): return {n}"},
        )
        for n in (1, 2)
    ]

    assert found[0] == found[1]


def test_recursion_and_cycles_end(version):
    text = (
        "def x(n): return y(n - 1) if n else $\ndef y(n): return x(n)\n@asset\ndef a(): return x(3)"
    )
    cyclic = (
        "L = [$]\nL.append(L)\nclass C: pass\nc = C()\nc.self = c\n@asset\ndef a(): return L, c"
    )

    for each in (text, cyclic):
        assert version(each.replace("$", "1")) == version(each.replace("$", "1"))
        assert version(each.replace("$", "1")) != version(each.replace("$", "2"))


SHADOWS = {
    "a parameter": "def a(n=0): return n",
    "a local variable": "def a():\n    n = 0\n    return n",
    "a comprehension": "def a(): return [n for n in range(3)]",
    "a lambda's parameter": "def a(): return (lambda n: n)(0)",
    "an inner function": "def a():\n    def n(): return 0\n    return n()",
    "an error": "def a():\n    try: return 0\n    except ValueError as n: return n",
    "a pattern": "def a():\n    match [0]:\n        case [n, *_]: return n",
    "an attribute": "def a(): return (0).real.n",
    "a keyword": "def a(): return dict(n=0)",
}


@pytest.mark.parametrize("text", SHADOWS.values(), ids=SHADOWS)
def test_a_local_name_is_not_the_modules(version, text):
    assert version(f"n = 1\n@asset\n{text}") == version(f"n = 2\n@asset\n{text}")


def made_by_exec(text):
    names = {}
    exec(text, names)
    asset = make_asset(names["a"], {"name": "a"})
    return code_version(asset, AssetGraph([asset]), Path.cwd())


def test_a_function_without_source_counts_by_its_bytecode():
    text = "N = 1\ndef f(): return N\ndef a(): return f() + 1"

    assert made_by_exec(text) == made_by_exec(f"# Why.\n\n{text}")
    for old, new in (("+ 1", "+ 2"), ("N = 1", "N = 2"), ("return N", "return -N")):
        assert made_by_exec(text) != made_by_exec(text.replace(old, new))


def test_an_asset_made_of_a_librarys_function_counts_what_it_holds(version):
    text = "import contextlib\nf = contextlib.contextmanager(lambda: $)\na = asset(name='a')(f)"

    assert version(text.replace("$", "1")) != version(text.replace("$", "2"))


def test_a_file_that_cannot_be_parsed_deeply_falls_back(version):
    deep = "+".join(["1"] * 600)
    text = f"def f(): return 1\nD = {deep}\n@asset\ndef a(): return f()"

    assert version(text) != version(text.replace("def f(): return 1", "def f(): return 2"))


def test_two_assets_of_one_factory_have_two_versions(version):
    text = """
        def make(name, n):
            @asset(name=name)
            def inner(): return n
            return inner
        a, b, c = make("a", 1), make("b", 2), make("c", 1)
    """
    version(text)

    assert version.all["a"] == version.all["c"] != version.all["b"]


def test_checks_and_upstreams_count(version):
    assert version("@asset\ndef up(): ...\n@asset(depends_on='up')\ndef a(): ...") != version(
        "@asset\ndef up(): ...\n@asset\ndef a(): ..."
    )


def test_run_parameters_are_no_part_but_their_names(version):
    graph = version.graph(
        {"pipeline.py": "from vibepiper import asset\n@asset\ndef a(date): return date"},
        params=("date",),
    )

    assert explain_version(graph["a"], graph, version.root)["setting input date"] == "param date"


def test_an_explanation_names_the_parts(version):
    found = version.explain(BASE.replace("@asset", "@asset(key=['n', 'm'])"))

    assert set(found) == {
        "setting key",
        "function a() in pipeline.py",
        "function clean() in pipeline.py",
        "constant RATE in pipeline.py",
    }
    assert found["setting key"] == "n, m"
    assert found["constant RATE in pipeline.py"] == "0.5"
    assert found["function clean() in pipeline.py"].startswith("#")


def test_changes_are_described(version):
    before = version.explain(BASE)
    text = BASE.replace("0.5", "0.6").replace("if row]", "]").replace("@asset", "@asset(key='n')")

    assert describe_changes(before, version.explain(text)) == (
        "constant RATE in pipeline.py changed from 0.5 to 0.6",
        "function clean() in pipeline.py changed",
        "setting key is new",
    )
    assert describe_changes(before, before) == ()


def test_of_checks_only_those_that_came_and_went_are_told():
    names = ("a", "b", "c (x, y)")
    before = {"setting checks": ", ".join(f"{name} (error)" for name in names)}
    after = {"setting checks": "a (error), c (x, y) (warn), d (error)"}
    assert describe_changes(before, after) == (
        "setting checks: gone b (error), c (x, y) (error); new c (x, y) (warn), d (error)",
    )
    swapped = {"setting checks": "b (error), a (error), c (x, y) (error)"}
    assert describe_changes(before, swapped) == ("setting checks: their order changed",)


@pytest.mark.parametrize(
    "text",
    [
        "PASSWORD = 1234567",
        "api_token = 1234567",
        "x = 'a1234567'",
        "x = ['1234567']",
        "x = {'pin': 1234567}",
        "from pydantic import SecretStr\nx = SecretStr('1234567')",
    ],
)
def test_what_may_be_a_secret_is_shown_as_a_digest(version, text):
    name = text.splitlines()[-1].partition(" =")[0]
    found = version.explain(f"{text}\n@asset\ndef a(): return {name}")

    assert found[f"constant {name} in pipeline.py"].startswith("#")
    assert "1234567" not in repr(found)


PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, *{path!r}]
import pipeline
from vibepiper.graph import AssetGraph
from vibepiper.code_version import CodeVersions
versions = CodeVersions(AssetGraph([pipeline.a]), Path({root!r}))
print(versions.version(pipeline.a))
"""

SETS = """
from vibepiper import asset
NAMES = {"x", "y", "z", "ü"}
MANY = frozenset(map(str, range(1000)))
@asset
def a(): return NAMES, MANY
"""


def test_sets_have_one_version_in_every_process(tmp_path):
    (tmp_path / "pipeline.py").write_text(SETS, encoding="utf-8")
    program = PROGRAM.format(root=str(tmp_path), path=[])
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }

    assert len(found) == 1


def test_a_graph_of_assets_that_share_code_is_looked_at_once(version):
    shared = "\n".join(f"def f{n}(): return f{n + 1}()" for n in range(200)) + "\ndef f200(): ..."
    assets = "\n".join(f"@asset\ndef a{n}(): return f0()" for n in itertools.chain(range(20)))

    version(f"{shared}\n{assets}", "a0")

    assert len(set(version.all.values())) == 1


def test_the_folder_of_a_project_is_no_part_of_its_code(version):
    """Each variant lies in a folder of its own."""
    code = """
    import os
    from pathlib import Path
    HERE = os.path.dirname(__file__) + "/data"
    LISTED = [__file__, Path(__file__).parent / "x"]
    @asset
    def a(): return {0}
    """
    one = version(code.format('(HERE, LISTED, __file__, "x")'))
    assert one == version(code.format('(HERE, LISTED, __file__, "x")'))
    assert one != version(code.format('(HERE, LISTED, __file__, "y")'))
    assert version(code.format("HERE")) != version(code.replace("/data", "/dat").format("HERE"))
