"""What a checkpoint says about itself: run state, the config it was trained by, its arrays."""

import dataclasses
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import jax

from lczero_training.config.model import COMPUTING_SETTINGS, ModelConfig
from lczero_training.config.root import RootConfig
from lczero_training.train.run_state import RunState
from lczero_training.train.state import TrainState, named_leaves

# 2: may have an item `sampler`.
FORMAT_VERSION = 2

_MAX_LISTED = 20
# Characters of another library's message; tensorstore's repeat paths many times.
_MAX_REASON = 300
# More than a full disk has room for.
_PROBE_BYTES = 4096


class CheckpointError(Exception):
    """A checkpoint that cannot be used; the message says which, why, and what to do."""


class CheckpointWriteError(CheckpointError):
    """A checkpoint that could not be written, e.g. because the disk is full."""

    def __init__(self, path: str, cause: Exception) -> None:
        reason = " ".join(str(cause).split())[:_MAX_REASON]
        super().__init__(
            f"checkpoint {path} could not be written: {reason or type(cause).__name__}. "
            "Free some disk space, or correct the folder's permissions."
        )


class CheckpointMismatchError(CheckpointError):
    """A checkpoint of another model or optimizer than the config's.

    Attributes:
        differences: one line for each setting or array that differs.
    """

    def __init__(self, path: str, differences: list[str]) -> None:
        listed = differences[:_MAX_LISTED]
        if len(differences) > _MAX_LISTED:
            listed.append(f"... and {len(differences) - _MAX_LISTED} more")
        super().__init__(
            f"checkpoint {path} does not fit the config; {len(differences)} differences:\n  "
            + "\n  ".join(listed)
            + "\nUse the config it was trained by, or another training.checkpoint.directory. To "
            "make one that fits, by rules: //python:trainer migrate (docs/training.md)."
        )
        self.differences = tuple(differences)


def check_free_space(directory: Path, state: TrainState) -> None:
    """Raises OSError unless the disk has room for the state's arrays.

    Sooner and clearer than the writers' threads would say it, and without a half-written folder.
    """
    needed = sum(int(leaf.nbytes) for leaf in jax.tree.leaves(state))
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise OSError(
            errno.ENOSPC, f"needs {needed / 1e6:.1f} MB, the disk has {free / 1e6:.1f} MB free"
        )


def check_writable(directory: Path) -> None:
    """Raises OSError unless this process can write there."""
    with tempfile.TemporaryFile(dir=directory) as file:
        file.write(bytes(_PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())


def config_hash(config: RootConfig) -> str:
    """Changes with any setting of the model and of training."""
    relevant = [dataclasses.asdict(config.model), dataclasses.asdict(config.training)]
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()


def describe_checkpoint(
    state: TrainState, run_state: RunState, config: RootConfig
) -> dict[str, Any]:
    """The JSON object that is saved with the arrays."""
    return {
        "format_version": FORMAT_VERSION,
        "run": dataclasses.asdict(run_state),
        "ends_network": run_state.network_step >= config.training.steps_per_network,
        "config_name": config.name,
        "config_hash": config_hash(config),
        "model": dataclasses.asdict(config.model.resolved()),
        "arrays": {part: array_shapes(tree) for part, tree in saved_parts(state).items()},
    }


def saved_parts(state: TrainState) -> dict[str, Any]:
    """The pytrees of a state that are saved, by the name of their item; none is empty."""
    parts = {"params": state.params, "optimizer": state.opt_state, "averages": state.averages}
    return {part: tree for part, tree in parts.items() if jax.tree.leaves(tree)}


def array_shapes(tree: Any) -> dict[str, str]:
    """Each array's type and shape by path, e.g. "float32[64, 96]"."""
    return {
        path: f"{leaf.dtype}[{', '.join(map(str, leaf.shape))}]"
        for path, leaf in named_leaves(tree).items()
    }


def saved_averages(about: Mapping[str, Any]) -> set[str]:
    """The averages that a checkpoint has, by name."""
    return {path.split("/")[0] for path in about["arrays"].get("averages", {})}


def with_averages(about: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """What a checkpoint would say that had no other averages."""
    averages = about["arrays"].get("averages", {})
    chosen = {path: shape for path, shape in averages.items() if path.split("/")[0] in names}
    return {**about, "arrays": {**about["arrays"], "averages": chosen}}


def check_version(path: str, about: Mapping[str, Any]) -> None:
    """Raises CheckpointError for a checkpoint that this program is too old to read."""
    if about["format_version"] > FORMAT_VERSION:
        raise CheckpointError(
            f"checkpoint {path} has format version {about['format_version']}, this program "
            f"reads up to {FORMAT_VERSION}. Update the program."
        )


def check_fit(
    path: str, about: Mapping[str, Any], model: ModelConfig, arrays: Mapping[str, Any]
) -> None:
    """Raises CheckpointMismatchError unless model settings and arrays are the checkpoint's.

    Args:
        path: of the checkpoint, for the message.
        about: as describe_checkpoint made it.
        model: of the config. Settings that the checkpoint does not know are not compared.
        arrays: the pytree to fill, by part ("params", "optimizer", "averages").
    """
    differences = setting_differences(about["model"], model)
    for part, tree in arrays.items():
        differences += _array_differences(part, about["arrays"].get(part, {}), array_shapes(tree))
    if differences:
        raise CheckpointMismatchError(path, differences)


def setting_differences(saved: Mapping[str, Any], model: ModelConfig) -> list[str]:
    """A line for each setting that both know and that differs."""
    ours, theirs = _flatten(dataclasses.asdict(model.resolved())), _flatten(saved)
    return [
        f"model.{key}: {theirs[key]!r} in the checkpoint, {value!r} by the config"
        for key, value in ours.items()
        if key in theirs and theirs[key] != value and key not in COMPUTING_SETTINGS
    ]


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _array_differences(part: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    absent = "absent"
    return [
        f"{part}/{path}: {theirs.get(path, absent)} in the checkpoint, "
        f"{ours.get(path, absent)} by the config"
        for path in sorted(theirs.keys() | ours.keys())
        if theirs.get(path) != ours.get(path)
    ]
