"""Deliveries day by day, late ones, partial runs, broken files."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.project import REPOSITORY, SAMPLE, Project
from tests.e2e.small import Small
from tests.e2e.test_sample import expected_rows, shown_rows

if TYPE_CHECKING:
    from pathlib import Path

sys.path.insert(0, str(REPOSITORY / "benchmarks"))
from data import make  # the benchmarks are scripts, not a package


def delivery(folder: Path, **files: str) -> Path:
    """Write the sample's headers with the given lines below them."""
    folder.mkdir()
    for name in ("users", "groups", "dialogs", "group_log"):
        header = (SAMPLE / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        text = f"{header}\n{files.get(name, '')}"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_two_days_of_deliveries_give_the_report_of_both(project: Project, tmp_path: Path) -> None:
    data = tmp_path / "data"
    make(data, 5_000, seed=3)
    project.command("run", landing=data / "day1")
    assert shown_rows(project) == expected_rows(data / "day1")
    project.command("run", landing=data / "day2")
    assert shown_rows(project) == expected_rows(data / "day1", data / "day2")
    counts = project.counts()
    nothing = project.command("run", landing=data / "day2")
    assert "nothing new" in nothing.stdout
    project.command("run", "--reload", landing=data / "day2")
    assert project.counts() == counts


def test_changes_make_versions_and_repeats_do_not(project: Project, tmp_path: Path) -> None:
    moments = ("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04")
    for day, (country, moment) in enumerate(zip(("RU", "RU", "DE", "RU"), moments, strict=True)):
        line = f"1,anna,2020-01-01 00:00:00,{country},30\n"
        folder = delivery(tmp_path / f"day{day}", users=line)
        project.command("run", "--reload", "--load-date", moment, landing=folder)
    rows = project.show("s_user_socdem_history")
    assert [(row["country"], row["load_dt"][:10], row["load_end_dt"][:10]) for row in rows] == [
        ("RU", "2026-01-01", "2026-01-03"),
        ("DE", "2026-01-03", "2026-01-04"),
        ("RU", "2026-01-04", ""),
    ]
    assert [row["is_current"] for row in rows] == ["false", "false", "true"]


def test_a_file_brought_back_to_what_it_was_is_a_change_back(
    project: Project, tmp_path: Path
) -> None:
    folder = delivery(tmp_path / "in")
    header = (folder / "users.csv").read_text(encoding="utf-8")
    for country in ("RU", "DE", "RU"):
        (folder / "users.csv").write_text(f"{header}1,anna,,{country},30\n", encoding="utf-8")
        project.command("run", landing=folder)
    rows = project.show("s_user_socdem_history")
    assert [row["country"] for row in rows] == ["RU", "DE", "RU"]


def test_a_satellite_added_later_is_told_what_it_has_missed(project: Project) -> None:
    project.command("run")
    late = "satellites:\n  s_late: {source: users, parent: h_users, columns: [country]}\n"
    (project.folder / "metadata/vault/late.yml").write_text(late, encoding="utf-8")
    warned = project.command("run", "--render").stderr
    assert "dv-gen run --reload --select s_late" in warned
    project.command("run", "--reload", "--select", "s_late")
    assert len(project.show("s_late_current")) == len(project.show("s_user_socdem_current"))
    assert "s_late" not in project.command("run").stderr


def test_what_points_to_a_satellite_added_later_is_repaired_with_it(project: Project) -> None:
    project.command("run")
    late = """\
satellites:
  s_late: {source: users, parent: h_users, columns: [country]}
calendars:
  year_ends: {dates: ['2099-12-31']}
pits:
  p_users: {hub: h_users, satellites: [s_late], calendar: year_ends}
"""
    (project.folder / "metadata/vault/late.yml").write_text(late, encoding="utf-8")
    warned = project.command("run", "--render").stderr
    advice = "--reload --select s_late --select p_users"
    assert f"dv-gen run {advice} loads them into it" in warned
    before = project.show("p_users")
    assert {row["s_late_load_dt"][:4] for row in before} == {"0001"}
    project.command("run", *advice.split())
    after = project.show("p_users")
    assert len(after) == len(before)
    pointed = [row for row in after if row["s_late_load_dt"][:4] != "0001"]
    assert len(pointed) == len(project.show("s_late_current"))


def test_a_file_that_an_earlier_run_has_loaded_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits here until the files have stood still for long enough.
    monkeypatch.setattr("dv_gen.landing.known._MARGIN_NS", -60_000_000_000)
    read: list[str] = []

    def reads(path: Path) -> str:
        read.append(path.name)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr("dv_gen.landing.local.sha256_of", reads)
    small = Small(tmp_path)
    small.write(
        model__yml="""
            sources:
              users: {file: users*.csv, columns: {id: integer not null}, keys: {h_users: id}}
            hubs: {h_users: {key: id}}
        """
    )
    for number in (1, 2, 3):
        small.deliver(f"users{number}.csv", "id", str(number))
        assert small.run().inserted == {"h_users": 1}
    assert read == ["users1.csv", "users2.csv", "users3.csv"]


def test_an_empty_file_is_no_delivery_of_nothing(project: Project, tmp_path: Path) -> None:
    folder = delivery(tmp_path / "in")
    (folder / "users.csv").write_bytes(b"")
    stopped = project.command("run", landing=folder, expect=1)
    assert "users.csv is empty: not even a header" in stopped.stderr


def test_a_file_that_is_not_required_may_be_missing_and_nothing_else(
    project: Project, tmp_path: Path
) -> None:
    file = project.folder / "metadata/sources/social.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sources:", "defaults: {required: false}\nsources:"), "utf-8")
    project.command("render")
    folder = delivery(tmp_path / "in", users="1,anna,,RU,30\n")
    (folder / "group_log.csv").unlink()
    project.command("run", landing=folder)
    assert project.counts()["h_users"] == 1
    project.command("run", landing=tmp_path / "nowhere", expect=1)


