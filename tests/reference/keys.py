"""From a staged row to the components and hash keys of hubs and links."""

from tests.reference.definitions import Code, HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.hashing import Component, canonical, zero_key
from tests.reference.sql_types import Value, at_scale, parse_type
from tests.reference.stage import Row


def cast_to_key(value: Value, source_type: str, key_type: str) -> Value:
    """Design 2: a hub's declared key type is cast to where that loses nothing.

    An integer order number meets a text one in one hub, as its canonical text (H1).

    >>> cast_to_key(7, "integer", "varchar(20)")
    '7'
    """
    source, key = parse_type(source_type).family, parse_type(key_type).family
    if value is None or source == key != "decimal":
        return value
    if key == "text":
        return canonical(value, source_type)
    if source == key == "decimal":
        return at_scale(value, parse_type(key_type).scale)
    raise TypeError(f"{source_type} does not go into {key_type} without loss")


def key_value(source: SourceDef, row: Row, column: str) -> Value:
    """What a column says in a key: NULL stands for its token, if it has one."""
    value = row.values[column]
    return source.null_tokens.get(column) if value is None else value


def hub_components(hub: HubDef, source: SourceDef, use: KeyUse, row: Row) -> list[Component]:
    """The business key of a row, as typed components in the hub's order."""
    return [
        Component(column.value, key_type, name, code=True)
        if isinstance(column, Code)
        else Component(
            cast_to_key(key_value(source, row, column), source.type_of(column), key_type),
            key_type,
            name,
        )
        for (name, key_type), column in zip(hub.key, use.columns, strict=True)
    ]


def link_hubs(model: Model, link: LinkDef, source: SourceDef, row: Row) -> list[list[Component]]:
    """H4: the business keys of a link's hubs, in role order."""
    return [
        hub_components(model.hub(hub), source, source.use(hub, role), row)
        for hub, role in link.hubs
    ]


def link_children(link: LinkDef, source: SourceDef, row: Row) -> list[Component]:
    """H4: a link's dependent child keys."""
    parts = []
    for name, key_type in link.child_keys:
        column = link.child_column(name, source.name)
        value = cast_to_key(row.values[column], source.type_of(column), key_type)
        parts.append(Component(value, key_type, name))
    return parts


def link_key(model: Model, link: LinkDef, source: SourceDef, row: Row) -> str | None:
    """H4, L2: the link's hash key; None when any of its hubs has no key."""
    hubs = link_hubs(model, link, source, row)
    return model.rule.link_key(hubs, link_children(link, source, row), link.may_miss)


def parent_key(
    model: Model, satellite: SatDef, row: Row, source_name: str | None = None
) -> str | None:
    """The hash key of a satellite row's parent, hub or link; None when it has no key (L3).

    The row is the satellite's own source's unless another one is named. L3 `null_keys: zero_key`:
    the zero key stands for the hub's key that is not there.
    """
    source = model.source(source_name or satellite.source)
    if not model.is_hub(satellite.parent):
        return link_key(model, model.link(satellite.parent), source, row)
    hub = model.hub(satellite.parent)
    use = source.use(hub.name, satellite.role)
    key = model.rule.key(hub_components(hub, source, use, row))
    if key is None and getattr(satellite, "null_keys", "reject") == "zero_key":
        return zero_key(model.rule.algorithm)
    return key
