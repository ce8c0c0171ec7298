"""Make the sample of the social network: four CSV files, the same bytes every time.

    python metadata/make_sample.py

rewrites users.csv, groups.csv, dialogs.csv and group_log.csv beside this file. They hold what real
exports hold: commas, doubled quotes and line breaks within quotes, Cyrillic and emoji, empty
values (an unquoted one is unknown, a quoted one an empty text), texts that look like NULL, members
who left and came back, guests who wrote without joining, a message from someone users.csv lacks, a
log record of a group groups.csv lacks, a line sent twice.

The ten oldest groups are drawn by hand (``OLDEST``), so that their conversion is known: how many
joined, how many of those wrote. Nobody joined one of them, and four of them are equally old.
"""

# ruff: noqa: RUF001 (Cyrillic is meant)
# ruff: noqa: PLR2004 (the numbers below are shares and sizes)

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SEED = 20180203
USERS = 1200
MISSING_USERS = (1301, 1302, 1303, 1307)
UNKNOWN_GROUPS = (901, 905)
LAST_DAY = datetime.fromisoformat("2020-12-31 23:00:00")
EQUALLY_OLD = "2018-06-01 12:00:00"

# id, registration, name, how many joined, how many of those wrote
OLDEST = [
    (23, "2018-02-03 10:15:00", "Trail running, hills & mud", 124, 78),
    (7, "2018-02-11 18:40:12.250000", 'Chess club "Gambit"', 81, 67),
    (34, "2018-03-08 09:00:00", "Рыбалка на выходных 🎣", 96, 31),
    (15, "2018-03-08 09:00:01", "Book club, Tuesdays", 0, 0),
    (2, "2018-04-17 20:05:33", "Board games", 140, 103),
    (29, "2018-04-30 07:30:00", 'Ретро-кино: "Мосфильм", "Ленфильм"', 67, 58),
    (11, "2018-05-02 13:13:13", "Sourdough 🍞", 58, 26),
    (40, "2018-05-21 22:10:45", "Photo walks", 110, 61),
    (12, EQUALLY_OLD, "Go developers", 92, 44),
    (18, EQUALLY_OLD, "Сад и огород", 75, 52),
    (25, EQUALLY_OLD, "Stargazing", 88, 80),
    (31, EQUALLY_OLD, "Cycling to work", 64, 60),
]
LATER = [
    "Home brewing", "Йога по утрам", "Sketching", "Vinyl, tapes & co", "Кофе ☕", "Hiking",
    "Crosswords", "Городские квесты", "Sailing", "Ukulele", "Бег, лыжи, плавание", "Knitting 🧶",
    "Python evenings", "Настольный теннис", "Film scores", "Urban birds", "Старые карты",
    'The "other" book club', "Street food", "Climbing", "Походы", "Data & beer", "Foraging 🍄",
    "Theatre", "Шашки", "Old cameras", "Quiz night\n(Thursdays)", "Кино",
]  # fmt: skip
DESERTED = {4, 15, 36}

FIRST_NAMES = [
    "anna", "lena", "marta", "tom", "oleg", "nina", "joao", "mikko", "sven", "carla", "igor",
    "Анна", "Дмитрий", "Ольга", "Тимур", "Светлана", "Лёша", "Зоя", "Пётр", "Ира", "Maëlle",
    "Jürgen", "Þóra", "Łukasz",
]  # fmt: skip
LAST_NAMES = [
    "petrova", "smith", "k", "lopez", "ivanov", "berg", "silva", "novak", "Волкова", "Орлов",
    "Ким", "Соколова", "Белый", "o'neil", "van Dijk",
]  # fmt: skip
ODD_NAMES = [
    "Smith, John", 'Tom "TNT" Hill', "🚀 rocket 🚀", " two  blanks ", "null", 'Ольга, просто "Оля"',
    "back\\slash", "a|b",
]  # fmt: skip
COUNTRIES = [
    "Germany", "Россия", "Spain", "Brazil", "Korea, Republic of", "Kazakhstan", "Poland",
    "Côte d'Ivoire", "Georgia", "Portugal", "Iceland",
]  # fmt: skip
SENTENCES = [
    "Who is in for Saturday?", "I can bring the maps.", "Count me in!", "Sorry, not this time.",
    "See you at seven, same place.", "Has anyone seen my blue bottle?", "Great evening, thanks all",
    "The weather looks fine until noon, then rain.", "I have uploaded the pictures.", "ok", "+1",
    "Could somebody explain the new rules to me?", "We need two more people.",
    "Running late, 10 min", "Next week I am away, please go without me.", "haha",
    "That was the best one so far!",
    "Кто идёт в субботу?", "Я за!", "Спасибо, было очень здорово.", "Давайте встретимся у входа.",
    "Опоздаю минут на десять.", "Фотографии выложу вечером.", "Не забудьте взять воду и перекус.",
    "Кто-нибудь знает хорошее место рядом?", "Договорились", "А можно прийти с другом?",
    "¿Quedamos a las ocho?", "Schade, ich bin krank.", "Até amanhã!",
]  # fmt: skip
TAILS = ["", "", "", "", " 🙂", " 😂😂", "!!", " 👍", " :)"]
ODD_MESSAGES = [
    'She said "never again", and then came back', "Shopping list:\n- bread\n- milk, eggs\n- tea",
    "Список:\n1. палатка\n2. спички, соль\n", '"', "NULL", "\\N", "N/A", "path is C:\\temp\\new",
    "either|or", " leading and trailing ", "1,5", '""', "🎉🎊\n🎂", "tab\there", "'single' quotes",
    'Цитата: «Всё течёт», "всё меняется"', "true", "2020-02-30", "\n", "=SUM(A1:A3)",
]  # fmt: skip