def test_a_late_delivery_is_refused_and_then_takes_its_place(
    project: Project, tmp_path: Path
) -> None:
    new = delivery(tmp_path / "new", users="1,anna,,DE,30\n")
    late = delivery(tmp_path / "late", users="1,anna,,RU,30\n")
    project.command("run", "--load-date", "2026-02-02", landing=new)
    refused = project.command("run", "--load-date", "2026-02-01", landing=late, expect=2)
    assert "not after 2026-02-02" in refused.stderr
    project.command("run", "--load-date", "2026-02-01", "--allow-late", landing=late)
    rows = project.show("s_user_socdem_history")
    assert [(row["country"], row["is_current"]) for row in rows] == [
        ("RU", "false"),
        ("DE", "true"),
    ]


def test_bytes_that_are_not_utf8_are_no_reason_to_drop_rows(
    project: Project, tmp_path: Path
) -> None:
    folder = delivery(tmp_path / "in", users="1,anna,,RU,30\n")
    with (folder / "users.csv").open("ab") as file:
        file.write("2,jürgen,,RU,30\n".encode("cp1252"))
    stopped = project.command("run", landing=folder, expect=1)
    assert "csv: {encoding: cp1252} in metadata/sources/social.yml:2" in stopped.stderr


def test_no_row_is_in_the_log_of_who_wants_none_there(project: Project, tmp_path: Path) -> None:
    folder = delivery(tmp_path / "in", users="1,anna,,RU,30\n2,boris,yesterday,RU,30\n")
    stopped = project.command("run", "--preview", "0", landing=folder, expect=1)
    assert "users.csv:3: registration_dt: not a timestamp\n" in stopped.stderr
    assert "anna" not in stopped.stderr
    assert "boris" not in stopped.stderr


def test_rows_that_a_load_refuses_stop_nothing_and_are_told_of(
    project: Project, tmp_path: Path
) -> None:
    folder = delivery(tmp_path / "in", users="1,anna,,RU,30\n1,boris,,RU,30\n")
    ran = project.command("run", landing=folder)
    # Two satellites would have to choose: only the names differ.
    assert "rejected rows: 1; dv-gen show rejects has them" in ran.stdout


