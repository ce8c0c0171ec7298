"""Bridges: walks from a hub over links, as they stood at as-of dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.kinds import as_of
from dv_gen.kinds.base import TAGS, TEXT, Checks, Draft, Kind, Step, Table
from dv_gen.kinds.checks import Parent, Pointer, parents_exist, pointers_exist, unique
from dv_gen.metadata.names import listed
from dv_gen.model.bridge import Bridge, BridgeStep, Exit
from dv_gen.model.effectivity import PERIOD
from dv_gen.model.entities import Column, Model
from dv_gen.model.types import HASH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.metadata.spec import Spec
    from dv_gen.model.effectivity import Effectivity
    from dv_gen.model.entities import HubRef, Link

# What a step may say besides its link.
_STEP = {
    "effectivity": {**TEXT, "description": "the effectivity satellite that says when it counts"},
    "by": {**TEXT, "description": "hub or hub.role: where the walk enters the link"},
}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["start", "links", "calendar"],
    "properties": {
        "start": {**TEXT, "description": "the hub that every walk begins at"},
        "links": {
            "type": "array",
            "minItems": 1,
            "items": {
                "description": "link, or {link: {effectivity: satellite, by: hub.role}}",
                "type": ["string", "object"],
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": _STEP,
                },
            },
            "description": "the links in the order of the walk",
        },
        "calendar": {**TEXT, "description": "the calendar of its as-of dates"},
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    calendar = as_of.find_calendar(spec, draft)
    start = str(spec.data["start"])
    hub = draft.hubs.get(start)
    if hub is None:
        if start not in draft.known("hubs"):
            spec.unknown("hub", start, draft.known("hubs"), "start")
        return
    walk = _Walk(spec, draft, start, hub.hash_key)
    for position, item in enumerate(spec.data["links"]):
        if not walk.add(position, item):
            return
    bridge = Bridge(
        name=spec.name,
        location=spec.location,
        start=start,
        start_key=hub.hash_key,
        steps=tuple(walk.steps),
        calendar=calendar,
        tags=tuple(spec.get("tags", [])),
    )
    draft.put(KIND.name, bridge)


class _Walk:
    """The walk so far: the hubs that it has reached, with their columns in the bridge."""

    def __init__(self, spec: Spec, draft: Draft, start: str, start_key: str) -> None:
        self.steps: list[BridgeStep] = []
        self._spec = spec
        self._draft = draft
        self._reached = {start: start_key}
        self._taken = {as_of.AS_OF.casefold(), start_key.casefold()}

    def add(self, position: int, item: Any) -> bool:  # noqa: ANN401 - YAML
        """Add the next link; complain when it leads nowhere."""
        spec = self._spec
        name, more = next(iter(item.items())) if isinstance(item, dict) else (item, {})
        path: tuple[str | int, ...] = ("links", position)
        if isinstance(item, dict):
            path = (*path, name)
        link = self._draft.links.get(name)
        if link is None:
            if name not in self._draft.known("links"):
                known = self._draft.known("links")
                spec.unknown("link", name, known, *path, key=isinstance(item, dict))
            return False
        if any(step.link == name for step in self.steps):
            what = f"the walk goes over '{name}' twice"
            spec.complain(what, *path, key=isinstance(item, dict), expected="each link once")
            return False
        entered = self._enter(link, more, path)
        if entered is None:
            return False
        place, ref = entered
        from_column = self._reached[ref.hub]
        optional = {out.column for step in self.steps for out in step.exits if out.optional}
        self._taken.add(link.hash_key.casefold())
        effectivity = self._effectivity(link, more, path)
        step = BridgeStep(
            link=name,
            link_key=link.hash_key,
            from_column=from_column,
            enter_column=ref.column,
            enter_place=place,
            exits=tuple(self._exits(link, place)),
            effectivity=effectivity.name if effectivity else "",
            period=effectivity.period if effectivity else PERIOD,
            has_sets=effectivity is not None and not effectivity.driving,
            enter_optional=ref.optional,
            from_optional=from_column in optional,
        )
        self.steps.append(step)
        return True

    def _enter(
        self, link: Link, more: dict[str, str], path: tuple[str | int, ...]
    ) -> tuple[int, HubRef] | None:
        refs = list(enumerate(link.hubs))
        hubs = listed(dict.fromkeys(ref.hub for ref in link.hubs))
        if "by" in more:
            hub, _, role = more["by"].partition(".")
            found = [item for item in refs if (item[1].hub, item[1].role) == (hub, role)]
            labels = [f"{ref.hub}.{ref.role}" if ref.role else ref.hub for ref in link.hubs]
            if not found:
                what = f"hub of {link.name}"
                self._spec.unknown(what, more["by"], labels, *path, "by")
                return None
            refs = found
        entered = next((item for item in refs if item[1].hub in self._reached), None)
        if entered is None:
            what = f"'{link.name}' does not meet the walk: it joins {hubs}"
            expected = f"a link of {listed(self._reached)}, which the walk has reached"
            key = isinstance(path[-1], str)
            self._spec.complain(what, *path, key=key, expected=expected)
        return entered

    def _exits(self, link: Link, entered: int) -> Iterator[Exit]:
        for place, ref in enumerate(link.hubs):
            if place == entered:
                continue
            column = ref.column
            if column.casefold() in self._taken:
                column = f"{link.name}_{ref.column}"
            self._taken.add(column.casefold())
            self._reached[ref.hub] = column
            yield Exit(ref.hub, ref.column, column, ref.optional)

    def _effectivity(
        self, link: Link, more: dict[str, str], path: tuple[str | int, ...]
    ) -> Effectivity | None:
        name = more.get("effectivity", "")
        known = {
            item.name: item
            for item in as_of.satellites_of(self._draft).values()
            if item.kind == "effectivity"
        }
        if name and name not in known:
            if name in as_of.satellites_of(self._draft):
                what = f"'{name}' does not say when a relationship counts"
                expected = listed(known) or "an effectivity satellite"
                self._spec.complain(what, *path, "effectivity", expected=expected)
            elif name not in self._draft.known("satellites"):
                names = known or self._draft.known("satellites")
                self._spec.unknown("effectivity satellite", name, names, *path, "effectivity")
            return None
        if name and known[name].parent != link.name:
            what = f"'{name}' is a satellite of {known[name].parent}, not of {link.name}"
            own = [item.name for item in known.values() if item.parent == link.name]
            expected = listed(own) or f"an effectivity satellite of {link.name}"
            self._spec.complain(what, *path, "effectivity", expected=expected)
        return known.get(name)


def columns(bridge: Bridge) -> tuple[Column, ...]:
    """Return the columns of a bridge."""
    names = [bridge.start_key]
    for step in bridge.steps:
        names += [step.link_key, *(item.column for item in step.exits)]
    return (as_of.AS_OF_COLUMN, *(Column(name, HASH, nullable=False) for name in names))


def _tables(model: Model) -> Iterable[Table]:
    for bridge in model.of(KIND.name).values():
        yield from as_of.tables(bridge, columns(bridge))


def _steps(model: Model) -> Iterable[Step]:
    known = as_of.satellites_of(model)
    for bridge in model.of(KIND.name).values():
        links = {step.link: model.links[step.link] for step in bridge.steps}
        satellites = [step.effectivity for step in bridge.steps if step.effectivity]
        recent = {
            name: tuple(item.source for item in as_of.staged_keys(known[name]))
            for name in satellites
        }
        sources = [feed.source for link in links.values() for feed in link.feeds]
        sources += [source for found in recent.values() for source in found]
        context = {
            "bridge": bridge,
            "columns": columns(bridge),
            "links": links,
            "recent_sources": sorted({source for found in recent.values() for source in found}),
            "moments": f"{bridge.name}_at",
            "fresh": f"{bridge.name}_fresh",
        }
        yield from as_of.steps(
            bridge,
            context,
            repair=("drop_moments", "find", "drop_fresh", "walk", "delete", "load"),
            needs=(bridge.start, *links, *satellites),
            sources=tuple(dict.fromkeys(sources)),
        )


def _checks(model: Model) -> Iterable[Checks]:
    for bridge in model.of(KIND.name).values():
        names = [as_of.AS_OF, *bridge.link_keys]
        start = Parent(bridge.start, bridge.start_key, bridge.start_key)
        links = [Pointer(step.link, ((step.link_key, step.link_key),)) for step in bridge.steps]
        yield Checks(
            entity=bridge.name,
            location=bridge.location,
            sources=(),
            # A batch may touch every as-of date of its keys, which is many times its size.
            batch=(),
            vault=(
                unique("unique_keys", bridge.name, names, f"rows that share {', '.join(names)}."),
                parents_exist(bridge.name, [bridge.start_key, as_of.AS_OF], [start]),
                pointers_exist(bridge.name, names, links),
            ),
        )


KIND = Kind(
    name="bridge",
    section="bridges",
    order=75,
    description="walks from a hub over links at as-of dates",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    checks=_checks,
)
