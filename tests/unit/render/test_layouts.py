"""What is said of one table goes before what the target says of all, and that before the usual."""

from __future__ import annotations

from dv_gen import dialects
from dv_gen.errors import Location
from dv_gen.model.physical import Layout, Physical
from dv_gen.model.project import Target
from dv_gen.render.layouts import Layouts

PLACE = Location("metadata/physical.yml", 2)


def layouts(
    said: dict[str, Physical] | None = None, *, dialect: str = "vertica", **physical: object
) -> Layouts:
    settings = {"physical": physical} if physical else {}
    target = Target("cluster", dialect, settings, Location("metadata/project.yml", 3))
    return Layouts(said or {}, target, dialects.get(dialect))


def test_a_table_of_which_nothing_is_said_goes_by_its_key_and_its_date() -> None:
    layout = layouts()("s_users", ["hk_user_id", "load_dt"], date="load_dt")

    assert layout == Layout(("hk_user_id", "load_dt"), ("hk_user_id",), "load_dt", ksafe=None)


def test_a_small_table_is_whole_on_every_node() -> None:
    assert layouts()("as_of", ["as_of_dt"], segmented_by=()).segmented_by == ()


def test_a_target_says_how_many_nodes_may_fail_and_whether_there_are_partitions() -> None:
    layout = layouts(ksafe=1, partitions=False)("s_users", ["hk_user_id"], date="load_dt")

    assert (layout.ksafe, layout.partition_by) == (1, "")


def test_an_engine_without_partitions_of_its_own_has_them_where_they_are_asked_for() -> None:
    usual = layouts(dialect="duckdb")("s_users", ["hk_user_id"], date="load_dt")
    asked = layouts(dialect="duckdb", partitions=True)("s_users", ["hk_user_id"], date="load_dt")

    assert (usual.partition_by, asked.partition_by) == ("", "load_dt")


def test_what_is_said_of_one_table_goes_before_what_the_target_says() -> None:
    said = Physical(PLACE, ("load_dt",), (), "load_dt", 0)
    find = layouts({"s_users": said}, ksafe=2, partitions=False)

    layout = find("s_users", ["hk_user_id"], date="load_dt")

    assert layout == Layout(("load_dt",), (), "load_dt", ksafe=0)


def test_a_table_may_have_no_partitions_where_all_others_have_them() -> None:
    find = layouts({"s_users": Physical(PLACE, partition_by="")})

    assert find("s_users", ["hk_user_id"], date="load_dt").partition_by == ""
    assert find("s_names", ["hk_user_id"], date="load_dt").partition_by == "load_dt"


def test_what_stands_beside_a_stage_is_stored_as_the_stage_is() -> None:
    find = layouts({"users": Physical(PLACE, segmented_by=("row_no",))})

    assert find("users_whole", ["hk_user_id"], like="users").segmented_by == ("row_no",)