def test_a_missing_file_is_told_with_its_source(project: Project, tmp_path: Path) -> None:
    folder = delivery(tmp_path / "in", users="1,anna,,RU,30\n")
    (folder / "groups.csv").rename(folder / "group.csv")
    missing = project.command("run", landing=folder, expect=1)
    assert "did you mean group.csv?; source groups at metadata/sources/social.yml:7" in (
        missing.stderr
    )


def test_a_bad_record_stops_the_batch_before_the_vault(project: Project, tmp_path: Path) -> None:
    lines = '1,"anna\nk",2020-01-01 00:00:00,RU,30\n2,boris,yesterday,RU,30\n3,clara,,RU,1.5\n'
    bad = delivery(tmp_path / "bad", users=lines)
    stopped = project.command("run", landing=bad, expect=1)
    assert "users: 2 of 3 rows rejected, 0 allowed; the vault is untouched" in stopped.stderr
    assert set(project.counts().values()) == {0}
    rejects = project.show("rejects")
    assert [
        (row["file"], row["line"], row["column_name"], row["reason"], row["record"])
        for row in rejects
    ] == [
        ("users.csv", "4", "registration_dt", "not a timestamp", "2,boris,yesterday,RU,30"),
        ("users.csv", "5", "age", "not an integer", "3,clara,,RU,1.5"),
    ]
    mended = delivery(tmp_path / "mended", users="1,anna,,RU,30\n2,boris,,RU,30\n3,clara,,RU,2\n")
    project.command("run", landing=mended)
    assert project.counts()["h_users"] == 3


def test_rejects_within_the_limit_are_kept_and_the_rest_is_loaded(
    project: Project, tmp_path: Path
) -> None:
    file = project.folder / "metadata/sources/social.yml"
    text = file.read_text(encoding="utf-8")
    limited = text.replace("file: users.csv", "file: users.csv\n    max_rejects: 50%")
    file.write_text(limited, encoding="utf-8")
    project.command("render")
    bad = delivery(tmp_path / "bad", users="1,anna,,RU,30\n,nobody,,RU,30\n")
    project.command("run", landing=bad)
    assert project.counts()["h_users"] == 1
    assert [row["reason"] for row in project.show("rejects")] == [
        "empty, but the column is not null"
    ]


@pytest.mark.parametrize(("limit", "rejects"), [("0", 1), ("1", 2), ("34%", 2), ("50%", 3)])
def test_one_reject_over_the_limit_stops_the_batch_before_the_vault(
    project: Project, tmp_path: Path, limit: str, rejects: int
) -> None:
    file = project.folder / "metadata/sources/social.yml"
    text = file.read_text(encoding="utf-8")
    limited = text.replace("file: users.csv", f"file: users.csv\n    max_rejects: {limit}")
    file.write_text(limited, encoding="utf-8")
    project.command("render")
    # Of five records 34 % are 1.7, and half are 2.5.
    good = "".join(f"{number},anna,,RU,30\n" for number in range(1, 6 - rejects))
    over = delivery(tmp_path / "over", users=good + ",nobody,,RU,30\n" * rejects)
    stopped = project.command("run", landing=over, expect=1)
    assert f"{rejects} of 5" in stopped.stderr
    assert set(project.counts().values()) == {0}
    good += "9,anna,,RU,30\n"
    within = delivery(tmp_path / "within", users=good + ",nobody,,RU,30\n" * (rejects - 1))
    project.command("run", landing=within)
    assert project.counts()["h_users"] == 6 - rejects


def test_an_unclosed_quote_is_an_error_and_not_a_shorter_file(
    project: Project, tmp_path: Path
) -> None:
    bad = delivery(tmp_path / "bad", users='1,"anna,,RU,30\n2,boris,,RU,30\n3,clara,,RU,30\n')
    stopped = project.command("run", landing=bad, expect=1)
    assert "a quote opens on line 2 and never closes" in stopped.stderr
    assert set(project.counts().values()) == {0}


