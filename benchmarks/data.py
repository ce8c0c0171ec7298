"""Two deliveries of the social network, at any size: seeded, the same bytes every time.

    python benchmarks/data.py FOLDER --records 1000000 [--seed 7]

writes ``FOLDER/day1`` and ``FOLDER/day2``, each with users.csv, groups.csv, dialogs.csv and
group_log.csv. Day 1 has as many log records and messages as asked, a tenth as many users and a
thousandth (at least twenty) as many groups. Day 2 brings 1 % new rows, 0.5 % changed, 0.5 % sent
again unchanged, and repeats a few of its own lines exactly (0.2 % of its size, at least one).

What the mart relies on: a changed row keeps its id, its registration and who wrote it where; one
file never holds two different rows of one key; an id that users.csv or groups.csv lacks on day 1
(a few writers, a few groups of the log) is lacking on day 2 as well; a log record has its own
point in time.
"""

# ruff: noqa: PLR2004 (the numbers below are shares, periods and multipliers that mix)

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HEADERS = {
    "users": "id,chat_name,registration_dt,country,age",
    "groups": "id,admin_id,group_name,registration_dt,is_private",
    "dialogs": "message_id,message_ts,message_from,message_to,message,message_group",
    "group_log": "group_id,user_id,user_id_from,event,datetime",
}
NEW, CHANGED, SENT_AGAIN, REPEATED = 0.01, 0.005, 0.005, 0.002
UNKNOWN_GROUPS = range(900_000_001, 900_000_006)
UNKNOWN_USERS = range(800_000_001, 800_000_051)

DAYS = [(date(2015, 1, 1) + timedelta(days=n)).isoformat() for n in range(365 * 60)]
SECONDS = [
    f" {hour:02}:{minute:02}:{second:02}"
    for hour in range(24)
    for minute in range(60)
    for second in range(60)
]
COUNTRIES = [
    "Germany",
    "Россия",
    "Spain",
    "",
    "Brazil",
    "Korea, Republic of",
    "France",
    "Қазақстан",
]
NAMES = ["anna", "boris", "lena.k", "Дмитрий", "tom_sawyer", "marta", "Ольга", "kim.j", "x-ray"]
TOPICS = ["Chess", "Рыбалка", "Trail running", "Books, tea", "Go dev", "Сад и огород", "Movies"]
PHRASES = [
    "see you at seven, same place",
    "thanks a lot",
    "who is in for saturday?",
    "не забудьте про встречу",
    "I will send the photos tonight",
    "ok",
    "has anyone tried the new release",
    "that train was late again",
    "cannot make it today sorry",
    "завтра всё расскажу!",
]
ODD_PHRASES = [
    'he said "no", twice',
    "first line\nsecond line",
    "привет, как дела? 🚀",
    "a pipe | and a back\\slash",
    " leading and trailing blanks ",
    "список:\n1. хлеб\n2. молоко, сыр",
    'a "quoted" word',
]


