"""The models that random deliveries are loaded into: the reference model's shop, and parts of it.

The whole shop has every relation between the kinds; its parts are loaded in a fraction of the
time, meet the same keys more often, and each is hashed by another rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import settings

from tests.reference.definitions import Code, Model
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
        return settings(max_examples=max(1, round(settings.default.max_examples * self.share)))


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


def with_ghosts(model: Model) -> Model:
    """The model, with ghost rows in every hub and satellite."""
    return replace(
        model,
        hubs=[replace(hub, ghosts=True) for hub in model.hubs],
        satellites=[replace(satellite, ghosts=True) for satellite in model.satellites],
    )


def with_optional(model: Model) -> Model:
    """The model, with a hub in every link that may be missing, and rows kept without a key."""
    hubs = {hub.name for hub in model.hubs}
    return replace(
        model,
        links=[
            replace(
                link,
                optional={
                    "l_order_customer": [("h_order", None)],
                    "l_order_gift": [("h_customer", "recipient"), ("h_customer", None)],
                    "l_order_line": [("h_customer", None), ("h_order", None)],
                }.get(link.name, ()),
            )
            for link in model.links
        ],
        satellites=[
            replace(satellite, null_keys="zero_key", ghosts=satellite.role is not None)
            if satellite.parent in hubs and satellite.historized
            else satellite
            for satellite in model.satellites
        ],
    )


def with_columns(model: Model) -> Model:
    """The model, with columns in its links."""
    return replace(
        model,
        links=[
            replace(link, columns=columns, order_by=order_by)
            for link in model.links
            for columns, order_by in [
                {
                    "l_order_customer": ([("number", "order_id"), ("place", "line")], ["line"]),
                    "l_order_gift": ([("amount", "amount"), ("note", "note")], ["paid", "note"]),
                    "l_order_line": ([("bought_by", "buyer")], []),
                }.get(link.name, ((), ()))
            ]
        ],
    )


def with_codes(model: Model) -> Model:
    """The model, with a code of each source in the customer's key: no two sources share one."""
    return replace(
        model,
        sources=[
            replace(
                source,
                keys=[
                    replace(use, columns=[Code(code), *use.columns])
                    if use.hub == "h_customer"
                    else use
                    for use in source.keys
                ],
            )
            for source, code in zip(model.sources, ("de", "DE ", "fr|", "x"), strict=False)
        ],
        hubs=[
            replace(hub, key=[("code", "varchar(9)"), *hub.key])
            if hub.name == "h_customer"
            else hub
            for hub in model.hubs
        ],
    )


def natural(model: Model) -> Model:
    """The model, joined by its business keys."""
    return replace(
        model,
        hubs=[replace(hub, natural=True) for hub in model.hubs],
        links=[replace(link, natural=True) for link in model.links],
        rule=replace(model.rule, mode="natural"),
    )


UNTOUCHED = HashRule(algorithm="sha256", case="preserve", trim=False)

CASES = {
    "shop": Case(shop(), share=0.25),
    "customers, ghosts": Case(with_ghosts(part(shop(), "customers", "crm")), share=1.25),
    "orders, text of keys untouched, sha256": Case(
        part(shop(UNTOUCHED), "orders", "returns"), share=0.6
    ),
    "orders, optional": Case(with_optional(part(shop(), "orders", "returns")), share=0.4),
    "orders, links with columns": Case(with_columns(part(shop(), "orders", "returns")), share=0.3),
    "one source, optional, links with columns": Case(
        with_columns(with_optional(part(shop(HashRule(rule="classic")), "orders"))), share=0.3
    ),
    "customers and orders, codes": Case(
        with_codes(part(shop(), "customers", "crm", "orders")), share=0.25
    ),
    "orders, codes, optional": Case(with_codes(with_optional(part(shop(), "orders"))), share=0.2),
    "natural shop": Case(natural(shop()), share=0.15),
    "natural customers": Case(natural(part(shop(), "customers", "crm")), share=0.3),
    "natural orders, untouched": Case(
        natural(part(shop(UNTOUCHED), "orders", "returns")), share=0.3
    ),
    "natural codes, links with columns": Case(
        natural(with_codes(with_columns(part(shop(), "orders")))), share=0.25
    ),
    "natural visits": Case(natural(part(shop(), "visits")), share=0.3),
    "customers, kept without a key": Case(
        with_optional(part(shop(HashRule(algorithm="sha256")), "customers")), share=0.3
    ),
    "orders, optional, untouched": Case(
        with_optional(part(shop(UNTOUCHED), "orders")), store="hex", share=0.25
    ),
    "visits, ghosts, sha1 as hex": Case(
        with_ghosts(part(shop(HashRule(algorithm="sha1")), "visits")), store="hex", share=1.5
    ),
    "classic, optional": Case(
        with_optional(part(shop(HashRule(rule="classic")), "customers", "orders")), share=0.25
    ),
    "classic": Case(part(shop(HashRule(rule="classic")), "customers", "orders"), share=0.6),
}
