"""The entities of a project as a list, straight from the metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.graph import Graph, Node
from dv_gen.kinds import all_kinds, all_tables
from dv_gen.kinds.reading import load_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dv_gen.model.entities import Model


def model_graph(model: Model) -> tuple[Graph, dict[str, str]]:
    """Return the graph of a model's entities, and where each is written."""
    owners = {table.name: table.owner for table in all_tables(model)}
    nodes: dict[str, Node] = {}
    places: dict[str, str] = {}
    for kind in all_kinds():
        for step in kind.steps(model):
            if step.phase in ("stage", "query"):
                needs = dict.fromkeys(owners.get(name, name) for name in step.needs)
                nodes[step.entity] = Node(step.entity, "stage", tuple(needs), tags=step.tags)
            elif step.phase in ("load", "publish") and step.entity not in nodes:
                needs = dict.fromkeys(owners.get(name, name) for name in step.needs)
                parents = tuple(dict.fromkeys((*needs, *step.sources)))
                nodes[step.entity] = Node(step.entity, step.kind, parents, step.sources, step.tags)
            places.setdefault(step.entity, f"{step.location.file}:{step.location.line}")
    return Graph(nodes.values()), places


def list_entities(
    folder: Path, select: Sequence[str] = (), exclude: Sequence[str] = ()
) -> list[tuple[str, str, str, str]]:
    """Return (kind, name, parents, file:line) of the chosen entities, parents first.

    Raises:
        MetadataError: when the metadata is wrong.
        UsageError: when a word selects nothing.
    """
    graph, places = model_graph(load_model(folder))
    chosen = graph.select(select, exclude)
    return [
        (node.kind, node.name, ", ".join(node.parents), places[node.name])
        for node in graph.nodes.values()
        if node.name in chosen
    ]
