from __future__ import annotations

import pytest
from vibepiper.errors import DefinitionError
from vibepiper_expectations.patterns import check_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[\w\.-]+@",
        r"\d{3}-\d+",
        r"\bcat\B",
        r"\S[^\s]",
        r"(?i)^(?:a|b)*?$",
        r"[]a][^]b]",
        r"\(\[\{",
        "né+",
    ],
)
def test_what_engines_read_alike_is_taken(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (r"a(?=b)", r"uses '\(\?='"),
        (r"(?<!a)b", r"uses '\(\?<!'"),
        (r"(?P<n>a)", r"uses '\(\?P<n>'"),
        (r"(?P<n>a)(?P=n)", r"uses"),
        (r"(a)\1", r"uses '\\1'"),
        (r"\Aa", r"uses '\\A'"),
        (r"a\Z", r"uses '\\Z'"),
        (r"[[:alpha:]]", "not valid"),
        (r"[a[:alpha:]]", r"uses '\[:'"),
        (r"[\D]", r"uses '\\D'"),
        (r"a++", "possessive"),
        (r"a{2}+", "possessive"),
        (r"(?>a)", "uses"),
        (r"a{,3}", "'{' that begins no"),
        (r"a{256}", "more than 255"),
        ("a\0", "NUL"),
        (r"[a", "not valid"),
        (r"*a", "not valid"),
    ],
)
def test_what_engines_read_differently_is_refused(pattern: str, what: str) -> None:
    with pytest.raises(DefinitionError, match=what):
        check_pattern(pattern)
