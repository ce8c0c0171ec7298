"""What was delivered, compared with what was expected (R9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dv_gen.run import expected, ledger, runner
from tests.e2e.small import ENGINES, Ran, Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = """
    sources:
      users:
        file: crm/*/users-*.csv
        columns: {id: integer not null, city: varchar(20)}
        keys: {h_users: id}
      towns:
        file: towns.csv
        required: false
        columns: {town: varchar(20) not null}
        keys: {h_towns: town}
    hubs: {h_users: {key: id}, h_towns: {key: town}}
"""


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as project:
        yield project


@pytest.fixture
def local(tmp_path: Path) -> Small:
    return Small(tmp_path)


def model(**words: str) -> str:
    """The model; what the source `users` says besides."""
    said = "".join(f"\n        {name}: {value}" for name, value in words.items())
    return MODEL.replace("file: crm/*/users-*.csv", f"file: crm/*/users-*.csv{said}")


def warnings(ran: Ran) -> list[str]:
    """The warnings, without time and run."""
    return [line.partition("WARNING: ")[2] for line in ran.log.splitlines() if "WARNING" in line]


def test_a_required_glob_needs_a_new_file_in_every_run(small: Small) -> None:
    """The rest is loaded all the same, and the exit code says that something is lacking."""
    small.write(model__yml=model(required="true"))
    small.deliver("towns.csv", "town", "Bonn")

    ran = small.run()

    place = "source users at metadata/model.yml:3:3"
    lacks = f"{place}: no new file matches crm/*/users-*.csv, and it says required: true"
    assert ran.exit_code == 1
    assert ran.result.failures == [lacks]
    assert f"ERROR: {lacks}" in ran.log
    assert ran.inserted == {"h_towns": 1}
    assert ran.result.as_json()["failures"] == [lacks]

    small.deliver("crm/a/users-1.csv", "id,city", "1,Bonn")
    assert small.run().exit_code == 0
    # The file of yesterday is no new one.
    assert small.run().result.failures == [lacks]
    # Who does not load it does not miss it.
    assert small.run(select=("h_towns",)).exit_code == 0
    # A file that is loaded again has come in this run.
    assert small.run(reload=True, allow_late=True).exit_code == 0


def test_a_glob_that_does_not_say_so_needs_no_file(small: Small) -> None:
    for words in ({}, {"required": "false"}):
        small.write(model__yml=model(**words))
        assert small.run().exit_code == 0


