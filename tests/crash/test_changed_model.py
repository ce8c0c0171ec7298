"""A run that is cut off behind any statement of a change of the model, and one that goes on."""

from __future__ import annotations

import os
import random
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dv_gen.run import runner
from tests.conformance.changing import CUSTOMERS, DAY_2, Shop
from tests.conformance.model_changes import columns, satellite, typed
from tests.conformance.warehouses import WAREHOUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conformance.changing import Metadata

MEMORY = Path("/dev/shm")
# One statement of so many: each wants a vault of its own. In CI always the same.
SHARES = {"duckdb": 5, "postgres": 5, "vertica": 3}
CHANGING = ("execute", "insert", "commit", "attempt")
LONG = "Bert Brown with a long name"
LATER = (
    f"{CUSTOMERS[0]},colour",
    f"{CUSTOMERS[1]},",
    f"2,{LONG},70000,6,20.00,2001-01-02,red",
)
EXPECTED = [(1, "Anna", 3, None, 1), (2, "Bert", 4, None, 1), (2, LONG, 70000, "red", 2)]


class CutOffError(BaseException):
    """What nobody catches, as nobody catches a kill."""


class Statements:
    """The statements that prepare a warehouse; a run ends behind one of them.

    Args:
        last: the number of that one, from 1; 0 to let the run pass.
    """

    def __init__(self, last: int) -> None:
        self.done: list[str] = []
        self._last = last

    def counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, which may be the last."""

        def count(*args: Any, **values: Any) -> Any:  # noqa: ANN401 - what it returns
            result = call(*args, **values)
            self.done.append(f"{name} {' '.join(map(str, args[:1]))}")
            if len(self.done) == self._last:
                raise CutOffError(self.done[-1])
            return result

        return count


@contextmanager
def counting(last: int) -> Iterator[Statements]:
    """Count the statements that prepare the warehouse of the runs within."""
    statements = Statements(last)
    prepare = runner.prepare_warehouse

    def prepare_counted(engine: Any, session: Any, *rest: Any) -> Any:  # noqa: ANN401 - passed on
        own = {name: getattr(session, name) for name in CHANGING if hasattr(session, name)}
        for name, call in own.items():
            setattr(session, name, statements.counted(name, call))
        result = prepare(engine, session, *rest)
        for name in own:
            delattr(session, name)
        return result

    runner.prepare_warehouse = prepare_counted
    try:
        yield statements
    finally:
        runner.prepare_warehouse = prepare


@contextmanager
def changed_shop(engine: str) -> Iterator[Shop]:
    """A loaded shop whose model has changed, and what was delivered since."""
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        closing(WAREHOUSES[engine](Path(folder))) as warehouse,
    ):
        shop = Shop(Path(folder), warehouse)
        shop.first_load()
        shop.write(coloured, typed("name", "varchar(60)"), typed("points", "integer"))
        shop.deliver("customers2.csv", *LATER)
        yield shop


def coloured(model: Metadata) -> None:
    """Add a column, and a satellite of its own for it."""
    columns(model)["colour"] = "varchar(10)"
    satellite(model)["columns"].append("colour")
    facts = {"source": "customers", "parent": "h_customer", "columns": ["colour"]}
    model["satellites"]["s_colour"] = facts


def state(shop: Shop) -> Any:  # noqa: ANN401 - tables, columns and rows
    """What has to be the same, wherever the first run was cut off."""
    definitions = shop.rows(
        "SELECT table_name, definition FROM dv_meta.table_definition AS one WHERE recorded_at = "
        "(SELECT MAX(recorded_at) FROM dv_meta.table_definition AS other "
        "WHERE other.table_name = one.table_name) ORDER BY 1"
    )
    return shop.vault(), definitions


@pytest.mark.parametrize("engine", sorted(WAREHOUSES))
def test_a_change_that_is_cut_off_is_finished_by_the_next_run(engine: str) -> None:
    with changed_shop(engine) as shop, counting(0) as statements:
        assert shop.run(DAY_2).exit_code == 0
        assert shop.customers("name", "points", "colour") == EXPECTED
        expected = state(shop)
    assert sum("ALTER TABLE" in text for text in statements.done) >= 2

    share = SHARES[engine]
    start = 0 if os.environ.get("CI") else random.randrange(share)
    for last in range(1 + start, len(statements.done) + 1, share):
        with changed_shop(engine) as shop:
            with counting(last), pytest.raises(CutOffError):
                shop.run(DAY_2)
            ended = shop.run(DAY_2)
            assert ended.exit_code == 0, (statements.done[last - 1], ended.said)
            assert state(shop) == expected, statements.done[last - 1]
