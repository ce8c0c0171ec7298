"""The job of the first user: the sample, from the README's first command to the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.conversion_from_csv import conversion
from tests.e2e.project import REPOSITORY, SAMPLE, VAULT, Project

if TYPE_CHECKING:
    from pathlib import Path

# As the issue names them; the standard columns follow.
COLUMNS = {
    "h_users": "hk_user_id user_id registration_dt",
    "h_groups": "hk_group_id group_id registration_dt",
    "h_dialogs": "hk_message_id message_id message_ts",
    "h_group_logs": "hk_group_log_id group_log_id datetime",
    "l_user_message": "hk_l_user_message hk_user_id hk_message_id",
    "l_groups_dialogs": "hk_l_groups_dialogs hk_message_id hk_group_id",
    "l_admins": "hk_l_admins hk_user_id hk_group_id",
    "l_group_logs_users": "hk_l_group_logs_users hk_group_log_id hk_user_id",
    "l_group_logs_groups": "hk_l_group_logs_groups hk_group_log_id hk_group_id",
    "l_group_logs_users_from": "hk_l_group_logs_users_from hk_group_log_id hk_user_id",
    "s_auth_history": "hk_group_log_id user_id_from event event_dt",
    "s_admins": "hk_l_admins is_admin admin_from hashdiff",
    "s_group_name": "hk_group_id group_name hashdiff",
    "s_group_private_status": "hk_group_id is_private hashdiff",
    "s_dialog_info": "hk_message_id message message_from message_to hashdiff",
    "s_user_socdem": "hk_user_id country age hashdiff",
    "s_user_chatinfo": "hk_user_id chat_name hashdiff",
}


def shown_rows(project: Project) -> list[tuple[object, ...]]:
    return [
        (
            int(row["group_id"]),
            row["group_name"] or None,
            row["registration_dt"],
            int(row["cnt_added_users"]),
            int(row["cnt_users_in_group_with_messages"]),
            float(row["group_conversion"]) if row["group_conversion"] else None,
        )
        for row in project.show("group_conversion")
    ]


def expected_rows(*folders: Path) -> list[tuple[object, ...]]:
    return [
        (row[0], row[1], str(row.registration_dt), *row[3:5], row.group_conversion)
        for row in conversion(folders)
    ]


def test_the_report_equals_the_one_computed_from_the_csv_files(loaded: Project) -> None:
    rows = shown_rows(loaded)
    assert len(rows) == 10
    assert rows == expected_rows(SAMPLE)


def test_every_table_has_exactly_the_columns_of_the_order(loaded: Project) -> None:
    found = loaded.query(
        "SELECT table_name, string_agg(column_name, ' ' ORDER BY column_index) "
        "FROM duckdb_columns() WHERE schema_name = 'vault' GROUP BY table_name"
    )
    tables = {name: columns for name, columns in found if name in VAULT}
    assert tables == {name: f"{columns} load_dt load_src" for name, columns in COLUMNS.items()}


def test_ten_rows_of_each_file_are_logged(loaded: Project) -> None:
    log = loaded.environment["DV_GEN_TEST_LOG"] or ""
    for name in ("users", "groups", "dialogs", "group_log"):
        start = next(at for at, line in enumerate(log.splitlines()) if f"{name}.csv (" in line)
        # a header, a rule, ten records; then another file or the first step
        block = log.splitlines()[start + 1 : start + 14]
        assert "----" in block[1]
        assert all(len(line.split(maxsplit=2)) == 3 for line in block[:12])
        assert "first rows" in block[12] or "stage" in block[12]


def test_no_link_and_no_satellite_is_an_orphan(loaded: Project) -> None:
    parents = {
        "hk_user_id": "h_users",
        "hk_group_id": "h_groups",
        "hk_message_id": "h_dialogs",
        "hk_group_log_id": "h_group_logs",
        "hk_l_admins": "l_admins",
    }
    checked = 0
    for table, columns in COLUMNS.items():
        for column in columns.split():
            parent = parents.get(column)
            if parent and parent != table:
                known = f"(SELECT {column} FROM vault.{parent})"
                orphans = loaded.query(f"FROM vault.{table} WHERE {column} NOT IN {known}")
                assert orphans == [], (table, column)
                checked += 1
    assert checked == 12 + 7


def test_a_user_missing_in_users_csv_is_a_hub_row_all_the_same(loaded: Project) -> None:
    found = loaded.query(
        "SELECT count(*) FROM vault.h_users WHERE user_id NOT IN (SELECT id FROM stage.users)"
    )
    assert found[0][0] > 0


def test_a_log_record_without_inviter_makes_no_inviter_link(loaded: Project) -> None:
    links = loaded.query("SELECT count(*) FROM vault.l_group_logs_users_from")[0][0]
    inviters = loaded.query(
        "SELECT count(DISTINCT id) FROM stage.group_log WHERE user_id_from IS NOT NULL"
    )[0][0]
    assert 0 < links == inviters


def test_a_second_run_says_that_nothing_is_new(project: Project) -> None:
    project.command("run")
    before = project.vault()
    again = project.command("run")
    assert "nothing new" in again.stdout
    assert project.vault() == before


def test_reloading_the_same_files_inserts_nothing(project: Project) -> None:
    project.command("run")
    before = project.vault()
    project.command("run", "--reload")
    results = json.loads(
        (project.folder / "generated/duckdb/run_results.json").read_text(encoding="utf-8")
    )
    steps = results["batches"][0]["steps"]
    loads = [step for step in steps if step["kind"] in ("hub", "link", "satellite")]
    assert sum(step["rows_inserted"] for step in loads if step["step"].startswith("load:")) == 0
    assert [step["status"] for step in steps] == ["done"] * len(steps)
    assert project.vault() == before


def test_the_whole_model_is_at_most_90_lines() -> None:
    metadata = REPOSITORY / "metadata"
    files = [*metadata.rglob("*.yml"), *metadata.rglob("*.sql")]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    assert sum(1 for line in lines if line.strip()) <= 90


def test_rendered_sql_in_the_repository_is_current(project: Project) -> None:
    project.command("render", "--check")
