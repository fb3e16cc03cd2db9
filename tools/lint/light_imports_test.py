"""Layers that are light by contract, imported whole in a fresh interpreter, load nothing heavy."""

import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

import lczero_training

PACKAGE = Path(lczero_training.__path__[0])
JAX = {"jax", "jaxlib", "flax", "optax", "orbax", "tensorstore"}
EXTENSION = {"lczero_training.loader", "lczero_training.loader._loader"}
SERVERS = {"httpx", "prometheus_client", "http.server"}
ALL = JAX | EXTENSION | SERVERS | {"google.protobuf", "numpy", "textual", "yaml"}
# layer -> what none of its modules loads, however far away the import stands
FORBIDDEN = {
    "client": ALL,
    "config": ALL - {"yaml"},
    "records": ALL - {"numpy"},
    "schema": ALL,
    "tui": ALL - {"textual"},
    "upload": ALL - {"httpx", "http.server", "yaml"},
    "loader": (JAX | SERVERS | {"google.protobuf", "textual"}),
}
# Classes that protoc wrote, for those who read weights files; they are protobuf's.
OF_PROTOC = "net_pb2"


def modules(layer: str) -> list[str]:
    """Every module of a layer that is not for tests."""
    files = sorted((PACKAGE / layer).glob("*.py"))
    names = [file.stem for file in files if not file.stem.endswith(("_test", OF_PROTOC))]
    assert "__init__" in names and len(names) > 2
    return [f"lczero_training.{layer}.{name}" for name in names if name != "__init__"]


def loaded_by(imported: list[str]) -> set[str]:
    """Every module that a fresh interpreter holds after it has imported these."""
    lines = [
        f"import sys; sys.path[:] = {sys.path!r}",
        *(f"import {name}" for name in imported),
        "print(*sys.modules)",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_light_layer_loads_nothing_heavy(layer: str) -> None:
    loaded = loaded_by(modules(layer))
    assert f"lczero_training.{layer}" in loaded
    assert loaded & FORBIDDEN[layer] == set()


def test_what_is_forbidden_could_be_imported_here() -> None:
    """Without it, an import that is guarded against its absence would pass unseen."""
    forbidden = sorted(set().union(*FORBIDDEN.values()))
    assert [name for name in forbidden if util.find_spec(name) is None] == []


def test_a_module_that_is_not_light_is_seen() -> None:
    assert "numpy" in loaded_by(["lczero_training.records.frame"])
