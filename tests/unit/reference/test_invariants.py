"""What must hold of the vault for any sequence of deliveries."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reference.definitions import HASHDIFF, LOAD_DT, Model, SatDef
from tests.reference.hashing import HashRule
from tests.reference.history import LOAD_END_DT
from tests.reference.models import shop
from tests.reference.satellite import Version, versions
from tests.reference.stage import Batch, Stage, split_by_load_date, stage_batch
from tests.reference.strategies import deliveries
from tests.reference.vault import Vault

SHOP = shop()
MODELS = [SHOP, shop(HashRule(rule="classic")), shop(HashRule(case="preserve", trim=False))]
EXAMPLES = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))

any_order = st.sampled_from(MODELS).flatmap(lambda m: st.tuples(st.just(m), deliveries(m)))
in_order = st.sampled_from(MODELS).flatmap(
    lambda m: st.tuples(st.just(m), deliveries(m, in_order=True))
)
Case = tuple[Model, list[Batch]]


def loaded(model: Model, batches: Sequence[Batch]) -> Vault:
    vault = Vault(model)
    for batch in batches:
        vault.load(batch)
    return vault


def historized(model: Model) -> Iterator[SatDef]:
    return (satellite for satellite in model.satellites if satellite.historized)


@EXAMPLES
@given(any_order)
def test_the_same_batch_again_changes_nothing(case: Case) -> None:
    model, batches = case
    vault = Vault(model)
    for batch in batches:
        first = vault.load(batch)
        before = vault.tables()
        second = vault.load(batch)
        assert vault.tables() == before
        assert set(second.inserted.values()) == {0}
        assert second.rejects == first.rejects


@EXAMPLES
@given(in_order)
def test_any_earlier_batch_again_changes_nothing_when_all_came_in_order(case: Case) -> None:
    model, batches = case
    vault = loaded(model, batches)
    before = vault.tables()
    for batch in batches:
        vault.load(batch)
    assert vault.tables() == before


@EXAMPLES
@given(any_order)
def test_one_delivery_per_load_date_gives_the_same_vault(case: Case) -> None:
    model, batches = case
    whole, parted = Vault(model), Vault(model)
    for batch in batches:
        stage, _ = stage_batch(model, batch)
        whole.load_stage(stage)
        for part in split_by_load_date(stage):
            parted.load_stage(part)
    assert parted.tables() == whole.tables()
    assert sorted(parted.rejects) == sorted(whole.rejects)


@EXAMPLES
@given(in_order)
def test_all_deliveries_in_one_batch_give_the_same_rows_where_dates_do_not_meet(case: Case) -> None:
    """Loading a whole history at once equals loading it day by day."""
    model, batches = case
    seen: set[object] = set()
    distinct = []
    for batch in batches:
        dates = {row[LOAD_DT] for rows in batch.values() for row in rows}
        if dates and not dates & seen:
            distinct.append(batch)
            seen |= dates
    whole: dict[str, list[dict[str, object]]] = defaultdict(list)
    for batch in distinct:
        for source, rows in batch.items():
            start = len(whole[source])
            whole[source] += [row | {"row_no": start + row["row_no"]} for row in rows]
    assert loaded(model, [whole]).tables() == loaded(model, distinct).tables()


@EXAMPLES
@given(any_order, st.randoms(use_true_random=False))
def test_order_of_sources_in_a_batch_does_not_matter(case: Case, rng: random.Random) -> None:
    model, batches = case
    turned = []
    for batch in batches:
        names = sorted(batch)
        rng.shuffle(names)
        turned.append({name: batch[name] for name in names})
    assert loaded(model, turned).tables() == loaded(model, batches).tables()


@EXAMPLES
@given(any_order, st.randoms(use_true_random=False))
def test_order_of_rows_matters_to_nothing_but_row_numbers(case: Case, rng: random.Random) -> None:
    """A row keeps its number; in which order an engine meets the rows is its own affair."""
    model, batches = case
    turned = [
        {name: rng.sample(rows, len(rows)) for name, rows in batch.items()} for batch in batches
    ]
    assert loaded(model, turned).tables() == loaded(model, batches).tables()


@EXAMPLES
@given(any_order)
def test_stored_rows_are_never_touched(case: Case) -> None:
    """Section 5: insert-only."""
    model, batches = case
    vault = Vault(model)
    for batch in batches:
        before = vault.tables()
        vault.load(batch)
        after = vault.tables()
        for name, rows in before.items():
            assert all(row in after[name] for row in rows)


@EXAMPLES
@given(any_order)
def test_every_reference_finds_its_row(case: Case) -> None:
    """R8: links find their hubs, satellites their parents."""
    model, batches = case
    vault = loaded(model, batches)
    for link in model.links:
        for (hub, _), column in zip(link.hubs, model.link_hub_columns(link), strict=True):
            assert {row[column] for row in vault.rows(link.name)} <= set(vault.hubs[hub])
    for satellite in model.satellites:
        parents = (vault.hubs | vault.links)[satellite.parent]
        assert {key for key, _ in vault.satellites[satellite.name]} <= set(parents)


@EXAMPLES
@given(any_order)
def test_no_two_rows_of_a_satellite_have_one_key_and_load_date(case: Case) -> None:
    """R8; the table is keyed so, its columns must agree."""
    model, batches = case
    vault = loaded(model, batches)
    for satellite in model.satellites:
        rows = vault.rows(satellite.name)
        column = model.parent_key(satellite)
        assert len({(row[column], row[LOAD_DT]) for row in rows}) == len(rows)


@EXAMPLES
@given(in_order)
def test_no_two_neighbours_are_equal_when_all_came_in_order(case: Case) -> None:
    """R8, L4."""
    model, batches = case
    vault = loaded(model, batches)
    for satellite in historized(model):
        rows = vault.rows(satellite.name)
        column = model.parent_key(satellite)
        for before, row in pairwise(rows):
            assert (before[column], before[HASHDIFF]) != (row[column], row[HASHDIFF])


@EXAMPLES
@given(any_order)
def test_every_staged_row_is_in_the_vault_or_in_rejects(case: Case) -> None:
    """R8: reconciliation, right after each batch, late ones too."""
    model, batches = case
    vault = Vault(model)
    for batch in batches:
        stage, _ = stage_batch(model, batch)
        report = vault.load_stage(stage)
        rejected = {(reject.satellite, reject.row_no) for reject in report.rejects}
        for satellite in historized(model):
            lost = {
                (version.key, version.load_dt, version.says)
                for version in staged_versions(model, satellite, stage)
                if (satellite.name, version.row_no) in rejected
            }
            for version in staged_versions(model, satellite, stage):
                told = (version.key, version.load_dt, version.says) in lost
                assert told or is_found(vault, satellite, version)


def staged_versions(model: Model, satellite: SatDef, stage: Stage) -> list[Version]:
    return versions(model, satellite, stage)[0]


def is_found(vault: Vault, satellite: SatDef, version: Version) -> bool:
    """Whether the history shows the row at its load date (`stagger`: or within 8 µs after it)."""
    column = vault.model.parent_key(satellite)
    rows = [row for row in vault.history(satellite.name) if row[column] == version.key]
    if satellite.duplicates == "stagger":
        near = (r for r in rows if 0 <= (r[LOAD_DT] - version.load_dt).total_seconds() < 8e-6)
        if any(row[HASHDIFF] == version.says for row in near):
            return True
    valid = [
        row
        for row in rows
        if row[LOAD_DT] <= version.load_dt
        and (row[LOAD_END_DT] is None or version.load_dt < row[LOAD_END_DT])
    ]
    return [row[HASHDIFF] for row in valid] == [version.says]


@EXAMPLES
@given(any_order)
def test_every_staged_key_is_found_and_no_other(case: Case) -> None:
    """L1, L3, L7: events too."""
    model, batches = case
    vault = Vault(model)
    keys = defaultdict(set)
    for batch in batches:
        stage, _ = stage_batch(model, batch)
        vault.load_stage(stage)
        for satellite in model.satellites:
            if not satellite.historized:
                keys[satellite.name] |= {v.key for v in staged_versions(model, satellite, stage)}
    for name, expected in keys.items():
        assert {key for key, _ in vault.satellites[name]} == expected


@EXAMPLES
@given(any_order)
def test_a_hub_holds_the_earliest_load_date_of_each_batch_that_brought_a_key(case: Case) -> None:
    """L1, over all feeds: written a second way."""
    model, batches = case
    vault = Vault(model)
    expected: dict[str, dict[str, object]] = {hub.name: {} for hub in model.hubs}
    for batch in batches:
        stage, _ = stage_batch(model, batch)
        vault.load_stage(stage)
        for hub in model.hubs:
            earliest: dict[str, object] = {}
            for source, use in model.feeds(hub):
                for row in stage.get(source.name, ()):
                    components = [
                        (str(row.values[c]), t)
                        if t.startswith("varchar") and row.values[c] is not None
                        else (row.values[c], t)
                        for c, (_, t) in zip(use.columns, hub.key, strict=True)
                    ]
                    key = model.rule.key(components)
                    earliest[key] = min(earliest.get(key, row.load_dt), row.load_dt)
            earliest.pop(None, None)
            expected[hub.name] = earliest | expected[hub.name]
    for name, dates in expected.items():
        assert {key: row[LOAD_DT] for key, row in vault.hubs[name].items()} == dates
