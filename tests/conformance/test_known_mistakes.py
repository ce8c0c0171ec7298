"""What other tools get wrong, on the real road from file to vault, or from a hand-filled stage.

Every expected row is written by hand. Numbers in comments: the tools' own issues (lessons.md).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import UsageError
from tests.conformance.club import CLUB, load, load_stage, rejects, rows, shown
from tests.conformance.comparing import tables
from tests.reference.definitions import Model
from tests.reference.hashing import HashRule
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

PERSON = "no day name"


@pytest.fixture(scope="module")
def club(make: Callable[..., Project]) -> Project:
    made = make(CLUB)
    made.create()
    return made


@pytest.fixture
def project(club: Project) -> Project:
    club.clear()
    return club


def names(project: Project, satellite: str = "s_last") -> list[tuple]:
    return shown(project, satellite, "hk load_dt name")


# The timeline: L4.


def test_back_and_forth_in_one_stage_keeps_every_turn(project: Project) -> None:
    """A, A, B, B, A on five days, in any order of arrival, is A, B, A."""
    given = [("x", 5, "A"), ("x", 2, "A"), ("x", 3, "B"), ("x", 1, "A"), ("x", 4, "B")]
    load_stage(project, people=rows(PERSON, *given))
    assert names(project) == [("x", 1, "A"), ("x", 3, "B"), ("x", 5, "A")]


def test_the_same_stage_of_several_load_dates_again_adds_nothing(project: Project) -> None:
    given = rows(PERSON, ("x", 1, "A"), ("x", 2, "B"), ("x", 3, "A"), ("y", 2, "A"))
    assert load_stage(project, people=given) == []
    before = tables(project)
    assert load_stage(project, people=given) == []
    assert tables(project) == before


def test_a_stage_goes_on_from_what_is_stored(project: Project) -> None:
    """A is stored; A, B, A come: the first A is nothing new."""
    load_stage(project, people=rows(PERSON, ("x", 1, "A")))
    load_stage(project, people=rows(PERSON, ("x", 2, "A"), ("x", 3, "B"), ("x", 4, "A")))
    assert names(project) == [("x", 1, "A"), ("x", 3, "B"), ("x", 4, "A")]


def test_a_return_to_an_earlier_value_is_a_change(project: Project) -> None:
    """A row is compared with the row before it, not with any row that ever was."""
    for number, name in enumerate("ABA", start=1):
        load(project, number, people=rows("no name", ("x", name)))
    assert names(project) == [("x", 1, "A"), ("x", 2, "B"), ("x", 3, "A")]


def test_a_row_at_the_newest_load_date_is_neither_lost_nor_doubled(project: Project) -> None:
    """No high-water mark: on the stored day the stored row stands, a key of its own is loaded."""
    load_stage(project, people=rows(PERSON, ("x", 3, "A")))
    given = rows(PERSON, ("x", 3, "A"), ("y", 3, "C"), ("x", 4, "B"))
    assert load_stage(project, people=given) == []
    assert names(project) == [("x", 3, "A"), ("x", 4, "B"), ("y", 3, "C")]


def test_a_row_that_contradicts_a_stored_moment_is_rejected(project: Project) -> None:
    """Once however often it stands in the delivery, and it does not count as a row before."""
    load_stage(project, people=rows(PERSON, ("x", 3, "A")))
    given = rows(PERSON, ("x", 3, "B"), ("x", 3, "B"), ("x", 4, "B"))
    assert load_stage(project, people=given) == [
        ("s_all", "duplicate key", 1),
        ("s_first", "duplicate key", 1),
        ("s_last", "duplicate key", 2),
        ("s_ordered", "duplicate key", 2),
    ]
    assert names(project) == [("x", 3, "A"), ("x", 4, "B")]


def test_two_keys_with_equal_payload_are_both_kept(project: Project) -> None:
    load(project, 1, people=rows("no name", ("x", "A"), ("y", "A")))
    load(project, 2, people=rows("no name", ("x", "B"), ("y", "B")))
    assert names(project) == [("x", 1, "A"), ("x", 2, "B"), ("y", 1, "A"), ("y", 2, "B")]


# NULL and empty text: S5, L4.


def test_null_is_a_value_like_any_other(project: Project) -> None:
    """NULL again is nothing new; from NULL and to NULL is a change."""
    for number, town in enumerate((None, None, "Ufa", None), start=1):
        load(project, number, people=rows("no name town", ("x", "A", town)))
    assert shown(project, "s_last", "load_dt town") == [(1, None), (3, "Ufa"), (4, None)]


def test_a_quoted_empty_field_is_text_and_an_unquoted_one_is_null(project: Project) -> None:
    project.deliver({"people/1.csv": 'no,boss,name,town,at\nx,,"",,\ny,,,"",\n'})
    assert project.run(day(1)).exit_code == 0
    assert shown(project, "s_last", "hk name town") == [("x", "", None), ("y", None, "")]
    project.deliver({"people/2.csv": 'no,boss,name,town,at\nx,,,"",\ny,,,"",\n'})
    assert project.run(day(2)).exit_code == 0
    assert shown(project, "s_last", "hk load_dt name town") == [
        ("x", 1, "", None),
        ("x", 2, None, ""),
        ("y", 1, None, ""),
    ]


def test_texts_of_any_kind_arrive_as_they_were_sent(project: Project) -> None:
    texts = [
        "a,b",
        'a "b"',
        "two\nlines",
        "two\r\nlines",
        "Жук",
        "👩‍👩‍👧",
        " a ",
        "NULL",
        "\\N",
        "|",
    ]
    given = rows("no name", *((str(number), text) for number, text in enumerate(texts)))
    load(project, 1, people=given)
    assert shown(project, "s_last", "hk name") == [
        (str(number), text) for number, text in enumerate(texts)
    ]


# Keys: H3, H4, L1 to L3.


def test_a_blank_key_is_no_key(project: Project) -> None:
    """It makes no hub row and no link row; its payload is kept in the rejects (L3)."""
    given = rows(
        "no boss name", ("x", None, "A"), (None, "x", "B"), ("", "y", "C"), ("  ", "", "D")
    )
    ran = load(project, 1, people=given)
    assert shown(project, "h_person", "person") == [("x",), ("y",)]
    assert shown(project, "l_boss", "hk") == []
    assert [row_no for name, reason, row_no in rejects(project, ran.batch) if name == "s_last"] == [
        2,
        3,
        4,
    ]
    assert {reason for _, reason, _ in rejects(project, ran.batch)} == {"no key"}
    assert names(project) == [("x", 1, "A")]


def test_a_composite_key_with_a_null_part_is_a_key(project: Project) -> None:
    """Only where every part is NULL or blank there is none."""
    given = rows("shop no", ("de", 1), (None, 1), ("de", None), ("", 1), (None, None), (" ", None))
    load(project, 1, orders=given)
    assert shown(project, "h_order", "shop no") == [
        ("", 1),
        ("de", 1),
        ("de", None),
        (None, 1),
    ]


def test_delimiters_in_the_data_join_nothing(project: Project) -> None:
    """('x|', 'y') and ('x', '|y'); a literal placeholder and NULL."""
    given = rows(
        "no name town",
        ("1", "x|", "y"),
        ("2", "x", "|y"),
        ("3", "x||", "y"),
        ("4", "x", "||y"),
        ("5", None, "a"),
        ("6", "\\N", "a"),
        ("7", "^^", "a"),
        ("8", "", "a"),
    )
    load(project, 1, people=given)
    assert len({row["hashdiff"] for row in project.rows("s_last")}) == len(given)
    keys = rows("shop no", ("a|1", None), ("a", 1), ("\\N", 1), (None, 1), ("a\\", 1), ("a\\|1", 1))
    load(project, 1, orders=keys)
    assert len(project.rows("h_order")) == len(keys)


def test_two_relationships_that_the_classic_rule_takes_for_one_are_one_row(
    make: Callable[..., Project],
) -> None:
    """'X||' and 'Y', 'X' and '||Y' are one text there, and so one hash key: it stays unique."""
    project = make(replace(CLUB, rule=HashRule(rule="classic")))
    given = rows("no boss", ("x||", "y"), ("x", "||y"))
    load(project, 1, people=given)
    assert shown(project, "h_person", "person") == [("x",), ("x||",), ("y",), ("||y",)]
    assert len(project.rows("l_boss")) == 1
    before = tables(project)
    project.clear()
    load(project, 1, people=given[::-1])
    assert tables(project) == before


def test_spellings_of_a_key_are_one_key_and_the_first_is_kept(project: Project) -> None:
    """Equal but for case and outer blanks; on one load date the row's own values decide."""
    load(project, 2, people=rows("no name", (" Жук ", "A"), ("ЖУК", "B"), ("жук", "C")))
    assert shown(project, "h_person", "person load_dt") == [(" Жук ", 2)]
    load(project, 1, people=rows("no name", ("жУк", "D")))
    assert shown(project, "h_person", "person load_dt") == [(" Жук ", 2)]


