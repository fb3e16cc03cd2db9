"""The folder of checkpoints, as orbax keeps it: names, leftovers, damaged ones."""

import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import jax
import orbax.checkpoint as ocp
from orbax.checkpoint._src.serialization import tensorstore_utils

from lczero_training.durable_files import sync

_LOG = logging.getLogger(__name__)

# For a line of its log, orbax asks tensorstore how much it wrote, several times a checkpoint; each
# answer leaks 3.6 kB (tensorstore 0.1.86). A test says so if a later orbax asks in another way.
tensorstore_utils.get_tensorstore_raw_bytes = lambda *_: 0

# orbax warns at each checkpoint that there is nothing to merge: without OCDBT there never is.
logging.getLogger("absl").addFilter(lambda record: "Skipping merge of OCDBT" not in str(record.msg))

_STEP_DIGITS = 8
# Prefix of checkpoints that could not be read and were set aside for inspection.
_DAMAGED = "damaged-"
# Of folders that orbax has not finished.
_UNFINISHED_SUFFIX = ".orbax-checkpoint-tmp"
# For a checkpoint to be written; so long do processes wait for one that failed at its part.
_WRITING_SECONDS = 1200
# What each array's own folder has.
_ARRAY_FILE = ".zarray"


def folder_name(step: int) -> str:
    """Of the checkpoint of a step."""
    return f"{step:0{_STEP_DIGITS}d}"


def open_manager(directory: Path, *, read_only: bool) -> ocp.CheckpointManager:
    """`read_only`: nothing in the folder is changed."""
    if not read_only and jax.process_index() == 0:
        # They take room, and the name that the next save of the step needs. Orbax would delete
        # them too, but in a thread, while that save may have begun.
        for unfinished in directory.glob(f"*{_UNFINISHED_SUFFIX}"):
            shutil.rmtree(unfinished, ignore_errors=True)
    return ocp.CheckpointManager(
        directory,
        options=ocp.CheckpointManagerOptions(
            step_format_fixed_length=_STEP_DIGITS,
            create=not read_only,
            # Made in another thread, a folder that cannot be made would be waited for: 20 minutes.
            async_options=ocp.options.AsyncOptions(
                timeout_secs=_WRITING_SECONDS, create_directories_asynchronously=False
            ),
        ),
        item_handlers={
            # OCDBT, the default, packs the arrays into fewer files and leaks about 1 kB an array
            # and checkpoint (tensorstore 0.1.86): gigabytes over months for a large network.
            "params": ocp.StandardCheckpointHandler(use_ocdbt=False),
            "optimizer": ocp.StandardCheckpointHandler(use_ocdbt=False),
            "averages": ocp.StandardCheckpointHandler(use_ocdbt=False),
            "about": ocp.JsonCheckpointHandler(),
            "sampler": ocp.JsonCheckpointHandler(),
        },
    )


def read_some(item: Path, targets: Mapping[str, jax.ShapeDtypeStruct]) -> dict[str, jax.Array]:
    """Those arrays of a checkpoint's item that `targets` name, with their shardings."""
    restore_args = ocp.checkpoint_utils.construct_restore_args(dict(targets))
    args = ocp.args.PyTreeRestore(dict(targets), restore_args=restore_args, partial_restore=True)
    with ocp.Checkpointer(ocp.PyTreeCheckpointHandler()) as reader:
        arrays: dict[str, jax.Array] = reader.restore(item, args=args)
    return arrays


def sync_checkpoint(path: Path) -> None:
    """Puts on disk what orbax leaves to the system: all but the arrays and their own folders.

    Those tensorstore has synced (0.1.86, as strace shows); as often again would take seconds.
    """
    for parent, _, files in os.walk(path, topdown=False):
        if _ARRAY_FILE in files:
            continue
        for name in files:
            sync(Path(parent, name))
        sync(Path(parent))
    sync(path.parent)
    sync(path.parent.parent)


def delete(path: Path) -> None:
    """Deletes a checkpoint; one that is half deleted never has a checkpoint's name.

    Errors are warnings: what is left has the name of a leftover, or is tried again.
    """
    dying = path.with_name(f"{path.name}.deleted{_UNFINISHED_SUFFIX}")
    try:
        path.rename(dying)
        shutil.rmtree(dying)
    except OSError as error:
        _LOG.warning("checkpoint %s could not be deleted: %s", path, error)


def set_aside(path: Path) -> None:
    """Renames a checkpoint that cannot be read, so that its step can be saved again."""
    target = path.with_name(_DAMAGED + path.name)
    copies = 1
    while target.exists():
        copies += 1
        target = target.with_name(f"{_DAMAGED}{path.name}.{copies}")
    path.rename(target)
    _LOG.warning("set aside as %s", target)
