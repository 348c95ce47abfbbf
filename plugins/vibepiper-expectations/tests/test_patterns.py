from __future__ import annotations

import pytest
from vibepiper.errors import DefinitionError
from vibepiper_expectations.patterns import check_pattern, to_postgres


@pytest.mark.parametrize(
    ("pattern", "postgres"),
    [
        (r"^[\w\.-]+@", r"^[A-Za-z0-9_\.-]+@"),
        (r"\d{3}-\d+", r"[0-9]{3}-[0-9]+"),
        (r"\bcat\B", r"\ycat\Y"),
        (r"\S[^\s]", r"[^ \t\n\f\r][^ \t\n\f\r]"),
        (r"(?i)^(?:a|b)*?$", r"(?i)^(?:a|b)*?$"),
        (r"[]a][^]b]", r"[]a][^]b]"),
        (r"\(\[\{", r"\(\[\{"),
        ("né+", "né+"),
    ],
)
def test_classes_are_spelt_out_for_postgres(pattern: str, postgres: str) -> None:
    check_pattern(pattern)
    assert to_postgres(pattern) == postgres


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
