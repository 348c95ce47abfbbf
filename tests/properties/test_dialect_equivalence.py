"""Random relations over random tables give the same rows on every engine, or are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from vibepiper.errors import DataError
from vibepiper_transform import (
    Avg,
    Count,
    CountDistinct,
    Expression,
    Max,
    Min,
    Relation,
    StdDev,
    Sum,
    UnsupportedSql,
    dense_rank,
    lag,
    lead,
    rank,
    row_number,
)

from tests.properties.engines import NAMES, Engine, answer
from tests.properties.expressions import anything, rows, text, truth, whole

Build: TypeAlias = "Callable[[Relation, Relation], Relation]"
KEYS = ["k", "ok", "i"]


def _selected(expressions: list[Expression]) -> Build:
    named = {f"c{number}": tree for number, tree in enumerate(expressions)}
    return lambda t, u: t.select("id", **named)


def _grouped(keys: list[str], how: str, where: Expression) -> Build:
    def build(t: Relation, u: Relation) -> Relation:
        groups = t.groupby(*keys) if how == "groupby" else getattr(t, how)(*keys)
        return groups.aggregate(
            c=Count(), d=CountDistinct("k"), s=Sum("i"), w=Sum("n", where=where), a=Avg("i"),
            lo=Min("day"), hi=Max("k"), x=Sum("x"), v=StdDev("i"),
        )  # fmt: skip

    return build


def _windowed(keys: list[str], by: Expression, width: int) -> Build:
    peers = {"partition_by": keys, "order_by": by.asc()}

    def build(t: Relation, u: Relation) -> Relation:
        # Of a join both ids, for there may be several rows that lack one of them.
        ids = [name for name in ("id", "id_right") if name in t.schema.names]
        over = {"partition_by": keys, "order_by": [by.desc(nulls="first"), *ids]}
        return t.select(
            "id",
            place=rank().over(**peers),
            dense=dense_rank().over(**peers),
            number=row_number().over(**over),
            before=lag("n", 1, 0).over(**over),
            after=lead("k").over(**over),
            some=Sum("i").over(**over, rows=(-width, 0)),
            all=Max("day").over(partition_by=keys),
        )

    return build


def _joined(how: str, keys: list[str]) -> Build:
    return lambda t, u: t.join(u, on=keys, how=how)  # type: ignore[arg-type]


def _combined(how: str, distinct: bool) -> Build:
    def build(t: Relation, u: Relation) -> Relation:
        one, two = t.select("k", "i", "ok"), u.select("k", "i", "ok")
        return getattr(one, how)(two, distinct=distinct)

    return build


STEPS = {
    "select": st.builds(_selected, st.lists(anything, min_size=1, max_size=4)),
    "filter": st.builds(lambda test: lambda t, u: t.filter(test), truth),
    "groups": st.builds(
        _grouped, st.permutations(KEYS).map(lambda k: k[:2]),
        st.sampled_from(["groupby", "rollup", "cube"]), truth,
    ),
    "windows": st.builds(
        _windowed, st.sampled_from([["k"], ["ok"], []]), st.one_of(whole, text), st.integers(0, 2)
    ),
    "joins": st.builds(
        _joined, st.sampled_from(["inner", "left", "right", "full", "semi", "anti"]),
        st.sampled_from([["i"], ["k"], ["i", "k"], ["day"]]),
    ),
    "sets": st.builds(
        _combined, st.sampled_from(["union", "intersect", "except_"]), st.booleans()
    ),
    "top": st.builds(
        lambda by, n: lambda t, u: t.order_by(by.desc(), "id").limit(n).select("id"),
        whole, st.integers(0, 3),
    ),
    "distinct": st.builds(lambda a: lambda t, u: t.select(a=a).distinct(), st.one_of(whole, text)),
}  # fmt: skip


def check(engines: dict[str, Engine], build: Build, t: pa.Table, u: pa.Table) -> None:
    given_tables = {"t": t, "u": u}
    expected = answer(build(*engines["duckdb"].keep(given_tables).values()))
    for name in NAMES:
        try:
            relation = build(*engines[name].keep(given_tables).values())
            found = answer(relation)
        except UnsupportedSql:
            continue
        except DataError as error:
            if "cannot hold NaN" not in str(error):
                raise
            continue
        note(f"{name}: {relation.sql()}")
        assert found == expected, name


SETTINGS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=6, derandomize=True, **SETTINGS)
@given(data=st.data())
def test_engines_agree(engines: dict[str, Engine], step: str, data: st.DataObject) -> None:
    build = data.draw(STEPS[step])
    check(engines, build, data.draw(rows(nan=False)), data.draw(rows(nan=False)))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=150, **SETTINGS)
@given(data=st.data())
def test_engines_agree_at_length(
    engines: dict[str, Engine], step: str, data: st.DataObject
) -> None:
    build = data.draw(STEPS[step])
    nan = data.draw(st.booleans())
    check(engines, build, data.draw(rows(nan=nan)), data.draw(rows(nan=nan)))


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=200, **SETTINGS)
@given(first=st.sampled_from(["filter", "joins", "sets"]), data=st.data())
def test_engines_agree_of_steps_on_steps(
    engines: dict[str, Engine], first: str, data: st.DataObject
) -> None:
    if first == "sets":
        below, above = STEPS[first], st.just(lambda t, u: t.groupby("ok").aggregate(s=Sum("i")))
    else:
        below, above = STEPS[first], st.one_of(STEPS["select"], STEPS["groups"], STEPS["windows"])
    one, two = data.draw(below), data.draw(above)
    check(
        engines,
        lambda t, u: two(one(t, u), u),
        data.draw(rows(nan=False)),
        data.draw(rows(nan=False)),
    )