Cell = str | int | None


@dataclass
class Group:
    """A group and the people in it."""

    identifier: int
    name: str | None
    registered: datetime
    admin: int
    members: list[int]
    writers: list[int]
    joined_at: dict[int, datetime] = field(default_factory=dict)


class Sample:
    """Everything drawn from one seeded generator, in one order."""

    def __init__(self) -> None:
        self.rng = random.Random(SEED)
        self.registered: dict[int, datetime] = {}
        self.log: dict[tuple[Cell, ...], tuple[Cell, ...]] = {}
        self.dialogs: list[tuple[datetime, int, int | None, str | None, int | None]] = []

    def write(self, folder: Path) -> None:
        """Draw the four tables and write them."""
        users = self.users()
        groups = self.groups()
        for group in groups:
            self.membership(group)
            self.conversation(group)
        self.strangers()
        self.direct_messages(3300)
        _write(folder / "users.csv", "id,chat_name,registration_dt,country,age", users)
        _write(
            folder / "groups.csv",
            "id,admin_id,group_name,registration_dt,is_private",
            self.group_rows(groups),
        )
        _write(
            folder / "dialogs.csv",
            "message_id,message_ts,message_from,message_to,message,message_group",
            self.numbered_messages(),
        )
        _write(
            folder / "group_log.csv",
            "group_id,user_id,user_id_from,event,datetime",
            self.log_rows(),
        )

    def users(self) -> list[tuple[Cell, ...]]:
        """Draw users.csv, in the order of registration more or less, ids from 1."""
        rows: list[tuple[Cell, ...]] = []
        start = datetime.fromisoformat("2017-05-01 08:00:00")
        for identifier in range(1, USERS + 1):
            moment = start + timedelta(hours=identifier * 18 + self.rng.randrange(400))
            self.registered[identifier] = moment = self.moment(moment)
            name = self.rng.choice(FIRST_NAMES)
            if self.rng.random() < 0.6:
                name += self.rng.choice([".", "_", " ", ""]) + self.rng.choice(LAST_NAMES)
            if self.rng.random() < 0.5:
                name += str(self.rng.randrange(1, 2000))
            if identifier % 61 == 0:
                name = ODD_NAMES[identifier // 61 % len(ODD_NAMES)]
            known_name: str | None = {300: "", 301: None, 777: None}.get(identifier, name)
            country = None if self.rng.random() < 0.07 else self.rng.choice(COUNTRIES)
            country = "" if identifier % 211 == 0 else country
            age = None if self.rng.random() < 0.12 else self.rng.randrange(14, 78)
            when = None if identifier in {58, 640} else str(moment)
            rows.append((identifier, known_name, when, country, age))
        return rows

    def groups(self) -> list[Group]:
        """Draw the groups: the oldest as written above, the later ones at random."""
        groups = [
            self.group(identifier, name, datetime.fromisoformat(when), joined, wrote)
            for identifier, when, name, joined, wrote in OLDEST
        ]
        taken = {group.identifier for group in groups}
        free = [number for number in range(1, 41) if number not in taken]
        for place, (identifier, name) in enumerate(zip(free, LATER, strict=True)):
            when = self.moment(datetime.fromisoformat("2018-07-02 09:00:00"), days=20 * place + 15)
            joined = 0 if identifier in DESERTED else self.rng.randrange(12, 130)
            wrote = int(joined * (0.2 + 0.75 * self.rng.random()))
            groups.append(self.group(identifier, name, when, joined, wrote))
        self.rng.shuffle(groups)
        return groups

    def group(
        self, identifier: int, name: str, registered: datetime, joined: int, wrote: int
    ) -> Group:
        """Draw a group's people: the admin, who has not joined but created it, and the members."""
        admin = self.rng.choice(
            [user for user, when in self.registered.items() if when < registered]
        )
        members = self.rng.sample([user for user in self.registered if user != admin], joined)
        return Group(identifier, name, registered, admin, members, members[:wrote])

    def membership(self, group: Group) -> None:
        """Log the creation, who was added by whom, who left, who came back."""
        self.record(group.identifier, group.admin, None, "create", group.registered)
        insiders = [group.admin]
        for user in group.members:
            joined = self.after(max(group.registered, self.registered[user]))
            group.joined_at[user] = joined
            inviter = self.rng.choice(insiders) if self.rng.random() < 0.55 else None
            self.record(group.identifier, user, inviter, "add", joined)
            insiders.append(user)
            moment = joined
            while self.rng.random() < 0.3:
                moment = self.after(moment)
                self.record(group.identifier, user, None, "leave", moment)
                if self.rng.random() < 0.5:
                    break
                moment = self.after(moment)
                inviter = self.rng.choice(insiders) if self.rng.random() < 0.3 else None
                self.record(group.identifier, user, inviter, "add", moment)

    def conversation(self, group: Group) -> None:
        """Let the writers write, and now and then the admin or a guest who never joined."""
        for user in group.writers:
            for _ in range(1 + int(self.rng.random() ** 3 * 8)):
                self.message(self.after(group.joined_at[user]), user, None, group.identifier)
        outsiders = sorted(set(range(1, USERS + 1)) - set(group.members))
        for user in [group.admin, *self.rng.sample(outsiders, 3 + len(group.members) // 10)]:
            since = max(group.registered, self.registered[user])
            self.message(self.after(since), user, None, group.identifier)

    def strangers(self) -> None:
        """Let users write whom users.csv lacks, and log groups that groups.csv lacks."""
        start = datetime.fromisoformat("2019-03-01 00:00:00")
        for user in MISSING_USERS:
            self.message(self.after(start), user, None, self.rng.choice([2, 23, 34]))
            self.message(self.after(start), user, self.rng.randrange(1, USERS), None)
        for group in UNKNOWN_GROUPS:
            for user in self.rng.sample(range(1, USERS + 1), 6):
                self.record(group, user, None, "add", self.after(start))
                self.message(self.after(start), user, None, group)
        self.record(2, MISSING_USERS[0], 17, "leave", self.after(start))

    def direct_messages(self, count: int) -> None:
        """Draw messages from one user to another, a few of them to nobody."""
        for _ in range(count):
            sender, to = self.rng.sample(range(1, USERS + 1), 2)
            moment = self.after(max(self.registered[sender], self.registered[to]))
            self.message(moment, sender, None if self.rng.random() < 0.005 else to, None)

    def message(self, moment: datetime, sender: int, to: int | None, group: int | None) -> None:
        """Add one message; its number follows from its time."""
        chance = self.rng.random()
        text: str | None
        if chance < 0.015:
            text = self.rng.choice(ODD_MESSAGES)
        elif chance < 0.025:
            text = self.rng.choice(["", None])
        else:
            count = 1 + int(self.rng.random() * 2.6)
            text = " ".join(self.rng.choice(SENTENCES) for _ in range(count)) + self.rng.choice(
                TAILS
            )
        if chance > 0.9995:
            text = " ".join(SENTENCES[:12])
        self.dialogs.append((moment, sender, to, text, group))

    def record(
        self, group: int, user: int, inviter: int | None, event: str, moment: datetime
    ) -> None:
        """Add one log record, at most one for a group, user, event and point in time."""
        self.log.setdefault(
            (group, user, event, str(moment)), (group, user, inviter, event, str(moment))
        )

    def group_rows(self, groups: list[Group]) -> list[tuple[Cell, ...]]:
        """Turn the groups into rows, a few values unknown, among the later groups only."""
        rows: list[tuple[Cell, ...]] = []
        for group in groups:
            private = "true" if self.rng.random() < 0.3 else "false"
            name = {39: None, 38: ""}.get(group.identifier, group.name)
            when = None if group.identifier == 37 else str(group.registered)
            known = None if group.identifier == 35 else private
            rows.append((group.identifier, group.admin, name, when, known))
        return rows

    def numbered_messages(self) -> Iterable[tuple[Cell, ...]]:
        """Number the messages in the order of their time."""
        self.dialogs.sort(key=lambda one: (one[0], one[1], one[2] or 0, one[4] or 0))
        for number, (moment, sender, to, text, group) in enumerate(self.dialogs, start=100_001):
            yield number, str(moment), sender, to, text, group

    def log_rows(self) -> list[tuple[Cell, ...]]:
        """Put the log in the order of time; two lines come twice, as a careless export does it."""
        rows = sorted(self.log.values(), key=lambda one: (str(one[4]), one[:2], str(one[3])))
        for place in (2500, 1200):
            rows.insert(place + 3, rows[place])
        return rows

    def after(self, moment: datetime) -> datetime:
        """Return a later point in time, sooner rather than later, before the sample ends."""
        left = max(LAST_DAY - moment, timedelta(days=1))
        return self.moment(moment + timedelta(minutes=5) + left * (self.rng.random() ** 2))

    def moment(self, moment: datetime, *, days: int = 0) -> datetime:
        """Return a moment in whole seconds, one in forty with microseconds."""
        moment += timedelta(days=days, seconds=self.rng.randrange(3600))
        fraction = self.rng.randrange(1, 10**6) if self.rng.random() < 0.025 else 0
        return moment.replace(microsecond=fraction)


def _write(file: Path, header: str, rows: Iterable[tuple[Cell, ...]]) -> None:
    lines = [header, *(",".join(map(_cell, row)) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print(f"{file.name}: {len(lines) - 1:,} rows, {file.stat().st_size:,} bytes")


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    text = str(value)
    if text and not any(mark in text for mark in ',"\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


if __name__ == "__main__":
    Sample().write(Path(__file__).parent / "sample")
