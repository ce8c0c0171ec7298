"""Full deliveries on the real road: what is whole, what is empty, what was never delivered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import UsageError
from tests.conformance.comparing import tables
from tests.reference.definitions import HubDef, KeyUse, Model, SatDef, SourceDef
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

MEMBERS = SourceDef(
    "members",
    {"no": "integer", "name": "varchar(20)"},
    [KeyUse("h_member", ["no"])],
    not_null=frozenset({"no"}),
    delivery="full",
)
HEADER = "no,name\n"


def model(empty_delivery: str) -> Model:
    return Model(
        sources=[replace(MEMBERS, empty_delivery=empty_delivery)],
        hubs=[HubDef("h_member", [("member", "integer")])],
        satellites=[SatDef("s_member", "members", "h_member", [("name", "name")])],
    )


@pytest.fixture(scope="module")
def strict(make: Callable[..., Project]) -> Project:
    return make(model("error"))


@pytest.fixture(scope="module")
def lenient(make: Callable[..., Project]) -> Project:
    return make(model("accept"))


def deliver(project: Project, number: int, *lines: str, part: str = "") -> None:
    project.deliver({f"members/{number}{part}.csv": HEADER + "".join(f"{x}\n" for x in lines)})


def test_an_empty_delivery_stops_the_batch_before_the_vault(strict: Project) -> None:
    deliver(strict, 1, "1,A")
    assert strict.run(day(1)).exit_code == 0
    before = tables(strict)
    deliver(strict, 2)

    ran = strict.run(day(2))

    assert ran.exit_code == 1
    assert "members: the full delivery has no row (members/2.csv)" in ran.log
    assert tables(strict) == before
    # Nothing was left open: the next delivery is loaded as if there had been none.
    deliver(strict, 3, "1,B")
    assert strict.run(day(3)).exit_code == 0
    assert {row["name"] for row in strict.rows("s_member")} == {"A", "B"}


def test_an_empty_delivery_that_is_accepted_is_loaded(lenient: Project) -> None:
    lenient.create()
    lenient.clear()
    deliver(lenient, 1)
    assert lenient.run(day(1)).exit_code == 0
    assert lenient.rows("h_member") == []


def test_a_delivery_with_a_reject_says_that_it_is_not_whole(lenient: Project) -> None:
    lenient.create()
    lenient.clear()
    deliver(lenient, 1, "1,A", ",B")

    ran = lenient.run(day(1))

    assert ran.exit_code == 0
    assert "members: 1 rows were rejected, so the delivery is not whole" in ran.log


def test_files_of_two_deliveries_are_never_taken_for_one(lenient: Project) -> None:
    lenient.create()
    lenient.clear()
    deliver(lenient, 1, "1,A")
    assert lenient.run(day(1)).exit_code == 0
    files = {f"members/{number}.csv": f"{HEADER}{number},A\n" for number in (1, 2)}
    lenient.deliver(files)
    assert lenient.run(day(2)).exit_code == 0

    with pytest.raises(UsageError, match=r"several deliveries for one: members/1\.csv"):
        lenient.run(day(3), reload=True)
    lenient.deliver({"members/2.csv": files["members/2.csv"]})
    assert lenient.run(day(3), reload=True).exit_code == 0
