"""L2: links."""

from collections.abc import Container

from tests.reference.definitions import LOAD_DT, LOAD_SRC, LinkDef, Model
from tests.reference.hashing import zero_key
from tests.reference.hub import Loaded
from tests.reference.keys import link_children, link_hubs
from tests.reference.sql_types import Value, nulls_first, nulls_last
from tests.reference.stage import Stage


def load_link(model: Model, link: LinkDef, stage: Stage, stored: Container[str]) -> Loaded:
    """L2: as L1 on the link key: by load date, source order, record source, own values.

    L7: with columns of its own (no history) by load date, source order, `order_by`, `row_no`; what
    the columns say is never compared.

    L3: a row with no key for one of the link's hubs makes no link row and is counted, unless that
    hub is optional: then the zero key stands in its column.
    """
    best: dict[str, tuple[tuple, dict[str, Value]]] = {}
    no_key = 0
    for place, name in enumerate(link.sources):
        source = model.source(name)
        for row in stage.get(name, ()):
            hubs = link_hubs(model, link, source, row)
            children = link_children(link, source, row)
            key = model.rule.link_key(hubs, children, link.may_miss)
            if key is None:
                no_key += 1
                continue
            unknown = zero_key(model.rule.algorithm)
            hub_keys = [model.rule.key(components) for components in hubs]
            hub_keys = [unknown if hub_key is None else hub_key for hub_key in hub_keys]
            own = dict(zip(model.link_hub_columns(link), hub_keys, strict=True))
            own |= {part.name: part.value for part in children}
            ties = tuple(nulls_last(value) for value in own.values())
            rank = (row.load_dt, place, row.load_src, ties)
            if link.columns:
                order = tuple(nulls_first(row.values[column]) for column in link.order_by)
                rank = (row.load_dt, place, order, row.row_no)
                own |= {name: row.values[column] for name, column in link.columns}
            if key not in stored and (key not in best or rank < best[key][0]):
                standard = {LOAD_DT: row.load_dt, LOAD_SRC: row.load_src}
                best[key] = (rank, {link.hash_key: key} | own | standard)
    return Loaded({key: row for key, (_, row) in best.items()}, no_key)
