from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds import hub as hubs
from dv_gen.kinds import link as links
from dv_gen.kinds import multi_active, stage
from dv_gen.kinds import satellite as satellites

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dv_gen.model.entities import Model

    Reader = Callable[..., Model]

SOCIAL = """\
sources:
  users:
    file: users.csv
    columns: {id: integer not null, name: varchar(50), born: date, joined: timestamp}
    keys: {h_users: id}
  log:
    file: log.csv
    columns:
      {group_id: integer, user_id: integer, user_id_from: bigint, at: timestamp, event: varchar(9)}
    surrogate: {id: [group_id, user_id, at]}
    keys: {h_logs: id, h_groups: group_id, h_users: user_id, h_users.inviter: user_id_from}
hubs:
  h_users: {key: user_id, columns: {joined: users.joined}}
  h_groups: {key: group_id}
  h_logs: {key: log_id}
"""


def test_a_hash_key_is_named_after_the_business_key_and_a_second_use_after_its_role(
    model_of: Reader,
) -> None:
    hub = model_of(SOCIAL).hubs["h_users"]

    assert hub.hash_key == "hk_user_id"
    assert [(feed.source, feed.role, feed.hash_key) for feed in hub.feeds] == [
        ("users", "", "hk_user_id"),
        ("log", "", "hk_user_id"),
        ("log", "inviter", "hk_user_id_inviter"),
    ]


def test_the_key_of_a_hub_is_as_wide_as_its_widest_feed(model_of: Reader) -> None:
    (key,) = model_of(SOCIAL).hubs["h_users"].key

    assert (key.name, str(key.type)) == ("user_id", "bigint")


def test_a_hub_has_hash_key_business_key_extra_columns_load_date_and_record_source(
    model_of: Reader,
) -> None:
    model = model_of(SOCIAL)

    assert [column.name for column in hubs.columns(model.hubs["h_users"], model)] == [
        "hk_user_id",
        "user_id",
        "joined",
        "load_dt",
        "load_src",
    ]


def test_an_extra_column_is_read_where_the_record_is_the_hubs_own(model_of: Reader) -> None:
    model = model_of(SOCIAL)

    feeds = [(feed.source, feed.extra) for feed in hubs.feed_rows(model.hubs["h_users"], model)]

    # The feed that knows the extra column comes first: of equal rows it wins.
    assert feeds == [("users", ("joined",)), ("log", (None,)), ("log", (None,))]


def test_an_extra_column_may_come_from_several_sources(model_of: Reader) -> None:
    model = model_of(
        """\
        sources:
          a: {file: a.csv, columns: {id: integer, name: varchar(10)}, keys: {h: id}}
          b: {file: b.csv, columns: {nr: integer, title: varchar(30)}, keys: {h: nr}}
        hubs: {h: {key: id, columns: {name: [a.name, b.title]}}}
        """
    )

    hub = model.hubs["h"]
    assert [(column.name, str(column.type)) for column in hub.extra] == [("name", "varchar(30)")]
    assert [feed.extra for feed in hub.feeds] == [("name",), ("title",)]


def test_a_link_names_a_hub_by_role_and_still_takes_the_plain_hash_key_name(
    model_of: Reader,
) -> None:
    model = model_of(SOCIAL + "links: {l_from: {source: log, hubs: [h_logs, h_users.inviter]}}\n")

    link = model.links["l_from"]
    assert [column.name for column in links.columns(link, model)] == [
        "hk_l_from",
        "hk_log_id",
        "hk_user_id",
        "load_dt",
        "load_src",
    ]
    assert link.feeds[0].hash_keys == ("hk_log_id", "hk_user_id_inviter")


def test_a_link_that_holds_a_hub_twice_names_the_role_behind_the_hash_key(
    model_of: Reader,
) -> None:
    model = model_of(SOCIAL + "links: {l_pair: {source: log, hubs: [h_users, h_users.inviter]}}\n")

    assert [column.name for column in links.columns(model.links["l_pair"], model)] == [
        "hk_l_pair",
        "hk_user_id",
        "hk_user_id_inviter",
        "load_dt",
        "load_src",
    ]


