"""The boundaries of the build graph, read from what reached_labels.bzl wrote of each layer."""

from pathlib import Path

import pytest

HEAVY = ("jax", "jaxlib", "flax", "optax", "orbax_checkpoint")
# layer -> what must not be among its dependencies
FORBIDDEN = {
    "loader_cc": ("//python/", "pybind11", "local_python", "@pip"),
    "client": (*HEAVY, "//cc/", "//python/lczero_training/loader"),
    "tui": (*HEAVY, "//cc/", "//python/lczero_training/loader", "//python/lczero_training/daemon"),
    "config": (*HEAVY, "//cc/"),
    "daemon_cli": ("//python/lczero_training/tui", "textual"),
    "loader_py": (*HEAVY, "//python/lczero_training/train"),
    "model": ("//python/lczero_training/train", "//python/lczero_training/loader", "//cc/"),
    "train": ("//python/lczero_training/daemon", "//python/lczero_training/tui"),
}


def dependencies(layer: str) -> list[str]:
    """Labels that the layer's target reaches, itself included."""
    return Path(f"tools/lint/{layer}_deps").read_text().split()


def matches(label: str, forbidden: str) -> bool:
    """Whether a label is the forbidden package, or lies below the forbidden path."""
    if forbidden.startswith("//"):
        return label.lstrip("@").startswith(forbidden)
    repository = label.split("//")[0].removeprefix("@").removeprefix("@")
    if forbidden == "@pip":
        return "pip_" in repository
    return repository.endswith((f"pip_{forbidden}", f"~{forbidden}"))


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
    assert any(matches(label, "jax") for label in dependencies("train"))
    assert any(matches(label, "pybind11") for label in dependencies("loader_py"))
    assert any(matches(label, "//cc/") for label in dependencies("loader_py"))
    assert any(matches(label, "textual") for label in dependencies("tui"))