def test_columns_in_another_order_land_by_name(project: Project, tmp_path: Path) -> None:
    folder = delivery(tmp_path / "in")
    text = "\ufeff age ,COUNTRY,registration_dt,chat_name,id\r\n30,RU,,anna,1\r\n"
    (folder / "users.csv").write_bytes(text.encode())
    project.command("run", landing=folder)
    found = project.query("SELECT id, chat_name, country, age FROM stage.users")
    assert found == [(1, "anna", "RU", 30)]


def test_a_header_that_lacks_a_column_is_told(project: Project, tmp_path: Path) -> None:
    folder = delivery(tmp_path / "in")
    (folder / "users.csv").write_text("id,chatname,registration_dt,country,age\n", "utf-8")
    stopped = project.command("run", landing=folder, expect=1)
    assert "chat_name" in stopped.stderr
    assert "chatname" in stopped.stderr


def test_quoted_empty_is_text_and_unquoted_empty_is_null(project: Project, tmp_path: Path) -> None:
    folder = delivery(tmp_path / "in", users='1,"",,,30\n')
    project.command("run", landing=folder)
    assert project.query("SELECT chat_name, country FROM stage.users") == [("", None)]


def test_a_selection_leaves_the_rest_for_a_later_run(project: Project) -> None:
    project.command("run", "--select", "h_users")
    counts = project.counts()
    assert counts["h_users"] > 0
    assert {count for table, count in counts.items() if table != "h_users"} == {0}
    project.command("run")
    assert 0 not in project.counts().values()


def test_a_source_alone_can_be_loaded(project: Project) -> None:
    project.command("run", "--select", "source:users")
    counts = project.counts()
    assert counts["s_user_socdem"] > 0
    assert counts["h_dialogs"] == 0
    assert "nothing new" in project.command("run", "--select", "source:users").stdout


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["run", "dry run"])
def test_a_selection_of_files_alone_has_nothing_to_load(
    more: tuple[str, ...], project: Project
) -> None:
    """It does not say that everything has been loaded: nothing has."""
    refused = project.command("run", "--select", "users", *more, expect=2)
    assert "nothing to load: only sources are selected (users)" in refused.stderr
    assert "--select 'users+'" in refused.stderr
    assert not project.database.exists()


def test_a_dry_run_prints_the_sql_and_touches_nothing(project: Project) -> None:
    text = project.command("run", "--dry-run", landing="s3://no-such-bucket/x").stdout
    assert 'INSERT INTO "vault"."h_users"' in text
    assert not project.database.exists()


def test_stale_sql_is_not_run(project: Project) -> None:
    file = project.folder / "generated/duckdb/hubs/h_users.sql"
    file.write_text(file.read_text(encoding="utf-8") + "-- edited\n", encoding="utf-8")
    refused = project.command("run", expect=3)
    assert "generated/duckdb/hubs/h_users.sql is not what was rendered" in refused.stderr
    project.command("run", "--render")


def test_a_changed_model_is_told_before_anything_runs(project: Project) -> None:
    file = project.folder / "metadata/vault/social.yml"
    file.write_text(file.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    refused = project.command("run", expect=3)
    assert "dv-gen render" in refused.stderr
    assert not project.database.exists()


def test_another_hash_rule_is_refused_on_a_loaded_vault(project: Project) -> None:
    project.command("run")
    file = project.folder / "metadata/project.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}keys: {{case: preserve}}\n", encoding="utf-8")
    refused = project.command("run", "--render", "--reload", expect=2)
    assert "hash rule" in refused.stderr


def test_a_second_run_is_told_who_holds_the_warehouse(project: Project, tmp_path: Path) -> None:
    data = tmp_path / "data"
    make(data, 60_000, seed=3)
    first = project.start("run", landing=data / "day1")
    try:
        note = project.folder / "warehouse.duckdb.lock"
        deadline = time.monotonic() + 30
        while not note.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        run = json.loads(note.read_text(encoding="utf-8"))["run"]
        second = project.command("run", landing=data / "day1", expect=1)
    finally:
        first.communicate(timeout=120)
    assert first.returncode == 0
    who = f"process {first.pid} on {socket.gethostname()}"
    assert f"held by run {run} ({who}) since 20" in second.stderr