@dataclass
class Table:
    """One file of both days: what day 1 holds and what day 2 takes up again.

    Args:
        rows: How many rows day 1 has.
        rng: Decides which of them come again.
        changes: Whether rows of this table ever change.
    """

    rows: int
    rng: random.Random
    changes: bool = True
    changed: set[int] = field(init=False)
    again: set[int] = field(init=False)
    delta: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Choose the rows that day 2 sends again, changed or not."""
        changed, again = max(1, int(self.rows * CHANGED)), max(1, int(self.rows * SENT_AGAIN))
        chosen = self.rng.sample(range(self.rows), changed + again)
        self.changed = set(chosen[:changed]) if self.changes else set()
        self.again = set(chosen[changed:])

    @property
    def new(self) -> range:
        """The row numbers that day 2 adds."""
        return range(self.rows, self.rows + max(1, int(self.rows * NEW)))

    def write(self, folder: Path, name: str, line: Callable[[int, bool], str]) -> None:
        """Write both days; ``line(number, changed)`` makes one row."""
        _write(folder / "day1", name, self._day1(line))
        self.delta += [line(number, False) for number in self.new]
        repeats = max(1, int(len(self.delta) * REPEATED))
        self.delta += self.rng.sample(self.delta, repeats)
        self.rng.shuffle(self.delta)
        _write(folder / "day2", name, self.delta)

    def _day1(self, line: Callable[[int, bool], str]) -> Iterable[str]:
        for number in range(self.rows):
            text = line(number, False)
            if number in self.again:
                self.delta.append(text)
            elif number in self.changed:
                self.delta.append(line(number, True))
            yield text


def make(folder: Path, log_records: int, seed: int = 7) -> None:
    """Write ``day1`` and ``day2`` under a folder.

    Args:
        folder: Where the two days go; made if it is missing.
        log_records: Rows of group_log.csv, and of dialogs.csv, on day 1 (at least 1,000).
        seed: The same seed and size give the same bytes.
    """
    rng = random.Random(seed)
    users = Table(log_records // 10, rng)
    groups = Table(max(log_records // 1000, 20), rng)
    members: list[tuple[int, int]] = []
    users.write(folder, "users", lambda n, changed: _user(rng, n, changed=changed))
    groups.write(folder, "groups", lambda n, changed: _group(rng, n, users.rows, changed=changed))
    log = Table(log_records, rng, changes=False)
    log.write(folder, "group_log", lambda n, _: _log_record(rng, n, users, groups, members))
    dialogs = Table(log_records, rng)
    spread = [rng.getrandbits(32) for _ in range(4096)]
    dialogs.write(
        folder, "dialogs", lambda n, changed: _message(spread, n, users, members, changed=changed)
    )


def _user(rng: random.Random, number: int, *, changed: bool) -> str:
    identifier = number + 1
    name = NAMES[identifier % len(NAMES)] + str(identifier % 9973)
    country = COUNTRIES[identifier * 7 % 11 % len(COUNTRIES)]
    age = "" if identifier % 13 == 0 else str(14 + identifier * 31 % 60)
    if changed:
        which = rng.random()
        name = name + ", the 2nd" if which < 0.4 else name
        country = "Portugal" if which >= 0.4 else country
        age = str(75 + identifier % 20) if which > 0.8 else age
    joined = _moment(identifier * 9_176_263 % 94_000_000, identifier)
    return f"{identifier},{_quoted(name)},{joined},{_quoted(country)},{age}"


def _group(rng: random.Random, number: int, users: int, *, changed: bool) -> str:
    identifier = number + 1
    topic = TOPICS[identifier % len(TOPICS)]
    name = f"{topic} {identifier}" + (f' "{rng.randrange(100)}"' if changed else "")
    # In steps of six hours, so that some groups are equally old.
    founded = _moment(identifier * 7919 % 1000 * 21_600 % 31_000_000, 1)
    admin = identifier * 104_729 % users + 1
    private = "true" if identifier % 3 == 0 else "false"
    return f"{identifier},{admin},{_quoted(name)},{founded},{private}"


def _log_record(
    rng: random.Random, number: int, users: Table, groups: Table, members: list[tuple[int, int]]
) -> str:
    chance = rng.random()
    user = int(rng.random() * users.rows) + 1
    group = int(rng.random() ** 1.5 * groups.rows) + 1
    moment = _moment(40_000_000 + number * 150 + int(chance * 100), number)
    if chance < 0.001:
        group = UNKNOWN_GROUPS[number % len(UNKNOWN_GROUPS)]
    if number < groups.rows:
        return f"{number + 1},{(number + 1) * 104_729 % users.rows + 1},,create,{moment}"
    if chance > 0.8:
        return f"{group},{user},,leave,{moment}"
    members.append((group, user))
    inviter = int(rng.random() * users.rows) + 1 if chance < 0.35 else ""
    return f"{group},{user},{inviter},add,{moment}"


def _message(
    spread: list[int], number: int, users: Table, members: list[tuple[int, int]], *, changed: bool
) -> str:
    """One message; who, where and when depend on its number alone, so that a change keeps them."""
    bits = spread[number & 4095] ^ (number * 2_654_435_761 & 0xFFFFFFFF)
    kind, other = bits % 1000, (bits >> 10) % users.rows + 1
    sender, to, group = (bits * 31 >> 7) % users.rows + 1, "", ""
    if kind < 550:
        group, sender = members[(bits >> 4) % len(members)]
    elif kind < 600:
        group = members[(bits >> 4) % len(members)][0]
    else:
        to = other
    if kind == 999:
        sender = UNKNOWN_USERS[number % len(UNKNOWN_USERS)]
    if bits % 101 == 0:
        text = _quoted(ODD_PHRASES[number % len(ODD_PHRASES)])
    elif bits % 503 < 2:
        text = ('""', "")[bits % 503]
    else:
        text = f"{PHRASES[bits % 10]} {PHRASES[(bits >> 8) % 10]} {number}"
        text = _quoted(text)
    if changed:
        text = _quoted(f"edited, {number}")
    return f"{number + 1},{_moment(45_000_000 + number * 140, number)},{sender},{to},{text},{group}"


def _moment(seconds: int, number: int) -> str:
    day, second = divmod(seconds, 86_400)
    fraction = f".{number % 999_983:06}" if number % 50 == 49 else ""
    return DAYS[day] + SECONDS[second] + fraction


def _quoted(text: str) -> str:
    if '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return f'"{text}"' if "," in text or "\n" in text else text


def _write(folder: Path, name: str, lines: Iterable[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
        out.write(HEADERS[name] + "\n")
        out.writelines(line + "\n" for line in lines)


def main() -> None:
    """Read the command line and make the data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=100_000, help="log records on day 1")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    began = time.perf_counter()
    make(given.folder, given.records, given.seed)
    print(f"{given.folder}: {given.records:,} records in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
