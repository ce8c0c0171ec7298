"""Sources: what a file or a query holds and which hubs its columns identify."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import stage
from dv_gen.kinds.base import Draft, Kind, as_list
from dv_gen.kinds.query_file import read_query
from dv_gen.kinds.source_checks import (
    check_delivery,
    check_file,
    check_headers,
    check_names,
    check_query,
    check_sql,
)
from dv_gen.kinds.source_codes import key_columns, read_codes
from dv_gen.kinds.source_columns import read_column
from dv_gen.kinds.source_derived import read_derived
from dv_gen.kinds.source_prejoins import read_prejoins
from dv_gen.kinds.source_schema import COMMON, FRESHNESS, PROPERTIES, SCHEMA, SHARE
from dv_gen.kinds.source_standard import check_record_source, read_null_tokens, standard_column
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier, nearest
from dv_gen.metadata.sizes import bytes_of
from dv_gen.model.record_source import names_one_file
from dv_gen.model.source import CsvDialect, KeyUse, Source, Surrogate

if TYPE_CHECKING:
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.types import SqlType


def _read(spec: Spec, draft: Draft) -> None:
    source = _made(spec, draft)
    if source is not None:
        draft.sources[spec.name] = source


def _made(spec: Spec, draft: Draft) -> Source | None:
    """Return a source, read once, be it because another source fetches from it."""
    if spec.name not in draft.made:
        draft.reading.append(spec.name)
        draft.made[spec.name] = _source(spec, draft)
        draft.reading.remove(spec.name)
    return draft.made[spec.name]


def _source(spec: Spec, draft: Draft) -> Source | None:
    if ("file" in spec.data) == ("query" in spec.data):
        if "file" in spec.data:
            spec.complain(
                "a source is a file or a query", "query", key=True, expected="one of the two"
            )
        else:
            described = PROPERTIES["file"]["description"]
            spec.complain("the key 'file' is missing", expected=f"file: {described}")
        return None
    settings = {**spec.data.get("csv", {})}
    csv = _csv(settings)
    query = None
    if "query" in spec.data:
        check_query(spec)
        query = read_query(spec, draft, spec.data["query"], spec.at("query"))
    else:
        check_file(spec, csv)
        check_record_source(spec)
    check_delivery(spec)
    if "where" in spec.data:
        check_sql(spec, spec.data["where"], "where")
    check_names(spec, draft)
    columns = tuple(
        column
        for name in spec.data["columns"]
        if (column := read_column(spec, name, settings)) is not None
    )
    if csv.header and query is None:
        check_headers(spec, columns)
    # Before what is derived: a copy of a load date is never empty either.
    required = {spec.get(key) for key in _STANDARD}
    columns = tuple(
        replace(item, nullable=False) if item.name in required else item for item in columns
    )
    derived = read_derived(spec, columns, required)
    load_dt, load_src = (standard_column(spec, key, (*columns, *derived)) for key in _STANDARD)

    def other_source(name: str) -> Source | None:
        if ("sources", name) in draft.broken:
            return None
        return _made(draft.specs["sources"][name], draft)

    prejoins = tuple(read_prejoins(spec, draft, (*columns, *derived), other_source))
    share = SHARE.fullmatch(str(spec.get("max_rejects", 0)))
    source = Source(
        name=spec.name,
        location=spec.location,
        file=spec.get("file", ""),
        columns=columns,
        keys=tuple(use for label in spec.get("keys", {}) if (use := _key(spec, label, draft))),
        surrogate=_surrogate(spec),
        derived=(*derived, *read_codes(spec, draft)),
        prejoins=prejoins,
        query=query,
        csv=csv,
        max_rejects=float(share[1]) / 100 if share else float(spec.get("max_rejects", 0)),
        max_rejects_share=share is not None,
        max_unpacked=bytes_of(spec.get("max_unpacked", 0)),
        record_source=spec.get("record_source", ""),
        required=spec.get("required", True),
        needs_new_file=spec.get("required", False) and not names_one_file(spec.get("file", "/")),
        freshness=_seconds(spec.get("freshness", "")),
        ignore_case=spec.get("ignore_file_case", False),
        drift=spec.get("drift", "fail"),
        delivery=spec.get("delivery", "delta"),
        empty_delivery=spec.get("empty_delivery", "error"),
        parts=spec.get("parts", False),
        load_dt=load_dt,
        load_src=load_src,
        where=spec.get("where", "").strip(),
        tags=tuple(spec.get("tags", [])),
    )
    return replace(source, null_tokens=tuple(read_null_tokens(spec, draft, source)))


_STANDARD = ("load_dt", "load_src")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def _seconds(text: str) -> int:
    """Return a span of time in seconds, 0 for none."""
    found = FRESHNESS.fullmatch(text)
    return int(found[1]) * _SECONDS[found[2]] if found else 0


def _csv(settings: dict[str, Any]) -> CsvDialect:
    chosen = {
        key: settings[key]
        for key in ("delimiter", "quote", "escape", "encoding", "header")
        if key in settings
    }
    if "quote" in chosen and "escape" not in chosen:
        chosen["escape"] = chosen["quote"]
    return replace(CsvDialect(nulls=("", *as_list(settings.get("nulls")))), **chosen)


def _surrogate(spec: Spec) -> Surrogate | None:
    for name, entry in spec.get("surrogate", {}).items():
        details: dict[str, Any] = entry if isinstance(entry, dict) else {"columns": entry}
        path = ("surrogate", name)
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *path, key=True, expected=IDENTIFIER_RULE)
        inner = ("columns",) if isinstance(entry, dict) else ()
        known = list(spec.data["columns"])
        _known_columns(spec, details["columns"], known, *path, *inner)
        chosen = tuple(as_list(details["columns"]))
        return Surrogate(name, chosen, keep_repeats=details.get("repeats") == "keep")
    return None


def _known_columns(spec: Spec, named: Any, known: list[str], *path: str) -> bool:  # noqa: ANN401 - one or several
    # A constant is no column.
    parts = [item for item in enumerate(as_list(named)) if not isinstance(item[1], dict)]
    unknown = [item for item in parts if item[1] not in known]
    for position, name in unknown:
        spec.unknown(
            "column", name, known, *path, *((position,) if isinstance(named, list) else ())
        )
    return not unknown


def _key(spec: Spec, label: str, draft: Draft) -> KeyUse | None:
    entry = spec.data["keys"][label]
    details: dict[str, Any] = entry if isinstance(entry, dict) else {"columns": entry}
    hub, _, role = label.partition(".")
    place = ("keys", label)
    if role and not is_identifier(role):
        spec.complain(f"'{role}' cannot name a role", *place, key=True, expected=IDENTIFIER_RULE)
    if hub not in draft.specs["hubs"]:
        spec.unknown("hub", hub, draft.known("hubs"), *place, key=True)
        draft.misspelt.add(nearest(hub, draft.known("hubs")))
        return None
    # A column whose type is wrong has its complaint; naming it is not wrong too.
    known = draft.columns_of(spec.name)
    inner = ("columns",) if isinstance(entry, dict) else ()
    if not _known_columns(spec, details["columns"], known, *place, *inner):
        return None
    chosen = key_columns(spec, draft, label)
    return KeyUse(hub, role, chosen, details.get("feeds", True), spec.at(*place, key=True))


def key_type(source: Source, name: str) -> tuple[SqlType, bool] | None:
    """Return a column's type and whether it may be NULL where it identifies a hub."""
    found = source.types.get(name)
    return found and (found[0], found[1] and source.token(name) is None)


KIND = Kind(
    name="stage",
    section="sources",
    order=10,
    description="files or queries, their columns and the hubs that these identify",
    schema=SCHEMA,
    read=_read,
    tables=stage.tables,
    steps=stage.steps,
    extra_sections={
        "defaults": {
            "description": "settings for all sources of this file",
            "type": "object",
            "additionalProperties": False,
            "properties": COMMON,
        }
    },
)
