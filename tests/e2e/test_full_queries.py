"""A query whose result is the complete set: what leaves it is ended (L9, L10, L16)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.e2e.small import ENGINES, Small, open_small
from tests.vertica_server import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Members are those of the newest state of each person that is in a club.
MODEL = """
    sources:
      people:
        file: people*.csv
        columns: {person: varchar(9) not null, club: varchar(9)}
        keys: {h_people: person}
      members:
        query: members.sql
        delivery: full
        columns: {person: varchar(9) not null, club: varchar(9) not null}
        keys: {h_people: {columns: person, feeds: false}, h_clubs: club}
    hubs: {h_people: {key: person}, h_clubs: {key: club}}
    links: {l_members: {source: members, hubs: [h_people, h_clubs]}}
    satellites:
      s_people: {source: people, parent: h_people, columns: [club]}
      s_status: {type: status_tracking, source: members, parent: h_people, columns: [club]}
      s_member: {type: effectivity, source: members, parent: l_members, driving_key: h_people}
"""
MEMBERS = """
    SELECT h.person, s.club
    FROM {{ ref('h_people') }} AS h
    JOIN {{ ref('s_people_current') }} AS s ON s.hk_person = h.hk_person
    WHERE s.club IS NOT NULL
"""


def day(number: int) -> datetime:
    return datetime(2024, 1, number)  # noqa: DTZ001 - the vault's times are UTC without a zone


@pytest.fixture(params=[*ENGINES, "vertica"])
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    (tmp_path / "metadata").mkdir()
    if request.param == "vertica":
        with server() as running:
            target = {"type": "vertica", "tlsmode": "disable", **running.options}
            yield Small(tmp_path, target)
        return
    with open_small(tmp_path, request.param) as project:
        yield project


def write(small: Small, model: str = MODEL) -> None:
    small.write_only(members__sql=MEMBERS)
    small.write(model__yml=model)


def status(small: Small) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for row in small.query(
            "SELECT h.person, s.status, s.load_dt, s.load_src FROM vault.s_status AS s "
            "JOIN vault.h_people AS h ON h.hk_person = s.hk_person ORDER BY h.person, s.load_dt"
        )
    ]


def relationships(small: Small) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for row in small.query(
            "SELECT p.person, c.club, s.start_dt, s.end_dt FROM vault.s_member_current AS s "
            "JOIN vault.l_members AS l ON l.hk_l_members = s.hk_l_members "
            "JOIN vault.h_people AS p ON p.hk_person = l.hk_person "
            "JOIN vault.h_clubs AS c ON c.hk_club = l.hk_club ORDER BY p.person, c.club"
        )
    ]


def test_what_leaves_the_result_is_ended_and_comes_back_when_it_comes_back(small: Small) -> None:
    write(small)
    small.deliver("people1.csv", "person,club", "ann,chess", "bob,chess", "cid,golf")
    assert small.run(load_date=day(1)).exit_code == 0
    # Bob leaves, Cid changes; Ann stays.
    small.deliver("people2.csv", "person,club", "bob,", "cid,chess")
    assert small.run(load_date=day(2)).exit_code == 0

    assert status(small) == [
        ("ann", "I", day(1), "members"),
        ("bob", "I", day(1), "members"),
        ("bob", "D", day(2), "members"),
        ("cid", "I", day(1), "members"),
        ("cid", "U", day(2), "members"),
    ]
    assert relationships(small) == [
        ("ann", "chess", day(1), None),
        ("bob", "chess", day(1), day(2)),
        ("cid", "chess", day(2), None),
        ("cid", "golf", day(1), day(2)),
    ]

    # Nothing that the query reads has changed: it does not run, and nothing vanishes by that.
    small.deliver("people3.csv", "person,club", "ann,chess")
    assert small.run(load_date=day(3), exclude=("s_status", "s_member", "l_members", "h_clubs"))
    assert len(status(small)) == 5

    small.deliver("people4.csv", "person,club", "bob,golf")
    assert small.run(load_date=day(4)).exit_code == 0
    assert status(small)[1:4] == [
        ("bob", "I", day(1), "members"),
        ("bob", "D", day(2), "members"),
        ("bob", "I", day(4), "members"),
    ]
    assert ("bob", "golf", day(4), None) in relationships(small)


def test_a_result_without_a_row_ends_everything_only_if_that_is_accepted(small: Small) -> None:
    """What the query feeds is not loaded; with the word that the hint names, the batch goes on."""
    write(small)
    small.deliver("people1.csv", "person,club", "ann,chess")
    assert small.run(load_date=day(1)).exit_code == 0
    small.deliver("people2.csv", "person,club", "ann,")

    ran = small.run(load_date=day(2))

    assert ran.exit_code == 1
    assert "members: the query gives no row, which would end everything" in ran.log
    assert len(status(small)) == 1

    write(small, MODEL.replace("delivery: full", "delivery: full\n        empty_delivery: accept"))
    ran = small.run()
    assert ran.exit_code == 0, ran.log
    assert status(small) == [
        ("ann", "I", day(1), "members"),
        ("ann", "D", day(2), "members"),
    ]
    assert relationships(small) == [("ann", "chess", day(1), day(2))]


def test_a_query_that_is_no_complete_set_ends_nothing(small: Small) -> None:
    """What is not in the result of a delta has not changed."""
    model = MODEL.replace("delivery: full", "tags: [delta]")
    write(small, "\n".join(line for line in model.splitlines() if "s_status" not in line))
    small.deliver("people1.csv", "person,club", "ann,chess", "bob,chess")
    assert small.run(load_date=day(1)).exit_code == 0
    small.deliver("people2.csv", "person,club", "bob,")
    assert small.run(load_date=day(2)).exit_code == 0
    assert relationships(small) == [
        ("ann", "chess", day(1), None),
        ("bob", "chess", day(1), None),
    ]
