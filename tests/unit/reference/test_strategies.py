"""Random deliveries that never collide would prove nothing: what the strategies must reach."""

from collections import Counter, defaultdict

from hypothesis import HealthCheck, given, settings

from tests.reference.definitions import HASHDIFF, LOAD_DT, Model
from tests.reference.keys import hub_components
from tests.reference.models import shop
from tests.reference.satellite import DUPLICATE_KEY, NO_KEY
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import deliveries
from tests.reference.vault import Vault

SHOP = shop()
EXAMPLES = 200
AT_LEAST = 10


def test_the_strategies_reach_what_matters() -> None:
    """Each of these happens in at least one example of twenty."""
    reached: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(deliveries(SHOP, in_order=True))
    def look(batches: list[Batch]) -> None:
        reached.update(what_happened(SHOP, batches))

    look()
    rare = {name: reached[name] for name in EVENTS if reached[name] < AT_LEAST}
    assert rare == {}


EVENTS = (
    "a change back",
    "a change back in one batch",
    "a stagger",
    "a key from several sources",
    "a key in several spellings",
    "a partly NULL key",
    "an earlier delivery again",
    "no key",
    "duplicate key",
    "several load dates in one delivery",
    "an exact repeat",
)


def what_happened(model: Model, batches: list[Batch]) -> set[str]:
    """Which of EVENTS a sequence of deliveries brought about."""
    vault, found = Vault(model), set()
    for number, batch in enumerate(batches):
        before = {name: set(table) for name, table in vault.satellites.items()}
        report = vault.load(batch)
        found |= {reject.reason for reject in report.rejects} & {NO_KEY, DUPLICATE_KEY}
        found |= returns(vault, before)
        if any(batch is earlier for earlier in batches[:number]):
            found.add("an earlier delivery again")
        if len({row[LOAD_DT] for rows in batch.values() for row in rows}) > 1:
            found.add("several load dates in one delivery")
        for rows in batch.values():
            plain = [{k: v for k, v in row.items() if k != "row_no"} for row in rows]
            if any(row in plain[:place] for place, row in enumerate(plain)):
                found.add("an exact repeat")
    return found | key_events(model, batches)


def returns(vault: Vault, before: dict[str, set]) -> set[str]:
    """Values that come back in a satellite, over all and within what one batch added."""
    found = set()
    for name, table in vault.satellites.items():
        lines, added = defaultdict(list), defaultdict(list)
        for (key, load_dt), row in sorted(table.items()):
            if HASHDIFF in row:
                lines[key].append(row[HASHDIFF])
                if (key, load_dt) not in before[name]:
                    added[key].append(row[HASHDIFF])
                if load_dt.microsecond % 10 and row[LOAD_DT] == load_dt:
                    found.add("a stagger")
        if any(len(set(line)) < len(line) for line in lines.values()):
            found.add("a change back")
        if any(len(set(line)) < len(line) for line in added.values()):
            found.add("a change back in one batch")
    return found


def key_events(model: Model, batches: list[Batch]) -> set[str]:
    """Where the hub keys came from and how they were written."""
    found = set()
    sources, spellings = defaultdict(set), defaultdict(set)
    for batch in batches:
        stage, _ = stage_batch(model, batch)
        for hub in model.hubs:
            for source, use in model.feeds(hub):
                for row in stage.get(source.name, ()):
                    components = hub_components(hub, source, use, row)
                    key = model.rule.key(components)
                    sources[hub.name, key].add(source.name)
                    spellings[hub.name, key].add(tuple(part.value for part in components))
    for (_, key), names in sources.items():
        if key is not None and len(names) > 1:
            found.add("a key from several sources")
    for (_, key), texts in spellings.items():
        if key is not None and len(texts) > 1:
            found.add("a key in several spellings")
        if key is not None and any(None in text for text in texts):
            found.add("a partly NULL key")
    return found