def test_a_killed_run_is_taken_up_with_its_own_load_date(project: Project, tmp_path: Path) -> None:
    data = tmp_path / "data"
    make(data, 20_000, seed=3)
    first = project.start("run", "--load-date", "2026-03-01", landing=data / "day1")
    for line in iter(first.stderr.readline, ""):  # type: ignore[union-attr]  # it is a pipe
        if " hub " in line or " link " in line:
            break
    first.kill()
    first.communicate(timeout=60)
    project.command("run", landing=data / "day1")
    assert shown_rows(project) == expected_rows(data / "day1")
    found = project.query("SELECT DISTINCT load_dt::VARCHAR FROM vault.h_group_logs")
    assert found == [("2026-03-01 00:00:00",)]
    whole = project.vault()
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(project.folder / "metadata", undisturbed / "metadata")
    other = Project(undisturbed)
    other.command("run", "--load-date", "2026-03-01", landing=data / "day1")
    assert whole == other.vault()


def test_results_that_cannot_be_written_are_told_and_what_is_loaded_is_loaded(
    project: Project,
) -> None:
    """Those of an earlier run would be taken for this one's: that is no success."""
    (project.folder / "generated/duckdb/run_results.json.part").mkdir()
    failed = project.command("run", expect=1)
    assert "run_results.json cannot be written: Is a directory" in failed.stderr
    assert project.query("SELECT status FROM dv_meta.batch_end") == [("done",)]


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_show_knows_its_formats(project: Project, tmp_path: Path, form: str) -> None:
    folder = delivery(tmp_path / "in", users="1,anna,,RU,30\n")
    project.command("run", landing=folder)
    text = project.command("show", "s_user_chatinfo_current", "--format", form).stdout
    assert "anna" in text
    unknown = project.command("show", "s_user_chatinfos", expect=2)
    assert "did you mean s_user_chatinfo?" in unknown.stderr


def test_the_log_can_be_json_with_the_run_id_on_every_line(
    project: Project, tmp_path: Path
) -> None:
    folder = delivery(tmp_path / "in", users="1,anna,,RU,30\n")
    lines = project.command("run", "--log-format", "json", landing=folder).stderr.splitlines()
    events = [json.loads(line) for line in lines]
    assert len({event["run"] for event in events}) == 1
    assert {"time", "run", "level", "message"} <= events[0].keys()


def test_a_new_project_runs_at_once(tmp_path: Path) -> None:
    start = Project(tmp_path)
    start.command("init", "first")
    project = Project(tmp_path / "first")
    project.command("run", landing=None)
    assert [row["city"] for row in project.show("s_customer_current")][:1] != []
    assert len(project.show("s_customer_current")) == 5
    again = start.command("init", "first", expect=2)
    assert "exists" in again.stderr


def test_duplicates_that_must_not_be_are_told_and_loaded_nowhere(
    project: Project, tmp_path: Path
) -> None:
    file = project.folder / "metadata/vault/social.yml"
    text = file.read_text(encoding="utf-8")
    strict = text.replace("columns: [chat_name]}", "columns: [chat_name], duplicates: fail}")
    file.write_text(strict, encoding="utf-8")
    project.command("render")
    folder = delivery(tmp_path / "in", users="1,anna,,RU,30\n1,boris,,RU,30\n")
    failed = project.command("run", landing=folder, expect=1)
    assert "s_user_chatinfo: 1 rows with the reason 'duplicate key'" in failed.stderr
    assert "users.csv row 1: 1|anna|" in failed.stderr
    counts = project.counts()
    assert (counts["s_user_chatinfo"], counts["s_user_socdem"], counts["h_users"]) == (0, 1, 1)
