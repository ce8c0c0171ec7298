"""What a source says about its rows: the stage is the reference model's, and so is the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.cases import Case
from tests.conformance.comparing import assert_equal, tables
from tests.conformance.deliveries import Delivery, as_delivery, file_deliveries
from tests.conformance.test_full_path import assert_same_run
from tests.reference.definitions import LOAD_DT
from tests.reference.stage import stage_batch
from tests.reference.staging_models import hotel
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project, Ran
    from tests.reference.stage import Batch


def counts(project: Project, ran: Ran) -> dict[str, tuple[int, ...]]:
    """Records read, staged, rejected and left out, by source."""
    found = project.warehouse.session.query(
        "SELECT source, SUM(rows_read), SUM(rows_staged), SUM(rows_rejected), SUM(rows_filtered) "
        f"FROM {project.ledger_table('file_result')} WHERE batch_id = '{ran.batch}' "
        "GROUP BY source"
    )
    return {source: tuple(int(number) for number in numbers) for source, *numbers in found}


def test_random_files_are_staged_and_loaded_as_the_reference_model_does(
    make: Callable[..., Project],
) -> None:
    """Every row that was read is staged, rejected or left out; the last files again add nothing."""
    case = Case(hotel(), share=1)
    project = make(case.model)
    project.run(FIRST_DAY)

    @case.settings()
    @given(drawn=file_deliveries(case.model))
    def load(drawn: list[Delivery]) -> None:
        project.clear()
        vault = Vault(case.model)
        for delivery in drawn:
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True)
            stage, refused = stage_batch(case.model, delivery.batch)
            assert_same_run(project, ran, vault.load(delivery.batch), vault)
            expected = {}
            for name, rows in delivery.batch.items():
                bad = sum(each.source == name for each in refused)
                staged = len(stage[name])
                expected[name] = (len(rows), staged, bad, len(rows) - staged - bad)
            assert counts(project, ran) == expected
        again = project.run(drawn[-1].load_dt, reload=True)
        assert again.exit_code == 0, again.log
        assert set(again.inserted.values()) <= {0}
        assert_equal(project, vault)

    load()


def test_many_load_dates_in_one_batch_are_one_batch_each(make: Callable[..., Project]) -> None:
    """L4: a file with own dates gives what each of its dates gives as a file of its own."""
    case = Case(hotel(fetched=False), share=0.6)
    project = make(case.model)
    project.run(FIRST_DAY)

    @case.settings()
    @given(drawn=deliveries(case.model, max_deliveries=1, max_rows=12), quoted=st.booleans())
    def load(drawn: list[Batch], quoted: bool) -> None:  # noqa: FBT001 - hypothesis' argument
        names = case.model.source("bookings").columns
        rows = [{name: row[name] for name in names} for row in drawn[0].get("bookings", ())]
        rows = [row for row in rows if row["seen"] is not None]
        project.clear()
        whole = as_delivery(case.model, FIRST_DAY, {"bookings/all.csv": rows}, quote_all=quoted)
        project.deliver(whole.files)
        assert project.run(FIRST_DAY).exit_code == 0
        at_once = tables(project)
        project.clear()
        for seen in sorted({row["seen"] for row in rows}):
            part = [row for row in rows if row["seen"] == seen]
            one = as_delivery(case.model, FIRST_DAY, {f"bookings/{seen:%Y%m%d%H%M%S%f}.csv": part})
            project.deliver(one.files)
            assert project.run(FIRST_DAY).exit_code == 0
        assert tables(project) == at_once
        assert all(row[LOAD_DT] in {each["seen"] for each in rows} for row in at_once["h_guest"])

    load()
