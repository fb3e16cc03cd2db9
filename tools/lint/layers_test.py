"""The boundaries of the build graph, read from what reached_labels.bzl wrote of each layer."""

from pathlib import Path

import pytest

HEAVY = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint")
OURS = "//python/lczero_training"
EXTENSION = ("//cc/", f"{OURS}/loader")
FRONT = (f"{OURS}/client", f"{OURS}/tui", "textual")
# What waits for events and talks: pure code is below all of it.
ABOVE = (*FRONT, f"{OURS}/daemon", f"{OURS}/upload", "httpx")
# layer -> what must not be among its dependencies
FORBIDDEN = {
    "loader_cc": ("//python/", "//tools/python", "pybind11", "local_python", "@pip", "googletest"),
    "loader_py": (*HEAVY, *ABOVE, f"{OURS}/config", f"{OURS}/train", "googletest"),
    "records": (*HEAVY, *ABOVE, *EXTENSION, f"{OURS}/config", f"{OURS}/schema"),
    "schema": (*HEAVY, *ABOVE, *EXTENSION, f"{OURS}/config", "numpy"),
    "config": (*HEAVY, *ABOVE, *EXTENSION, f"{OURS}/train", "numpy"),
    "model": (*ABOVE, *EXTENSION, f"{OURS}/losses", f"{OURS}/train", f"{OURS}/export"),
    "losses": (*ABOVE, *EXTENSION, f"{OURS}/train", f"{OURS}/export"),
    "train": (*ABOVE, *EXTENSION, f"{OURS}/export"),
    "export": (*ABOVE, *EXTENSION, f"{OURS}/losses", f"{OURS}/train"),
    "upload": (*HEAVY, *FRONT, *EXTENSION, f"{OURS}/daemon", f"{OURS}/train", "numpy"),
    "daemon_cli": (*HEAVY, *FRONT, *EXTENSION, f"{OURS}/train", f"{OURS}/export", "numpy"),
    "client": (*HEAVY, *EXTENSION, f"{OURS}/config", f"{OURS}/daemon", f"{OURS}/tui", "numpy"),
    "tui": (*HEAVY, *EXTENSION, f"{OURS}/config", f"{OURS}/daemon", "numpy", "protobuf"),
}


def dependencies(layer: str) -> list[str]:
    """Labels that the layer's target reaches, itself included."""
    return Path(f"tools/lint/{layer}_deps").read_text().split()


def matches(label: str, forbidden: str) -> bool:
    """Whether a label is the forbidden package or repository, or lies below the forbidden path."""
    if forbidden.startswith("//"):
        return label.lstrip("@").startswith(forbidden)
    repository, _, target = label.partition("//")
    if repository.endswith("~pip") and target == f":{forbidden}":
        return True
    return repository.endswith(f"~{forbidden.removeprefix('@')}")


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_layer_reaches_only_what_it_may(layer: str) -> None:
    reached = dependencies(layer)
    assert len(reached) > 1
    wrong = [
        label for label in reached for forbidden in FORBIDDEN[layer] if matches(label, forbidden)
    ]
    assert wrong == []


def test_the_check_sees_what_is_there() -> None:
    """Guards the patterns above: they must match where the dependency is real."""
    real = {
        "client": [f"{OURS}/schema"],
        "daemon_cli": [f"{OURS}/upload", "httpx", "prometheus-client"],
        "export": ["protobuf", f"{OURS}/model"],
        "loader_cc": ["nlohmann_json", "libdeflate"],
        "loader_py": ["pybind11", "//cc/", "@pip", "numpy", "local_python"],
        "train": [*HEAVY, f"{OURS}/model"],
        "tui": ["textual", f"{OURS}/client"],
    }
    for layer, patterns in real.items():
        for pattern in patterns:
            assert any(matches(label, pattern) for label in dependencies(layer)), (layer, pattern)


def test_a_label_that_only_begins_alike_is_another() -> None:
    assert matches("//cc/loader:loader", "//cc/")
    assert not matches("@@_main~wheels~pip//:jaxlib", "jax")
    assert matches("@@_main~wheels~pip//:jax", "jax")
    assert matches("@@_main~wheels~pip//:jax", "@pip")
