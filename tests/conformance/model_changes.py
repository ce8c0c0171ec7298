"""The changes of the shop's model, row by row, with what has to come of each by hand.

The numbers are those of the list of changes that the rules P1, P2 and P6 were written for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.conformance.changing import CUSTOMERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.changing import Metadata, Shop

    Rows = list[tuple[Any, ...]]

# What becomes of the second run: it loads; it stops, and the statements that it prints are run, or
# its words are followed in the metadata; it stops and nothing leads on.
LOADS, STATEMENTS, WORDS = "loads", "statements", "words"


@dataclass(frozen=True)
class Row:
    """One change.

    Attributes:
        name: the number, and the change in a few words.
        change: makes it in the metadata.
        way: how it comes to be loaded.
        says: what the second run says.
        customers: the file of the second delivery.
        columns: the columns of s_customer that are looked at, and
        rows: what has to stand there in the end, the day of the load date last.
        follow: does to the metadata what the words say.
        on_vertica: the way there, where it is another one.
        hash_rule: the version of the hash rule from which on unchanged rows keep their version.
        project: what project.yml says from the second run on.
        prints: whether a statement is printed beside the words, for whoever means another thing.
    """

    name: str
    change: Callable[[Metadata], object]
    way: str
    says: tuple[str, ...] = ()
    customers: tuple[str, ...] = (
        CUSTOMERS[0],
        CUSTOMERS[1],
        "2,Bert,4,7,20.00,2001-01-02",
    )
    columns: tuple[str, ...] = ("name", "visits")
    rows: tuple[tuple[Any, ...], ...] = (
        (1, "Anna", 5, 1),
        (2, "Bert", 6, 1),
        (2, "Bert", 7, 2),
    )
    follow: Callable[[Metadata], object] | None = None
    on_vertica: str = ""
    hash_rule: int = 1
    project: dict[str, Any] = field(default_factory=dict)
    prints: bool = False


def columns(model: Metadata) -> Any:  # noqa: ANN401 - a part of the metadata
    """The columns of the customers' file."""
    return model["sources"]["customers"]["columns"]


def satellite(model: Metadata, name: str = "s_customer") -> Any:  # noqa: ANN401 - the same
    """A satellite."""
    return model["satellites"][name]


def typed(column: str, kind: str) -> Callable[[Metadata], object]:
    """Give a column of the customers another type."""

    def change(model: Metadata) -> None:
        columns(model)[column] = kind

    return change


def key_typed(kind: str) -> Callable[[Metadata], object]:
    """Give the customers' key another type, in both files."""

    def change(model: Metadata) -> None:
        for source in model["sources"].values():
            source["columns"]["customer_no"] = f"{kind} not null"

    return change


def added(at: int) -> Callable[[Metadata], object]:
    """Add a column at some place of the satellite."""

    def change(model: Metadata) -> None:
        columns(model)["colour"] = "varchar(10)"
        satellite(model)["columns"].insert(at, "colour")

    return change


def split(model: Metadata) -> None:
    """Take a column out of the satellite into one of its own."""
    satellite(model)["columns"].remove("born")
    facts = {"source": "customers", "parent": "h_customer", "columns": ["born"]}
    model["satellites"]["s_customer_born"] = facts


def renamed_column(model: Metadata) -> None:
    """Rename a column of file and satellite."""
    source = model["sources"]["customers"]
    source["columns"] = {
        "full_name" if name == "name" else name: kind for name, kind in columns(model).items()
    }
    satellite(model)["columns"][0] = "full_name"


def composite(model: Metadata) -> None:
    """Make the hub's key one of two columns."""
    model["hubs"]["h_customer"]["key"] = ["customer_no", "region"]
    for source in model["sources"].values():
        source["columns"]["region"] = "integer"
        source["keys"]["h_customer"] = ["customer_no", "region"]


def whole_key(model: Metadata) -> None:
    """Go back to the key of one column; the files go on having the other one."""
    model["hubs"]["h_customer"]["key"] = "customer_no"
    for source in model["sources"].values():
        source["keys"]["h_customer"] = "customer_no"


def three_hubs(model: Metadata) -> None:
    """Let the link have one hub more."""
    orders = model["sources"]["orders"]
    orders["keys"]["h_note"] = "note"
    model["hubs"]["h_note"] = {"key": "note"}
    model["links"]["l_orders"]["hubs"].append("h_note")


def multi_active(model: Metadata) -> None:
    """Make the satellite one of sets."""
    satellite(model)["type"] = "multi_active"
    satellite(model)["child_keys"] = ["name"]
    satellite(model)["columns"].remove("name")


