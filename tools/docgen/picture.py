"""The picture of docs/architecture.md: layers and what they depend on, as a Mermaid flowchart."""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

Edge = tuple[str, str]
Graph = Mapping[str, set[str]]

_PYTHON = "python/lczero_training"
# Both are made of proto/, and draw as one.
SCHEMA = "schema"
# What a box says below its name, by layer, in the order in which data flows. A layer of the graph
# that is not here is an error: it is new, and belongs here or to LEFT_OUT.
CPP = {
    "cc/files": "finds and watches data files",
    "cc/chunks": "the window of games",
    "cc/records": "parses and validates",
    "cc/frames": "samples and shuffles positions",
    "cc/batches": "frames to tensors",
    "cc/loader": "the stages; class Loader",
}
PYTHON = {
    f"{_PYTHON}/loader": "the one binding",
    f"{_PYTHON}/records": "layout of a frame",
    f"{_PYTHON}/config": "YAML to dataclasses",
    f"{_PYTHON}/model": "transformer and heads",
    f"{_PYTHON}/losses": "pure functions",
    f"{_PYTHON}/train": "steps, checkpoints",
    f"{_PYTHON}/export": "weights files",
    f"{_PYTHON}/upload": "the spool",
    f"{_PYTHON}/daemon": "the cycle, for months",
    f"{_PYTHON}/client": "starts a daemon, talks to it",
    f"{_PYTHON}/tui": "the dashboard",
}
BOTH = {SCHEMA: "generated from proto/, for both languages"}
BOXES = CPP | PYTHON | BOTH
# Everything reaches them, so that a line to them says nothing.
LEFT_OUT = {"cc/base", "cc/sync"}
# What is no dependency: whoever steers a daemon speaks with it.
_LINES = f"{_PYTHON}/client", f"{_PYTHON}/daemon"


class PictureError(Exception):
    """The graph has what the picture does not know; the message says what to do."""


def layer_of(label: str) -> str | None:
    """The layer that a target of ours is in; None where it is in none, as programs and configs.

    Raises:
        PictureError: a folder of cc/ or of the Python package that the picture does not know.
    """
    folder = label.partition("//")[2].partition(":")[0].split("/")
    if folder[0] == "cc":
        layer = "/".join(folder[:2])
    elif "/".join(folder[:2]) == _PYTHON and len(folder) > 2:
        layer = "/".join(folder[:3])
    else:
        return None
    if layer in ("cc/schema", f"{_PYTHON}/schema"):
        return SCHEMA
    if layer in LEFT_OUT:
        return None
    if layer not in BOXES:
        raise PictureError(f"{layer} is new: add it to CPP, PYTHON or LEFT_OUT of {__name__}")
    return layer


def graph_of(edges: Iterable[Edge]) -> Graph:
    """What each layer depends on, from edges between labels.

    Raises:
        PictureError: see layer_of.
    """
    graph: dict[str, set[str]] = {layer: set() for layer in BOXES}
    for user, used in edges:
        above, below = layer_of(user), layer_of(used)
        if above and below and above != below:
            graph[above].add(below)
    return graph


def reduced(graph: Graph) -> Graph:
    """The same without edges that a longer way says too.

    Raises:
        graphlib.CycleError: there is no such graph.
    """
    reached: dict[str, set[str]] = {}
    least: dict[str, set[str]] = {}
    for layer in TopologicalSorter(graph).static_order():
        farther = {below for other in graph[layer] for below in reached[other]}
        least[layer] = graph[layer] - farther
        reached[layer] = graph[layer] | farther
    return least


def draw(graph: Graph) -> str:
    """The Mermaid text of a graph of BOXES."""
    lines = ["flowchart TB"]
    lines += _group("python", f"Python: {_PYTHON}/", PYTHON)
    lines += _group("cpp", "C++: cc/", CPP)
    lines += _boxes(BOTH)
    lines += [
        f"    {_name(layer)} --> {_name(below)}"
        for layer in BOXES
        for below in BOXES
        if below in graph[layer]
    ]
    lines.append(f"    {_name(_LINES[0])} -. JSON lines .-> {_name(_LINES[1])}")
    return "\n".join(lines) + "\n"


def _group(name: str, title: str, boxes: Mapping[str, str]) -> list[str]:
    return [
        f'    subgraph {name}["{title}"]',
        *(f"    {line}" for line in _boxes(boxes)),
        "    end",
    ]


def _boxes(boxes: Mapping[str, str]) -> list[str]:
    return [
        f'    {_name(layer)}["<b>{layer.rpartition("/")[2]}</b><br>{text}"]'
        for layer, text in boxes.items()
    ]


def _name(layer: str) -> str:
    return layer.removeprefix(f"{_PYTHON}/").replace("/", "_")