def test_a_key_twice_in_a_stage_is_once_in_hub_and_link(project: Project) -> None:
    given = rows("shop no buyer day", ("de", 7, "x", 2), ("de", 7, "x", 1), ("DE", 7, " x", 1))
    load_stage(project, orders=given)
    assert shown(project, "h_order", "shop no load_dt") == [("DE", 7, 1)]
    assert shown(project, "l_order", "hk load_dt") == [("DE/7 &  x", 1)]


def test_the_hub_takes_the_source_that_knows_more_on_a_tie(project: Project) -> None:
    """The register stands first in the metadata, but only people bring a town."""
    load(
        project,
        1,
        register=rows("member", ("x",), ("y",)),
        people=rows("no town", ("x", "Ufa")),
    )
    assert shown(project, "h_person", "person town load_src") == [
        ("x", "Ufa", "people/1.csv"),
        ("y", None, "register/1.csv"),
    ]


def test_an_earlier_row_wins_over_one_that_knows_more(project: Project) -> None:
    load_stage(
        project,
        register=rows("member since day", ("x", date(2020, 1, 1), 1)),
        people=rows("no town day", ("x", "Ufa", 2)),
    )
    assert shown(project, "h_person", "person town load_dt") == [("x", None, 1)]


def test_the_link_takes_the_source_that_it_names_first_on_a_tie(project: Project) -> None:
    """Orders stand first in the link, bookings first among the sources."""
    given = rows("shop no buyer", ("de", 7, "x"))
    load(project, 1, orders=given, bookings=given, register=rows("member", ("x",)))
    assert shown(project, "l_order", "hk load_src") == [("de/7 & x", "orders/1.csv")]
    # A hub has no such list: there the order of the sources decides, not that of the file names.
    assert shown(project, "h_order", "shop no load_src") == [("de", 7, "bookings/1.csv")]
    assert shown(project, "h_person", "person load_src") == [("x", "register/1.csv")]


