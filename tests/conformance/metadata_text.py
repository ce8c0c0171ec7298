"""The reference model, written in the metadata language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from tests.reference.definitions import Code

if TYPE_CHECKING:
    from tests.reference.definitions import (
        HubDef,
        Joined,
        KeyUse,
        LinkDef,
        Model,
        SatDef,
        SourceDef,
    )


def project_text(model: Model, target: dict[str, Any], *, store: str = "native") -> str:
    """The project.yml of a model with one target."""
    rule = model.rule
    return _yaml(
        {
            "name": "conformance",
            "hash": {"rule": rule.rule, "algorithm": rule.algorithm, "store": store},
            "keys": {"mode": rule.mode, "case": rule.case, "trim": rule.trim},
            "targets": {"here": target},
        }
    )


def metadata_text(model: Model) -> str:
    """A metadata file with all of a model."""
    sections: dict[str, dict[str, Any]] = {
        "sources": {source.name: _source(model, source) for source in model.sources},
        "hubs": {hub.name: _hub(hub) for hub in model.hubs},
        "links": {link.name: _link(link) for link in model.links},
        "satellites": {satellite.name: _satellite(satellite) for satellite in model.satellites},
    }
    for other in model.others:
        sections.setdefault(other.section, {})[other.name] = other.entry(model)
    return _yaml(sections)


def _yaml(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


def _label(hub: str, role: str | None) -> str:
    return f"{hub}.{role}" if role else hub


def _source(model: Model, source: SourceDef) -> dict[str, Any]:
    """A folder of files; rows that lack a required value go to the rejects, all others on."""
    renamed = _renamed(model, source)
    entry: dict[str, Any] = {
        "file": f"{source.name}/*.csv",
        "required": False,
        "max_rejects": "100%",
        "columns": {
            renamed.get(name, name): _column(source, name, renamed) for name in source.columns
        },
        "keys": {
            _label(use.hub, use.role): {"columns": _parts(use), "feeds": use.feeds}
            if not use.feeds
            else _parts(use)
            for use in source.keys
        },
    }
    if source.delivery == "full":
        entry |= {"delivery": "full", "empty_delivery": source.empty_delivery}
        if source.parts:
            entry["parts"] = True
    entry |= _staging(source)
    if source.surrogate is not None:
        natural = list(source.surrogate.natural)
        repeats = "keep" if source.surrogate.keep_repeats else "collapse"
        entry["surrogate"] = {source.surrogate.column: {"columns": natural, "repeats": repeats}}
    return entry


def _staging(source: SourceDef) -> dict[str, Any]:
    """What the source says about its rows besides their columns and keys."""
    entry: dict[str, Any] = {
        "load_dt": source.load_dt,
        "load_src": source.load_src,
        "null_tokens": dict(source.null_tokens),
        "where": source.where and source.where.sql,
        "derived": {each.column: _joined(each) for each in source.joined},
        "prejoins": {
            each.column: {"source": each.source, "on": dict(each.on), "column": each.there}
            for each in source.fetched
        },
    }
    return {key: value for key, value in entry.items() if value}


def _joined(column: Joined) -> dict[str, Any]:
    entry: dict[str, Any] = {"concat": list(column.parts), "separator": column.separator}
    if column.longest:
        entry["type"] = f"varchar({column.longest})" + (" not null" if column.not_null else "")
    return entry


def _parts(use: KeyUse) -> list[Any]:
    return [{"constant": each.value} if isinstance(each, Code) else each for each in use.columns]


def _renamed(model: Model, source: SourceDef) -> dict[str, str]:
    """A child key has one name in the language; a source that calls it otherwise says `header`."""
    return {
        columns[source.name]: child
        for link in model.links
        for child, columns in link.child_columns.items()
        if source.name in columns
    }


def stage_column(model: Model, source: SourceDef, column: str) -> str:
    """The name in the stage of a reference model's source column."""
    return _renamed(model, source).get(column, column)


def _column(source: SourceDef, name: str, renamed: dict[str, str]) -> str | dict[str, str]:
    text = source.columns[name] + (" not null" if name in source.not_null else "")
    return {"type": text, "header": name} if name in renamed else text


def _hub(hub: HubDef) -> dict[str, Any]:
    """Keys with their types, but a surrogate's, whose type only the source knows."""
    typed = {name: kind for name, kind in hub.key if kind != "hash"}
    entry: dict[str, Any] = {
        "key": typed if len(typed) == len(hub.key) else [name for name, _ in hub.key]
    }
    if hub.extra:
        entry["columns"] = {
            name: [f"{source}.{column}" for source, column in columns.items()]
            for name, columns in hub.extra.items()
        }
    if hub.hash_column:
        entry["hash_key"] = hub.hash_column
    if hub.ghosts:
        entry["ghosts"] = True
    return entry


def _link(link: LinkDef) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "source": list(link.sources),
        "hubs": [_label(hub, role) for hub, role in link.hubs],
    }
    if link.optional:
        entry["optional"] = [_label(hub, role) for hub, role in link.optional]
    if link.child_keys:
        entry["child_keys"] = [name for name, _ in link.child_keys]
    if link.columns:
        entry["columns"] = [{name: column} for name, column in link.columns]
    if link.order_by:
        entry["order_by"] = list(link.order_by)
    return entry


def _satellite(satellite: SatDef) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "source": list(satellite.sources) if satellite.more_sources else satellite.source,
        "parent": _label(satellite.parent, satellite.role),
        "columns": [{name: column} for name, column in satellite.columns],
    }
    if satellite.order_by:
        entry["order_by"] = list(satellite.order_by)
    if satellite.null_keys != "reject":
        entry["null_keys"] = satellite.null_keys
    if satellite.ghosts:
        entry["ghosts"] = True
    if satellite.historized:
        entry["duplicates"] = satellite.duplicates
        if not satellite.hashdiff:
            entry["hashdiff"] = False
    else:
        entry["historized"] = False
    return entry
