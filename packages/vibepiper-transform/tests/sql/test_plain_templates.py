"""Templates that only name things are read without Jinja, and mean what Jinja makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vibepiper_transform.sql.fragment import Fragment
from vibepiper_transform.sql.jinja_template import JinjaTemplate
from vibepiper_transform.sql.marks import Reference, is_mark
from vibepiper_transform.sql.origin import FileOrigin
from vibepiper_transform.sql.plain_template import PlainTemplate
from vibepiper_transform.sql.rendering import Rendering

KEYS = ("a", "b", "raw/c")
PARTS = st.sampled_from(
    [
        *("{{ a }}", "{{b}}", "{{ ref('raw/c') }}", '{{ref( "a")}}', "{{ d }}", "{{ this }}"),
        *("{{- a }}", "{{ a -}}", "{{ a.x }}", "{{ if }}", "{{ true }}", "{{ 1 }}", "{{\na }}"),
        *("{", "}", "{{", "}}", "{%", "%}", "{#", "#}", "{% if a %}", "{% endif %}", "-", "ref("),
        *(" ", "\n", "\r", "'", '"', "SELECT x FROM ", "ä", ",", "{{ ref('none') }}"),
    ]
)


def rendering() -> Rendering:
    references = {key: Reference(key, key.rpartition("/")[2]) for key in KEYS}
    return Rendering(references, references)


def told(made: Fragment) -> list[object]:
    return [
        "a mark" if is_mark(each.text) else (each.text, each.template, each.line, each.number)
        for each in made.pieces
    ]


@given(st.lists(PARTS, max_size=8).map("".join))
def test_it_is_what_jinja_makes_of_it(text: str) -> None:
    if (plain := PlainTemplate.read("<t>", text)) is None:
        return
    jinja = JinjaTemplate("<t>", FileOrigin("t.sql", text), Path())
    assert plain.mentions == jinja.mentions
    assert list(plain.text_offsets) == list(jinja.text_offsets(text))
    if (made := plain.render(rendering())) is not None:
        assert told(made) == told(jinja.render(rendering()))


@pytest.mark.parametrize("text", ["SELECT 1", "{{ a }}", "x {{ b }}\n y {{ ref('raw/c') }} ;"])
def test_names_need_no_jinja(text: str) -> None:
    plain = PlainTemplate.read("<t>", text)
    assert plain is not None
    assert plain.render(rendering()) is not None