def test_a_source_feeds_one_hub_twice_by_roles(project: Project) -> None:
    """Person and boss; the town is the person's own, not the boss's."""
    load(
        project, 1, people=rows("no boss name town", ("x", "z", "A", "Ufa"), ("z", "z", "B", None))
    )
    assert shown(project, "h_person", "person town") == [("x", "Ufa"), ("z", None)]
    assert shown(project, "l_boss", "hk_person hk_person_boss") == [("x", "z"), ("z", "z")]


def test_a_key_that_only_its_hub_reads_is_one_key_however_it_is_written(project: Project) -> None:
    """The log's people are in no link: their keys are hashed as the hub is loaded."""
    log = rows(
        "who what at",
        ("y", "in", 1),
        (" Y", "in", 2),
        ("X ", "in", 3),
        (" ", "in", 4),
        ("y", "", 5),
    )
    load(project, 1, people=rows("no town", ("x", "Ufa")), log=log)
    once = [("x", "Ufa", "people/1.csv"), (" Y", None, "log/1.csv")]
    assert shown(project, "h_person", "person town load_src") == sorted(once)
    load(project, 2, log=rows("who what at", ("Y", "out", 6), (None, "out", 7)))
    assert shown(project, "h_person", "person town load_src") == sorted(once)


def test_a_key_known_only_by_its_role_gets_nothing_of_the_other(project: Project) -> None:
    load(project, 1, people=rows("no boss town", ("x", "z", "Ufa")))
    assert shown(project, "h_person", "person town") == [("x", "Ufa"), ("z", None)]


