"""Whether a plugin was made for this core, by what its metadata requires."""

from importlib.metadata import PathDistribution

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from vibepiper.core_range import unmet_core_range


def distribution(folder, *lines):
    info = folder / "acme-1.0.dist-info"
    info.mkdir()
    required = "".join(f"Requires-Dist: {line}\n" for line in lines)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n{required}")
    return PathDistribution(info)


@pytest.mark.parametrize(
    ("line", "unmet"),
    [
        ("vibepiper-core", None),
        ("vibepiper-core>=0.1,<1", None),
        ("vibepiper_core (>=0.1)", None),
        ("VibePiper.Core<0.3", None),
        ("vibepiper-core>=0.3", ">=0.3"),
        ("vibepiper-core <0.2, >=0.1", "<0.2,>=0.1"),
        ("vibepiper-core >= 0.2.1.0 , <= 0.2.1", None),
        ("vibepiper-core>0.2.1", ">0.2.1"),
        ("vibepiper-core>0.2.0.99,<0.10", None),
        ("vibepiper-core~=0.2,!=0.2.2", None),
        ("vibepiper-core~=0.3", "~=0.3"),
        ("vibepiper-core>=0.3.dev1", ">=0.3.dev1"),
        ("vibepiper-core[extra]>=2", ">=2"),
        ('vibepiper-core>=2; python_version >= "3"', ">=2"),
        ('vibepiper-core>=2; python_version < "3"', None),
        ("vibepiper-core>=2; odd", None),
        ("vibepiper-core==x", None),
        ("vibepiper-core-extras>=9", None),
        ("vibepiper-corex>=9", None),
        ("pyarrow>=99", None),
    ],
)
def test_the_range_that_is_not_met(tmp_path, line, unmet):
    requires = distribution(tmp_path, "pyarrow>=1", line).requires
    assert unmet_core_range(requires, "0.2.1") == unmet


@given(
    core=st.lists(st.integers(0, 12), min_size=1, max_size=4),
    clauses=st.lists(
        st.tuples(
            st.sampled_from([">=", "<=", "<", ">"]), st.lists(st.integers(0, 12), min_size=1)
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_versions_of_numbers_compare_as_packaging_has_them(core, clauses):
    version = ".".join(map(str, core))
    wanted = ",".join(mark + ".".join(map(str, parts)) for mark, parts in clauses)
    met = SpecifierSet(wanted).contains(version, prereleases=True)
    assert (unmet_core_range([f"vibepiper-core{wanted}"], version) is None) == met


def test_no_requirements_ask_for_nothing(tmp_path):
    assert unmet_core_range((), "0.1.0") is None
