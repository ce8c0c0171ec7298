"""The JSON Schema of a source: what its entry may say."""

from __future__ import annotations

import re
from typing import Any

from dv_gen.kinds.base import NAMES, TAGS, TEXT
from dv_gen.kinds.source_codes import PART, PARTS
from dv_gen.metadata.sizes import SIZE

FRESHNESS = re.compile(r"([1-9]\d{0,5})([mhd])")
SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_CHARACTER = {"type": "string", "minLength": 1, "maxLength": 1, "description": "one character"}
_CSV = {
    "type": "object",
    "description": "how the file is written; RFC 4180 with a header unless said otherwise",
    "additionalProperties": False,
    "properties": {
        "delimiter": _CHARACTER,
        "quote": {"type": "string", "maxLength": 1, "description": "one character, or nothing"},
        "escape": {"type": "string", "maxLength": 1, "description": "one character, or nothing"},
        "encoding": TEXT,
        "header": {"type": "boolean"},
        "nulls": {**NAMES, "description": "unquoted texts that mean NULL besides the empty one"},
        "trim": {"type": "boolean"},
        "decimal": {"enum": [".", ","]},
        "date_format": TEXT,
        "timestamp_format": TEXT,
    },
}
COMMON = {
    "csv": _CSV,
    "max_rejects": {
        "type": ["integer", "string"],
        "minimum": 0,
        "pattern": SHARE.pattern,
        "description": "rows, or a percentage like '1%'",
    },
    "max_unpacked": {
        **SIZE,
        "description": "what a compressed file may unpack to: bytes, or a size like '20 GB'",
    },
    "record_source": {
        **TEXT,
        "description": "a text for load_src instead of the file's path: {name}, {stem}, {1}, ...",
    },
    "required": {
        "type": "boolean",
        "description": "whether a missing file is an error; of a folder or glob: a new file",
    },
    "drift": {"enum": ["fail", "warn", "ignore"], "description": "for unknown columns in a file"},
    "delivery": {"enum": ["delta", "full"], "description": "full: what it lacks has vanished"},
    "parts": {
        "type": "boolean",
        "description": "whether the new files of a full delivery are parts of one",
    },
    "empty_delivery": {
        "enum": ["error", "accept"],
        "description": "what a full delivery without a row is",
    },
    "freshness": {
        "type": "string",
        "pattern": FRESHNESS.pattern,
        "description": "how old the newest delivery may be: 90m, 26h, 8d",
    },
    "ignore_file_case": {
        "type": "boolean",
        "description": "whether upper and lower case are the same in the names of files",
    },
    "tags": TAGS,
}
PROPERTIES: dict[str, Any] = {
    "file": {**TEXT, "minLength": 1, "description": "a file's name, a folder/ or a glob"},
    "query": {**TEXT, "minLength": 1, "description": "the file of a query over the vault"},
    "columns": {
        "type": "object",
        "minProperties": 1,
        "description": "column: type [not null]",
        "additionalProperties": {
            "type": ["string", "object"],
            "required": ["type"],
            "additionalProperties": False,
            "properties": {
                "type": {**TEXT, "description": "integer, varchar(200), ..."},
                "header": TEXT,
                "format": TEXT,
                "decimal": {"enum": [".", ","]},
                "trim": {"type": "boolean"},
                "nulls": {**NAMES, "description": "texts that mean NULL in this column"},
                "optional": {"type": "boolean", "description": "whether files may lack it"},
            },
        },
    },
    "keys": {
        "type": "object",
        "description": "hub or hub.role: the columns that identify it",
        "additionalProperties": {
            "type": ["string", "array", "object"],
            "items": PART,
            "minItems": 1,
            "required": ["columns"],
            "additionalProperties": False,
            "properties": {"columns": PARTS, "feeds": {"type": "boolean"}},
        },
    },
    "surrogate": {
        "type": "object",
        "description": "name: the natural columns that it is made of",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": {
            "type": ["array", "object"],
            "items": TEXT,
            "minItems": 1,
            "required": ["columns"],
            "additionalProperties": False,
            "properties": {"columns": NAMES, "repeats": {"enum": ["collapse", "keep"]}},
        },
    },
    "derived": {
        "type": "object",
        "description": "column: a constant, an expression, another column, or several joined",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "constant": {"type": ["boolean", "integer", "string"]},
                "expression": TEXT,
                "column": {**TEXT, "description": "the column that it is a copy of"},
                "concat": {
                    "type": "array",
                    "items": TEXT,
                    "minItems": 1,
                    "description": "the columns that it joins, as text",
                },
                "separator": {**TEXT, "description": "what stands between them"},
                "type": TEXT,
            },
        },
    },
    "prejoins": {
        "type": "object",
        "description": "column: where in another source it is looked up",
        "additionalProperties": {
            "type": "object",
            "required": ["source", "on"],
            "additionalProperties": False,
            "properties": {
                "source": TEXT,
                "on": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": TEXT,
                    "description": "{column: the other source's column}",
                },
                "column": {**TEXT, "description": "the other source's column"},
            },
        },
    },
    "where": {**TEXT, "minLength": 1, "description": "SQL: rows to keep"},
    "load_dt": {**TEXT, "description": "the column that is each row's load date"},
    "load_src": {**TEXT, "description": "the column that is each row's record source"},
    "null_tokens": {
        "type": "object",
        "minProperties": 1,
        "description": "key column: the value that identifies its record where it is NULL",
        "additionalProperties": {"type": ["boolean", "integer", "string"]},
    },
    **COMMON,
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["columns"],
    "properties": PROPERTIES,
}