def test_child_keys_and_several_sources_of_a_link_are_in_the_order_of_the_metadata(
    model_of: Reader,
) -> None:
    model = model_of(
        """\
        sources:
          a: {file: a.csv, columns: {o: integer, p: integer, n: smallint}, keys: {h_o: o, h_p: p}}
          b: {file: b.csv, columns: {p: integer, o: integer, n: integer}, keys: {h_o: o, h_p: p}}
        hubs: {h_o: {key: order_no}, h_p: {key: product_no}}
        links: {l: {source: [a, b], hubs: [h_p, h_o], child_keys: n, hash_key: hk_line}}
        """
    )

    link = model.links["l"]
    assert [feed.source for feed in link.feeds] == ["a", "b"]
    assert [feed.hash_keys for feed in link.feeds] == [("hk_product_no", "hk_order_no")] * 2
    assert [(column.name, str(column.type)) for column in link.child_keys] == [("n", "integer")]
    assert link.hash_key == "hk_line"


def test_a_composite_key_is_mapped_column_by_column_and_names_the_hash_key(
    model_of: Reader,
) -> None:
    model = model_of(
        """\
        sources:
          a: {file: a.csv, columns: {company: integer, nr: varchar(9)}, keys: {h: [company, nr]}}
        hubs: {h: {key: {company_no: varchar(20), order_no: varchar(20)}}}
        """
    )

    hub = model.hubs["h"]
    assert hub.hash_key == "hk_company_no_order_no"
    assert [(item.name, str(item.type)) for item in hub.key] == [
        ("company_no", "varchar(20)"),
        ("order_no", "varchar(20)"),
    ]
    assert hub.feeds[0].columns == ("company", "nr")


def test_a_source_that_does_not_feed_a_hub_still_has_its_hash_key(model_of: Reader) -> None:
    model = model_of(
        """\
        sources:
          users: {file: u.csv, columns: {id: integer}, keys: {h_users: id}}
          mail:
            file: m.csv
            columns: {id: integer, reader: integer}
            keys: {h_mail: id, h_users: {columns: reader, feeds: false}}
        hubs: {h_users: {key: user_id}, h_mail: {key: mail_id}}
        """
    )

    assert [feed.source for feed in model.hubs["h_users"].feeds] == ["users"]
    names = [column.name for column in stage.columns(model.sources["mail"], model)]
    assert names == ["id", "reader", "load_dt", "load_src", "row_no", "hk_user_id", "hk_mail_id"]


def test_a_satellite_names_its_columns_and_may_rename_them(model_of: Reader) -> None:
    model = model_of(
        SOCIAL + "satellites: {s: {source: users, parent: h_users, columns: [name, {day: born}]}}\n"
    )

    assert [column.name for column in satellites.columns(model.satellites["s"], model)] == [
        "hk_user_id",
        "name",
        "day",
        "hashdiff",
        "load_dt",
        "load_src",
    ]


def test_all_columns_are_those_that_are_none_of_the_sources_keys(model_of: Reader) -> None:
    model = model_of(
        SOCIAL
        + """\
satellites:
  s_all: {source: users, parent: h_users, columns: all}
  s_some: {source: users, parent: h_users, columns: "all except [born, joined]"}
  s_log: {source: log, parent: h_logs, columns: all}
"""
    )

    chosen = {
        name: [column.name for column in satellite.columns]
        for name, satellite in model.satellites.items()
    }
    assert chosen == {
        "s_all": ["name", "born", "joined"],
        "s_some": ["name"],
        "s_log": ["at", "event"],
    }


def test_a_satellite_of_a_role_has_the_hubs_plain_key_and_reads_the_roles(
    model_of: Reader,
) -> None:
    model = model_of(
        SOCIAL + "satellites: {s: {source: log, parent: h_users.inviter, columns: [event]}}\n"
    )

    satellite = model.satellites["s"]
    assert (satellite.parent, satellite.parent_key) == ("h_users", "hk_user_id")
    assert satellite.stage_key == "hk_user_id_inviter"
    assert satellite.key_nullable


def test_a_satellite_of_a_link_has_the_links_key(model_of: Reader) -> None:
    model = model_of(
        SOCIAL
        + """\
links: {l: {source: log, hubs: [h_groups, h_users]}}
satellites: {s: {source: log, parent: l, columns: [event], order_by: [at], duplicates: first}}
"""
    )

    satellite = model.satellites["s"]
    assert (satellite.parent_key, satellite.stage_key) == ("hk_l", "hk_l")
    assert (satellite.order_by, satellite.duplicates) == (("at",), "first")


def test_events_have_no_hashdiff_and_no_views(model_of: Reader) -> None:
    model = model_of(
        SOCIAL
        + "satellites: {s: {source: log, parent: h_logs, columns: [event], historized: false}}\n"
    )

    names = [column.name for column in satellites.columns(model.satellites["s"], model)]
    assert names == ["hk_log_id", "event", "load_dt", "load_src"]
    assert [table.name for table in satellites.KIND.tables(model)] == ["s"]


