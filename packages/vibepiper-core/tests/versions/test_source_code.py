"""What a file does reads the same on every Python."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import vibepiper
from vibepiper.source_code import read_source

SYNTAX = '''
def f(x: "int" = 1, /, *args, y=-1.5e300, **kwargs) -> list[int]:
    """Doc."""
    text = f"a{x!r:>{y}}b{x:}" "c" f"{x=}{{}}" u"d" "\\U0001fae8" "🫨" + rb"\\x00".hex()
    nested = f"{f'{x}' + 'y'}{x:%Y-%m-%d}{'' if x else f''}"
    match kwargs:
        case {"a": [1, *rest], **more}: return rest
        case str() | int() as n if n: return more
    try:
        with open(x) as a, open(y) as b: pass
    except* ValueError as error: raise error from None
    else: return (z := 3)
    finally: del x
    async def g(): return [i async for i in x if await i]
    a[1:2, ...], b, *c = 0xFFFFFFFFFFFFFFFFFFFFFFFF, 1j, b"x"
    while x: x -= 1
    else: assert x, "why"
    global N; N: int = 3
    return lambda q, *, r=2: {**q, r: {1, 2}, 3: (yield)}

class C(B, metaclass=M):
    """Doc."""
    x: int = 1
    @property
    def p(self): return super().p
'''
WORDS = SYNTAX.replace('text = f"a', 'text = f"b')
TELL = """
import json, sys
from vibepiper.source_code import read_source
found = {}
for text in json.load(sys.stdin):
    source = read_source(text)
    for place, definitions in source.functions.items():
        found[f"{len(found)} {place}"] = [(d.digest, d.reads) for d in definitions]
    found[f"{len(found)}"] = [(d.digest, d.reads) for d in source.classes.values()]
    found[f"{len(found)}"] = [source.whole.digest]
print(json.dumps(found))
"""


def told(python, texts):
    ran = subprocess.run(
        [python, "-c", TELL],
        input=json.dumps(texts),
        env={"PYTHONPATH": str(Path(vibepiper.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


def interpreter(version):
    found = shutil.which("pyenv") and subprocess.run(
        ["pyenv", "prefix", *other_versions(version)], capture_output=True, text=True
    )
    if found and found.returncode == 0:
        return str(Path(found.stdout.strip()) / "bin/python")
    path = shutil.which(f"python{version}")
    works = path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0
    return path if works else None


def other_versions(version):
    names = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True).stdout
    return [name for name in names.split() if name.startswith(f"{version}.")][:1]


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_python_reads_the_same(version):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    sources = sorted(Path(vibepiper.__file__).parent.glob("*.py"))
    texts = [SYNTAX, *(source.read_text() for source in sources)]

    assert told(python, texts) == told(sys.executable, texts)


def test_a_letter_of_an_f_string_counts():
    one, two = read_source(SYNTAX), read_source(WORDS)

    assert one is not None
    assert two is not None
    assert one.whole.digest != two.whole.digest


@pytest.mark.parametrize("text", ["def f(:", "x = '\0'", b"# coding: nonsense\n"])
def test_what_is_no_python_has_no_definitions(text):
    assert read_source(text) is None


def test_what_a_function_reads_are_the_names_it_does_not_bind():
    source = read_source(
        "def f(a, *b, c=D, **e):\n"
        "    import g.h, i as j\n"
        "    from k import l\n"
        "    for m in n.o.p: q = a.r\n"
        "    def s(t=u): return t, q, v\n"
        "    return g.h, j, l, m, [w for w in x], (lambda y: y + z)(0), s\n"
    )
    assert source is not None
    (found,) = source.functions[1, "f"]

    assert found.reads == (("n", "o", "p"), ("u",), ("v",), ("x",), ("z",))
    assert [each.module for each in found.imports] == ["g.h", "i", "k"]


def test_a_class_does_not_lend_its_names_to_its_methods():
    source = read_source("class C:\n    n = 1\n    m = n\n    def f(self): return n\n")
    assert source is not None

    assert source.classes["C"].reads == (("n",),)
