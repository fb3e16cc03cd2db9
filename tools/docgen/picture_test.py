import re
from graphlib import CycleError
from pathlib import Path

import pytest

from tools.docgen.picture import BOXES, LEFT_OUT, SCHEMA, PictureError, draw, graph_of, reduced

TRAIN, LOADER = "python/lczero_training/train", "python/lczero_training/loader"


def test_a_way_that_is_told_is_not_told_twice() -> None:
    graph = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set[str]()}
    assert reduced(graph) == {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set()}
    with pytest.raises(CycleError):
        reduced({"a": {"b"}, "b": {"a"}})


def test_labels_become_layers() -> None:
    edges = [
        ("@@//python:daemon", f"@@//{TRAIN}:train"),
        (f"@@//{TRAIN}:feeder", f"@@//{LOADER}:loader"),
        (f"@@//{TRAIN}:feeder", f"@@//{TRAIN}:step"),
        (f"@@//{LOADER}:_loader", "@@//cc/loader:loader"),
        ("@@//cc/loader/stages:join", "@@//cc/base:random"),
        ("@@//cc/loader:loader", "@@//cc/schema:loader_stats"),
        (f"@@//{TRAIN}:train", "@@//python/lczero_training/schema:schema"),
    ]
    graph = {layer: below for layer, below in graph_of(edges).items() if below}
    assert graph == {
        TRAIN: {LOADER, SCHEMA},
        LOADER: {"cc/loader"},
        "cc/loader": {SCHEMA},
    }


def test_a_new_layer_is_named() -> None:
    with pytest.raises(PictureError, match=r"cc/new is new: add it to CPP, PYTHON or LEFT_OUT"):
        graph_of([("@@//cc/new:x", "@@//cc/base:error")])


def test_edges_are_drawn_by_name() -> None:
    picture = draw({layer: {LOADER} if layer == TRAIN else set() for layer in BOXES})
    assert [line.strip() for line in picture.splitlines() if " --> " in line] == [
        "train --> loader"
    ]
    assert '    cc_loader["<b>loader</b><br>' in picture


def test_every_layer_of_the_map_is_drawn() -> None:
    page = Path("docs/architecture.md").read_text()
    rows = set(re.findall(r"(?m)^\| `((?:cc|python)/[\w/]+)/`", page))
    drawn = {*BOXES, *LEFT_OUT} - {SCHEMA}
    # The last one serves tests and measurements.
    assert rows == drawn | {"cc/schema", "python/lczero_training/schema", "cc/testing"}