def test_a_delivery_may_not_be_older_than_the_source_says(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the run's own clock and by when a file was new, not by what the file's system says."""
    now = datetime(2026, 3, 1, 6)  # noqa: DTZ001 - times of the ledger are UTC without a zone

    def at(hours: float) -> None:
        for module in (ledger, runner):
            monkeypatch.setattr(module, "utc_now", lambda: now + timedelta(hours=hours))

    at(0)
    small.write(model__yml=model(freshness="26h"))
    never = small.run()
    assert never.exit_code == 1
    (failure,) = never.result.failures
    assert failure.endswith("model.yml:3:3 has never been delivered, and it says freshness: 26h")
    small.deliver("crm/a/users-1.csv", "id,city", "1,Bonn")
    assert small.run().exit_code == 0
    at(25.5)
    assert small.run().exit_code == 0
    at(26.5)
    stale = small.run()
    assert stale.exit_code == 1
    (failure,) = stale.result.failures
    assert failure.startswith("source users at metadata/model.yml:3:3 was delivered last at ")
    assert failure.endswith("at 2026-03-01 06:00 UTC, and it says freshness: 26h")
    # To load it again makes it no newer.
    assert small.run(reload=True).exit_code == 1
    small.deliver("crm/a/users-2.csv", "id,city", "2,Kiel")
    assert small.run().exit_code == 0
    at(27)
    assert small.run().exit_code == 0


def test_files_that_no_source_claims_are_named(local: Small) -> None:
    """Those of the root and of folders where sources look; other folders as a whole."""
    local.write(model__yml=MODEL)
    for name in (
        "towns.csv",
        "Towns.csv",
        "crm/users-1.csv",
        "crm/a/users-1.csv",
        "crm/a/user-2.csv",
        "crm/a/.hidden.csv",
        "crm/a/users-3.csv.part",
        "crm/a/old/users-1.csv",
        "erp/x.csv",
        "erp/y/z.csv",
        ".git/config",
    ):
        local.deliver(name, *(("id,city", "1,Bonn") if "users" in name else ("town", "x")))

    ran = local.run()

    assert ran.exit_code == 0
    (warning,) = warnings(ran)
    named = "Towns.csv, erp/, crm/users-1.csv, crm/a/old/, crm/a/user-2.csv"
    assert warning == f"no source claims {named} below {local.folder / 'landing'}"
    # At the end of every run, also of one that has nothing to do.
    assert warnings(local.run()) == [warning]


def test_what_is_looked_at_for_unclaimed_files_has_a_bound(
    local: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.write(model__yml=MODEL)
    for number in range(30):
        local.deliver(f"strange-{number:02}.csv", "x")
    named = ", ".join(f"strange-{number:02}.csv" for number in range(10))
    root = local.folder / "landing"
    (warning,) = [text for text in warnings(local.run()) if "claims" in text]
    assert warning == f"no source claims {named} and 20 more below {root}"

    monkeypatch.setattr(expected, "MAX_NAMES", 15)
    (warning,) = [text for text in warnings(local.run()) if "claims" in text]
    assert warning == f"no source claims {named} and 5 more below {root} (of the first 15 names)"


def test_the_folder_of_a_source_is_not_looked_through(
    local: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is in it is the source's; and of other folders a hundred are listed."""
    local.write(model__yml=MODEL.replace("crm/*/users-*.csv", "crm/"))
    local.deliver("crm/2026/users.csv", "id,city", "1,Bonn")
    monkeypatch.setattr(expected, "MAX_FOLDERS", 1)
    ran = local.run()
    assert ran.exit_code == 0
    assert "claims" not in ran.log


def test_the_name_of_a_file_may_be_in_upper_or_lower_case(local: Small) -> None:
    """`ignore_file_case`: of an exact name, which is one file, and of a glob."""
    text = model(ignore_file_case="true", record_source="'{2}'")
    local.write(
        model__yml=text.replace("towns.csv", "in/Towns.csv\n        ignore_file_case: true")
    )
    local.deliver("in/TOWNS.CSV", "town", "Bonn")
    local.deliver("crm/a/Users-1.CSV", "id,city", "1,Bonn")
    local.deliver("crm/a/users-2.csv", "id,city", "2,Bonn")
    # The folders before the first wildcard are as they are written.
    local.deliver("CRM/a/users-3.csv", "id,city", "3,Bonn")

    ran = local.run()

    assert ran.exit_code == 0
    assert local.table("h_towns", "town", "load_src") == [("Bonn", "in/TOWNS.CSV")]
    assert local.table("h_users", "id", "load_src") == [(1, "1"), (2, "2")]
    assert warnings(ran) == [f"no source claims CRM/ below {local.folder / 'landing'}"]

    local.deliver("in/towns.csv", "town", "Kiel")
    with pytest.raises(Exception, match="differ in nothing but upper and lower case") as refused:
        local.run()
    assert "in/TOWNS.CSV and in/towns.csv" in str(refused.value)
    # The way that the hint names.
    (local.folder / "landing/in/TOWNS.CSV").unlink()
    assert local.run().exit_code == 0
    (local.folder / "landing/in/towns.csv").unlink()
    assert local.run().exit_code == 0, "the source says required: false"


def test_a_file_that_cannot_be_recorded_keeps_its_own_source_back(small: Small) -> None:
    """A path of 305 characters: the other sources are loaded, and the exit code tells of it."""
    small.write(model__yml=MODEL)
    long = f"crm/{'a' * 150}/users-{'b' * 140}.csv"
    small.deliver("crm/a/users-1.csv", "id,city", "1,Bonn")
    small.deliver(long, "id,city", "2,Bonn")
    small.deliver("towns.csv", "town", "Bonn")

    ran = small.run()

    assert ran.exit_code == 1
    (failure,) = ran.result.failures
    assert failure.startswith("source users is left out of this run: the record source of ")
    assert "is too long: 305 characters of at most 255" in failure
    assert ran.inserted == {"h_towns": 1}

    # The way that the hint names.
    small.write(model__yml=model(record_source="'crm {2}'"))
    ran = small.run()
    assert ran.exit_code == 0
    assert small.table("h_users", "id") == [(1,), (2,)]
    assert small.query("SELECT MAX(LENGTH(path)) FROM dv_meta.file_loaded") == [(305,)]


def test_a_path_that_the_ledger_cannot_hold_is_that_files_error(small: Small) -> None:
    """1,024 characters are its most; the record source, which is shorter, is the source's own."""
    small.write(model__yml=MODEL.replace("crm/*/users-*.csv", "crm/\n        record_source: crm"))
    deep = f"crm/{'/'.join(['c' * 200] * 5)}"
    small.deliver(f"{deep}/{'x' * 11}.csv", "id,city", "1,Bonn")
    small.deliver("towns.csv", "town", "Bonn")
    assert small.run().exit_code == 0
    assert small.query("SELECT MAX(LENGTH(path)) FROM dv_meta.file_loaded") == [(1024,)]

    small.deliver(f"{deep}/{'y' * 12}.csv", "id,city", "2,Bonn")
    small.deliver("towns.csv", "town", "Kiel")
    ran = small.run()
    assert ran.exit_code == 1
    (failure,) = ran.result.failures
    assert "has 1025 characters, the ledger holds 1024" in failure
    assert ran.inserted == {"h_towns": 1}


def test_a_source_that_fetches_from_one_that_is_left_out_waits_with_it(local: Small) -> None:
    """Its rows would be rejected: what they refer to is not there."""
    local.write(
        model__yml=MODEL.replace(
            "columns: {town: varchar(20) not null}",
            "columns: {town: varchar(20) not null, mayor: integer}\n"
            "        prejoins: {city: {source: users, on: {mayor: id}}}",
        )
    )
    long = f"crm/{'a' * 150}/users-{'b' * 140}.csv"
    local.deliver(long, "id,city", "1,Bonn")
    local.deliver("towns.csv", "town,mayor", "Bonn,1")
    ran = local.run()
    assert ran.exit_code == 1
    assert ran.result.batches == []
    assert len(ran.result.failures) == 1

    (local.folder / "landing" / long).rename(local.folder / "landing/crm/users-1.csv")
    (local.folder / "landing/crm/a").mkdir()
    (local.folder / "landing/crm/users-1.csv").rename(local.folder / "landing/crm/a/users-1.csv")
    assert local.run().inserted == {"h_towns": 1, "h_users": 1}