def test_a_row_without_one_of_the_keys_makes_no_link_and_stops_no_other(project: Project) -> None:
    """NOT IN with a NULL would stop all loading."""
    given = rows("shop no buyer", ("de", 1, None), ("de", 2, "x"), (None, None, "x"))
    load(project, 1, orders=given)
    load(project, 2, orders=[*given, *rows("shop no buyer", ("de", 3, "x"))])
    assert shown(project, "l_order", "hk load_dt") == [("de/2 & x", 1), ("de/3 & x", 2)]
    assert shown(project, "h_order", "shop no load_dt") == [
        ("de", 1, 1),
        ("de", 2, 1),
        ("de", 3, 2),
    ]


# Several rows of one key and load date: L5.


def test_among_rows_of_one_load_date_the_last_the_ordered_or_the_first_wins(
    project: Project,
) -> None:
    given = rows("no name at", ("x", "A", 2), ("x", "B", 3), ("x", "C", 1), ("x", "B", 0))
    ran = load(project, 1, people=given)
    assert names(project, "s_last") == [("x", 1, "B")]
    assert names(project, "s_ordered") == [("x", 1, "B")]
    assert names(project, "s_first") == [("x", 1, "A")]
    # Equal rows collapse: each loser is told once, by its last row.
    assert rejects(project, ran.batch) == [
        ("s_first", "duplicate key", 3),
        ("s_first", "duplicate key", 4),
        ("s_last", "duplicate key", 1),
        ("s_last", "duplicate key", 3),
        ("s_ordered", "duplicate key", 1),
        ("s_ordered", "duplicate key", 3),
    ]


def test_order_by_puts_null_first(project: Project) -> None:
    load(project, 1, people=rows("no name at", ("x", "A", 1), ("x", "B", None)))
    assert names(project, "s_ordered") == [("x", 1, "A")]


def test_staggered_rows_are_all_kept_and_come_back_without_a_reject(project: Project) -> None:
    given = rows("no name", ("x", "A"), ("x", "B"), ("x", "B"), ("x", "A"))
    load(project, 1, people=given)
    expected = [("x", "1+1us", "B"), ("x", "1+2us", "A"), ("x", 1, "A")]
    assert names(project, "s_all") == expected
    again = project.run(day(1), allow_late=True, reload=True)
    assert names(project, "s_all") == expected
    assert [name for name, _, _ in rejects(project, again.batch) if name == "s_all"] == []


def test_duplicates_that_must_not_be_stop_their_satellite_alone(
    make: Callable[..., Project],
) -> None:
    project = make(strict())
    project.deliver({"people/1.csv": "no,boss,name,town,at\nx,,A,,\nx,,B,,\n"})
    ran = project.run(day(1))
    assert ran.exit_code == 1
    assert "s_last" in ran.log
    assert names(project) == []
    assert names(project, "s_first") == [("x", 1, "A")]


def test_a_row_that_contradicts_a_stored_one_must_not_be_either(
    make: Callable[..., Project],
) -> None:
    project = make(strict())
    load(project, 1, people=rows("no name", ("x", "A")))
    project.deliver({"people/2.csv": "no,boss,name,town,at\nx,,B,,\n"})
    assert project.run(day(1), allow_late=True).exit_code == 1
    assert names(project) == [("x", 1, "A")]


