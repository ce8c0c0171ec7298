"""What project.yml says: names, schemas, the hash rule, targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.errors import Location

# A vault of another version is never loaded: what makes other hashes is another version.
HASH_RULE_VERSIONS = {"dv_gen": "2", "classic": "1"}


@dataclass(frozen=True)
class Schemas:
    """The database schemas; each may be renamed, two layers may share one."""

    stage: str = "stage"
    vault: str = "vault"
    mart: str = "mart"
    meta: str = "dv_meta"


@dataclass(frozen=True)
class Naming:
    """The names of the standard columns."""

    load_dt: str = "load_dt"
    load_src: str = "load_src"
    hashdiff: str = "hashdiff"
    hash_key_prefix: str = "hk_"


@dataclass(frozen=True)
class HashRule:
    """How a row becomes a digest (design H1 to H6).

    Attributes:
        rule: ``dv_gen`` or ``classic``.
        algorithm: ``md5``, ``sha1`` or ``sha256``.
        store: ``native`` for the engine's narrowest form, ``binary`` for plain bytes, ``hex`` or
            ``upper_hex`` for text.
        case: ``upper`` or ``preserve``, for the text of business keys.
        trim: whether blanks around the text of business keys are dropped.
        mode: ``hash`` to join tables by digests of the keys, ``natural`` by the keys themselves.
    """

    rule: str = "dv_gen"
    algorithm: str = "md5"
    store: str = "native"
    case: str = "upper"
    trim: bool = True
    mode: str = "hash"

    @property
    def is_natural(self) -> bool:
        """Whether keys are not hashed."""
        return self.mode == "natural"

    @property
    def digest_bytes(self) -> int:
        """The length of a digest in bytes."""
        return {"md5": 16, "sha1": 20, "sha256": 32}[self.algorithm]

    @property
    def version(self) -> str:
        """The text that the ledger keeps: a vault is never loaded by another rule (H6)."""
        trim = "trim" if self.trim else "no-trim"
        rule = f"{self.rule}-{HASH_RULE_VERSIONS[self.rule]}"
        natural = "/natural" if self.is_natural else ""
        return f"{rule}/{self.algorithm}/{self.store}/{self.case}/{trim}{natural}"


@dataclass(frozen=True)
class Target:
    """A place to load into; ``settings`` may still hold ``${VAR}`` texts."""

    name: str
    type: str
    settings: Mapping[str, object]
    location: Location


@dataclass(frozen=True)
class Project:
    """The whole of project.yml.

    Attributes:
        location: where it lies.
        ghosts: whether hubs and satellites have ghost rows unless they say otherwise (L11).
    """

    name: str
    location: Location
    schemas: Schemas = field(default_factory=Schemas)
    naming: Naming = field(default_factory=Naming)
    hash: HashRule = field(default_factory=HashRule)
    ghosts: bool = False
    targets: tuple[Target, ...] = ()
    default_target: str = ""