def one_active(model: Metadata) -> None:
    """Make it one of single versions again."""
    del satellite(model)["type"], satellite(model)["child_keys"]
    satellite(model)["columns"].insert(0, "name")


def renamed_hub(model: Metadata) -> None:
    """Rename a hub wherever it is named."""
    model["hubs"]["h_client"] = model["hubs"].pop("h_customer")
    for source in model["sources"].values():
        source["keys"]["h_client"] = source["keys"].pop("h_customer")
    model["links"]["l_orders"]["hubs"] = ["h_orders", "h_client"]
    satellite(model)["parent"] = "h_client"


def old_hub(model: Metadata) -> None:
    """Give the hub its old name again."""
    model["hubs"]["h_customer"] = model["hubs"].pop("h_client")
    for source in model["sources"].values():
        source["keys"]["h_customer"] = source["keys"].pop("h_client")
    model["links"]["l_orders"]["hubs"] = ["h_orders", "h_customer"]
    satellite(model)["parent"] = "h_customer"


def swap(items: list[str]) -> None:
    """Turn the order of a list."""
    items.reverse()


_REGION = ("customer_no,name,points,visits,rating,born,region", "1,Anna,3,5,10.50,2000-01-02,1")
COLOURS = (
    f"{CUSTOMERS[0]},colour",
    f"{CUSTOMERS[1]},",
    f"{CUSTOMERS[2]},red",
)
_COLOURED = ((1, "Anna", None, 1), (2, "Bert", None, 1), (2, "Bert", "red", 2))
LONG = "Bert" * 10
ROWS = (
    Row(
        "1 column added at the end",
        added(5),
        LOADS,
        ('vault.s_customer."colour" is new: varchar(10)', "ADD COLUMN"),
        COLOURS,
        ("name", "colour"),
        _COLOURED,
    ),
    Row(
        "2 column added in the middle",
        added(1),
        LOADS,
        ('vault.s_customer."colour" is new: varchar(10)',),
        COLOURS,
        ("name", "colour"),
        _COLOURED,
        hash_rule=2,
    ),
    Row(
        "3 longer text",
        typed("name", "varchar(60)"),
        LOADS,
        ("is varchar(20), and the metadata says varchar(60)",),
        (*CUSTOMERS[:2], f"2,{LONG},4,6,20.00,2001-01-02"),
        rows=((1, "Anna", 5, 1), (2, "Bert", 6, 1), (2, LONG, 6, 2)),
    ),
    Row(
        "4 wider whole number",
        typed("points", "bigint"),
        LOADS,
        ("is smallint, and the metadata says bigint",),
        (*CUSTOMERS[:2], "2,Bert,7000000000,6,20.00,2001-01-02"),
        ("points",),
        ((1, 3, 1), (2, 4, 1), (2, 7_000_000_000, 2)),
    ),
    Row(
        "5 wider decimal",
        typed("rating", "decimal(12,4)"),
        LOADS,
        ("is decimal(8,2), and the metadata says decimal(12,4)",),
        (*CUSTOMERS[:2], "2,Bert,4,6,20.0051,2001-01-02"),
        ("rating",),
        ((1, "10.5000", 1), (2, "20.0000", 1), (2, "20.0051", 2)),
        on_vertica=STATEMENTS,
        hash_rule=2,
    ),
    Row(
        "6 date to timestamp",
        typed("born", "timestamp"),
        WORDS,
        ("is date, and the metadata says timestamp", "keep the old type"),
        follow=typed("born", "date"),
    ),
    Row(
        "7 whole number to a decimal that has room",
        typed("visits", "decimal(12,2)"),
        LOADS,
        ("is integer, and the metadata says decimal(12,2)",),
        (*CUSTOMERS[:2], "2,Bert,4,5.5,20.00,2001-01-02"),
        ("visits",),
        ((1, "5.00", 1), (2, "6.00", 1), (2, "5.50", 2)),
        on_vertica=STATEMENTS,
        hash_rule=2,
    ),
    Row(
        "7 whole number to a decimal without room",
        typed("visits", "decimal(10,2)"),
        WORDS,
        ("decimal(12,2) has room for every integer", "keep the old type"),
        follow=typed("visits", "integer"),
    ),
    Row(
        "8 whole number to text",
        typed("points", "varchar(20)"),
        STATEMENTS,
        ("is smallint, and the metadata says varchar(20)",),
        (*CUSTOMERS[:2], "2,Bert,old,6,20.00,2001-01-02"),
        ("points",),
        ((1, "3", 1), (2, "4", 1), (2, "old", 2)),
    ),
    Row(
        "9 satellite split in two",
        split,
        WORDS,
        ("has moved to s_customer_born", 'leave "born" in s_customer too'),
        follow=lambda model: satellite(model)["columns"].append("born"),
    ),
    Row(
        "11 column renamed",
        renamed_column,
        WORDS,
        ('has no column "full_name"', "is it renamed?", "columns: [{name: "),
        (
            "customer_no,full_name,points,visits,rating,born",
            *CUSTOMERS[1:2],
            "2,Cy,4,6,20.00,2001-01-02",
        ),
        rows=((1, "Anna", 5, 1), (2, "Bert", 6, 1), (2, "Cy", 6, 2)),
        follow=lambda model: satellite(model)["columns"].__setitem__(0, {"name": "full_name"}),
        prints=True,
    ),
    Row(
        "12 composite key",
        composite,
        WORDS,
        (
            "the key of vault.h_customer was [customer_no], and is [customer_no, region] now",
            "a second time under other hashes",
        ),
        (*_REGION, "2,Bert,4,7,20.00,2001-01-02,1"),
        follow=whole_key,
    ),
    Row(
        "13 key from whole number to text",
        key_typed("varchar(20)"),
        WORDS,
        ('vault.h_customer."customer_no" is integer', "'001' was 1"),
        follow=key_typed("integer"),
    ),
    Row(
        "14 the same, with zeros in front",
        key_typed("varchar(20)"),
        WORDS,
        ('vault.h_customer."customer_no" is integer',),
        (CUSTOMERS[0], "001,Anna,3,5,10.50,2000-01-02", "002,Bert,4,7,20.00,2001-01-02"),
        follow=key_typed("integer"),
    ),
    Row(
        "17 hash algorithm",
        lambda _: None,
        WORDS,
        ("this vault was loaded with the hash rule",),
        project={"hash": {"algorithm": "sha256"}},
        follow=lambda _: None,
    ),
    Row(
        "18 case of keys",
        lambda _: None,
        WORDS,
        ("this vault was loaded with the hash rule",),
        project={"keys": {"case": "preserve"}},
        follow=lambda _: None,
    ),
    Row(
        "20 link gains a hub",
        three_hubs,
        WORDS,
        ("[h_orders, h_customer], and is [h_orders, h_customer, h_note] now",),
        follow=lambda model: model["links"]["l_orders"]["hubs"].pop(),
    ),
    Row(
        "21 link gains a child key",
        lambda model: model["links"]["l_orders"].update(child_keys=["note"]),
        WORDS,
        ("the list of child keys of vault.l_orders was [], and is [note] now",),
        follow=lambda model: model["links"]["l_orders"].pop("child_keys"),
    ),
    Row(
        "22 another parent",
        lambda model: satellite(model, "s_orders").update(parent="h_customer"),
        WORDS,
        ("the parent of vault.s_orders was h_orders, and is h_customer now",),
        follow=lambda model: satellite(model, "s_orders").update(parent="h_orders"),
    ),
    Row(
        "23 multi-active",
        multi_active,
        WORDS,
        ("the kind of vault.s_customer was satellite, and is multi_active now",),
        follow=one_active,
    ),
    Row(
        "24 no hashdiff",
        lambda model: satellite(model).update(hashdiff=False),
        STATEMENTS,
        ('vault.s_customer."hashdiff" is NOT NULL', "DROP NOT NULL"),
    ),
    Row(
        "26 another order of columns",
        lambda model: swap(satellite(model)["columns"]),
        LOADS,
        hash_rule=2,
    ),
    Row(
        "28 hub renamed",
        renamed_hub,
        WORDS,
        (
            "[h_orders, h_customer], and is [h_orders, h_client] now",
            "the parent of vault.s_customer was h_customer, and is h_client now",
        ),
        follow=old_hub,
    ),
    Row(
        "30 hubs of a link in another order",
        lambda model: swap(model["links"]["l_orders"]["hubs"]),
        WORDS,
        ("was [h_orders, h_customer], and is [h_customer, h_orders] now",),
        follow=lambda model: swap(model["links"]["l_orders"]["hubs"]),
    ),
)


def as_text(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with their decimals as texts, whose zeros count."""
    return [
        tuple(str(value) if type(value).__name__ == "Decimal" else value for value in row)
        for row in rows
    ]


def looked_at(shop: Shop, row: Row) -> list[tuple[Any, ...]]:
    """What stands in the satellite."""
    return as_text(shop.customers(*row.columns))