def strict() -> Model:
    """The club with a satellite that takes no duplicates."""
    satellite = replace(CLUB.satellite("s_last"), duplicates="fail")
    others = [each for each in CLUB.satellites if each.name != "s_last"]
    return Model(CLUB.sources, CLUB.hubs, CLUB.links, [satellite, *others])


# Late batches: L6, L12.


def test_a_late_batch_is_refused(project: Project) -> None:
    load(project, 3, people=rows("no name", ("x", "A")))
    before = tables(project)
    project.deliver({"people/2.csv": "no,boss,name,town,at\nx,,B,,\n"})
    with pytest.raises(UsageError, match="is not after 2024-01-03"):
        project.run(day(2))
    with pytest.raises(UsageError, match="is not after 2024-01-03"):
        project.run(day(3))
    assert tables(project) == before


def test_a_late_batch_of_another_source_is_none(project: Project) -> None:
    load(project, 3, people=rows("no name", ("x", "A")))
    project.deliver({"register/2.csv": "member,since\ny,\n"})
    assert project.run(day(2)).exit_code == 0
    assert shown(project, "h_person", "person load_dt") == [("x", 3), ("y", 2)]


def test_a_late_batch_that_is_allowed_takes_its_place_in_the_history(project: Project) -> None:
    """Stored rows are never touched, also where the late row makes one of them a repeat."""
    load(project, 1, people=rows("no name", ("x", "A")))
    load(project, 5, people=rows("no name", ("x", "B")))
    load(project, 3, people=rows("no name", ("x", "B")))
    load(project, 4, people=rows("no name", ("x", "B")))
    load(project, 2, people=rows("no name", ("x", "A")))
    assert shown(project, "s_last_history", "hk name load_dt load_end_dt is_current") == [
        ("x", "A", 1, 3, False),
        ("x", "B", 3, 5, False),
        ("x", "B", 5, None, True),
    ]
    assert shown(project, "s_last_current", "hk name load_dt") == [("x", "B", 5)]


# Once and again: R3, L7.


def test_nothing_new_is_loaded_twice(project: Project) -> None:
    load(
        project,
        1,
        people=rows("no boss name", ("x", "y", "A"), ("y", None, "B")),
        orders=rows("shop no buyer sum", ("de", 1, "x", Decimal("1.50"))),
        log=rows("who what at", ("x", "in", 1)),
    )
    before = tables(project)
    second = project.run(day(2))
    assert second.result.messages == ["nothing new: every file has been loaded already"]
    third = project.run(day(3), reload=True)
    assert set(third.inserted.values()) == {0}
    assert tables(project) == before


def test_events_are_kept_once_and_never_compared(project: Project) -> None:
    """Twice in one file, again in the next, with another note: the first row stands."""
    header = "who what at note"
    load(
        project, 1, log=rows(header, ("x", "in", 1, "a"), ("x", "in", 1, "b"), ("x", "in", 2, "c"))
    )
    load(project, 2, log=rows(header, ("x", "in", 2, "d"), ("y", "in", 2, "e")))
    assert shown(project, "s_event", "load_dt what note") == [
        (1, "in", "a"),
        (1, "in", "c"),
        (2, "in", "e"),
    ]


def test_overlapping_files_of_events_identify_the_same_events(project: Project) -> None:
    """S4: the surrogate is made of the record alone, NULLs included."""
    header = "who what at"
    load(project, 1, log=rows(header, ("x", "in", None), (None, None, None)))
    load(project, 2, log=rows(header, (None, None, None), ("x", "in", None), ("x", None, 1)))
    assert shown(project, "s_event", "load_dt what") == [(1, "in"), (1, None), (2, None)]


def test_an_empty_delivery_changes_nothing(project: Project) -> None:
    load(project, 1, people=rows("no name", ("x", "A")))
    before = tables(project)
    load(project, 2, people=[])
    assert tables(project) == before
