"""The models that random deliveries are loaded into: the reference model's shop, and parts of it.

The whole shop has every relation between the kinds; its parts are loaded in a fraction of the
time, meet the same keys more often, and each is hashed by another rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import settings

from tests.reference.definitions import Model
from tests.reference.hashing import HashRule
from tests.reference.models import shop


@dataclass(frozen=True)
class Case:
    """A model for random deliveries.

    Attributes:
        model: the definitions.
        store: how its digests are stored (H5).
        share: of a profile's examples.
    """

    model: Model
    store: str = "native"
    share: float = 1

    def settings(self) -> settings:
        """The profile's settings, for this case."""
        return settings(max_examples=round(settings.default.max_examples * self.share))


def part(model: Model, *names: str) -> Model:
    """What of a model these sources feed; links that only they bring."""
    sources = [source for source in model.sources if source.name in names]
    fed = {use.hub for source in sources for use in source.keys}
    links = [link for link in model.links if set(link.sources) & set(names)]
    hubs = [
        replace(
            hub,
            extra={
                column: {name: given for name, given in columns.items() if name in names}
                for column, columns in hub.extra.items()
                if set(columns) & set(names)
            },
        )
        for hub in model.hubs
        if hub.name in fed
    ]
    return Model(
        sources=sources,
        hubs=hubs,
        links=[
            replace(
                link,
                sources=[name for name in link.sources if name in names],
                child_columns={
                    child: kept
                    for child, columns in link.child_columns.items()
                    if (kept := {name: given for name, given in columns.items() if name in names})
                },
            )
            for link in links
        ],
        satellites=[each for each in model.satellites if set(each.sources) <= set(names)],
        rule=model.rule,
    )


UNTOUCHED = HashRule(algorithm="sha256", case="preserve", trim=False)

CASES = {
    "shop": Case(shop(), share=0.25),
    "customers": Case(part(shop(), "customers", "crm"), share=1.25),
    "orders, text of keys untouched, sha256": Case(
        part(shop(UNTOUCHED), "orders", "returns"), share=0.6
    ),
    "visits, sha1 as hex": Case(
        part(shop(HashRule(algorithm="sha1")), "visits"), store="hex", share=1.5
    ),
    "classic": Case(part(shop(HashRule(rule="classic")), "customers", "orders"), share=0.6),
}
