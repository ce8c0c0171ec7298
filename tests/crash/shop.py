"""A project with an entity of every kind, and two days of deliveries, for runs that are cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """
sources:
  customers:
    file: customers*.csv
    max_rejects: 5
    columns: {id: integer not null, name: varchar(20), city: varchar(20), team: integer}
    keys: {h_customer: id, h_team: team}
  phones:
    file: phones*.csv
    columns: {id: integer not null, place: varchar(10), phone: varchar(20)}
    keys: {h_customer: id}
  members:
    file: members*.csv
    delivery: full
    columns: {id: integer not null, level: varchar(10)}
    keys: {h_customer: id}
  countries:
    file: countries*.csv
    columns: {code: varchar(2) not null, name: varchar(20)}
  size:
    query: size.sql
    columns: {team: integer not null, customers: integer}
    keys: {h_team: {columns: team, feeds: false}}
hubs:
  h_customer: {key: customer_id}
  h_team: {key: team_id}
links:
  l_member: {source: customers, hubs: [h_customer, h_team]}
  l_named: {source: customers, hubs: [h_customer, h_team], child_keys: [name], columns: [city]}
satellites:
  s_customer: {source: customers, parent: h_customer, columns: [name, city]}
  s_city: {source: customers, parent: h_customer, columns: [city], historized: false}
  s_phone: {source: phones, parent: h_customer, child_keys: [place], columns: [phone]}
  s_member: {source: customers, parent: l_member, driving_key: h_customer}
  t_customer: {type: record_tracking, source: customers, parent: h_customer}
  t_member: {type: status_tracking, source: members, parent: h_customer, columns: [level]}
  s_size: {source: size, parent: h_team, columns: [customers]}
references:
  r_country: {source: countries, key: code, columns: all}
calendars:
  as_of: {daily: 3}
pits:
  p_customer: {hub: h_customer, satellites: [s_customer, s_phone], calendar: as_of}
bridges:
  b_team: {start: h_team, links: [{l_member: {effectivity: s_member}}], calendar: as_of}
marts:
  cities: {sql: cities.sql, materialized: table, order_by: city}
  teams: {sql: teams.sql, materialized: view}
"""
QUERIES = {
    "size.sql": """SELECT t.team_id AS team, COUNT(*) AS customers
FROM {{ ref('l_member') }} AS l
JOIN {{ ref('h_team') }} AS t ON t.hk_team_id = l.hk_team_id
GROUP BY t.team_id
""",
    "cities.sql": """SELECT city, COUNT(*) AS customers
FROM {{ ref('s_customer_current') }}
GROUP BY city
""",
    "teams.sql": "SELECT team_id FROM {{ ref('h_team') }}\n",
}
# Two files of one source on a day; a reject on each; changes, returns, things that vanish.
DAYS = (
    {
        "customers_a1.csv": "id,name,city,team\n1,ann,Ulm,1\n2,bob,Jena,1\n3,cid,Ulm,2\nx,,Ulm,1\n",
        "customers_b1.csv": "id,name,city,team\n4,dan,Bonn,2\n1,ann,Ulm,1\n5,eve,,\n",
        "phones1.csv": "id,place,phone\n1,home,11\n1,work,12\n2,home,21\n",
        "members1.csv": "id,level\n1,gold\n2,tin\n",
        "countries1.csv": "code,name\nDE,Germany\nFR,France\n",
    },
    {
        "customers_a2.csv": "id,name,city,team\n1,ann,Kiel,2\n2,bob,Jena,1\n6,fay,Ulm,3\n",
        "customers_b2.csv": "id,name,city,team\n3,cid,Ulm,3\n7,,Bonn,1\n8,ida,Bonn\n",
        "phones2.csv": "id,place,phone\n1,home,11\n2,home,22\n2,work,23\n",
        "members2.csv": "id,level\n2,gold\n3,tin\n",
        "countries2.csv": "code,name\nDE,Germany\nFR,La France\nIT,Italy\n",
    },
)
DATES = ("2026-03-01", "2026-03-02")


def write_shop(folder: Path, target: str) -> None:
    """Write the project; ``target`` is the settings of its only target, a YAML flow map."""
    metadata = folder / "metadata"
    metadata.mkdir(parents=True)
    (folder / "landing").mkdir()
    (metadata / "project.yml").write_text(
        f"name: shop\nghosts: true\ntargets: {{here: {target}}}\n", encoding="utf-8"
    )
    (metadata / "model.yml").write_text(MODEL, encoding="utf-8")
    for name, text in QUERIES.items():
        (metadata / name).write_text(text, encoding="utf-8")


def deliver(folder: Path, day: int) -> None:
    """Put the files of a day into the landing, beside those of the days before."""
    for name, text in DAYS[day].items():
        (folder / "landing" / name).write_text(text, encoding="utf-8")