def test_the_history_view_ends_each_version_and_marks_the_newest(model_of: Reader) -> None:
    model = model_of(
        SOCIAL + "satellites: {s: {source: users, parent: h_users, columns: [name]}}\n",
        project=(
            "name: test\n"
            "naming: {load_dt: ldts, load_src: rsrc, hashdiff: hd, hash_key_prefix: h_}\n"
            "targets: {local: {type: duckdb, path: w.duckdb}}\n"
        ),
    )

    names = [column.name for column in satellites.history_columns(model.satellites["s"], model)]
    assert names == ["h_user_id", "name", "hd", "ldts", "rsrc", "ldts_end", "is_current"]


def test_files_may_be_split_any_way_and_sections_may_be_empty(model_of: Reader) -> None:
    model = model_of(
        "hubs:\nlinks: {}\n",
        a="sources: {a: {file: a.csv, columns: {id: integer}, keys: {h: id}}}\n",
        b="# nothing yet\n",
        c="hubs: {h: {key: id}}\n",
    )

    assert (list(model.sources), list(model.hubs)) == (["a"], ["h"])


def test_a_mart_knows_what_it_reads_in_the_order_of_its_text(
    model_of: Reader, tmp_path: Path
) -> None:
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata/m.sql").write_text(
        "{# ref('h_groups') is not read #}\n"
        "SELECT * FROM {{ ref('h_users') }} JOIN {{ ref( \"h_logs\" ) }} ON TRUE\n"
        "WHERE 'ref(''x'')' <> '' -- {{ ref('h_users') }}\n"
    )

    model = model_of(SOCIAL + "marts: {m: {sql: m.sql, materialized: view}}\n")

    assert model.marts["m"].refs == ("h_users", "h_logs")


MEMBERS = """\
  members:
    file: members.csv
    columns: {user: bigint, name: varchar(80) not null, born: date, weight: double}
    keys: {h_users: user}
"""


def test_a_satellite_of_several_sources_has_the_widest_types_and_a_hashdiff_in_each_stage(
    model_of: Reader,
) -> None:
    model = model_of(
        SOCIAL.replace("hubs:\n", MEMBERS + "hubs:\n") + "satellites:\n"
        "  s: {source: [users, members], parent: h_users, columns: [name, {day: born}]}\n"
    )

    satellite = model.satellites["s"]
    assert [(feed.source, feed.key_nullable) for feed in satellite.feeds] == [
        ("users", False),
        ("members", True),
    ]
    assert [str(column.type) for column in satellite.columns] == ["varchar(80)", "date"]
    assert [str(feed.columns[0].type) for feed in satellite.feeds] == ["varchar(50)", "varchar(80)"]
    for name in ("users", "members"):
        stored = [column.name for column in stage.columns(model.sources[name], model)]
        assert stored[-1] == "hashdiff_s"


def test_a_satellite_without_a_hashdiff_has_none_in_table_stage_and_views(
    model_of: Reader,
) -> None:
    model = model_of(
        SOCIAL.replace("hubs:\n", MEMBERS + "hubs:\n") + "satellites:\n"
        "  s: {source: members, parent: h_users, columns: [weight], hashdiff: false}\n"
    )

    own = ["hk_user_id", "weight", "load_dt", "load_src"]
    tables = {table.name: table.columns for table in satellites.KIND.tables(model)}
    assert [column.name for column in tables["s"]] == own
    assert [column.name for column in tables["s_current"]] == own
    stored = [column.name for column in stage.columns(model.sources["members"], model)]
    assert not [name for name in stored if "hashdiff" in name]


def test_a_multi_active_satellite_has_its_child_keys_beside_the_parents_key(
    model_of: Reader,
) -> None:
    model = model_of(
        SOCIAL + "satellites:\n"
        "  s: {source: log, parent: h_users, child_keys: event, columns: [{since: at}]}\n"
    )

    (table,) = [table for table in multi_active.KIND.tables(model) if table.name == "s"]
    assert [column.name for column in table.columns] == [
        *("hk_user_id", "event", "since"),
        *("hashdiff", "load_dt", "load_src"),
    ]
    (loading,) = [step for step in multi_active.KIND.steps(model) if step.phase == "load"]
    assert (loading.kind, loading.path) == ("satellite", "satellites/s.sql")
    assert (loading.needs, loading.sources) == (("h_users",), ("log",))
