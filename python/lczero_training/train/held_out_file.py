"""Held-out batches in a file, so that a restarted run is measured on the same positions."""

import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from lczero_training import durable_files
from lczero_training.config.root import RootConfig
from lczero_training.records.frame import InputFormat
from lczero_training.schema import codec
from lczero_training.train.batch import HostBatch, PackedBatch, PlainBatch

_VERSION = 1
_ABOUT = "about"
_INPUT_FORMAT = "input_format"
# Of batches of either form; what one does not have is left out.
_ARRAYS = ("bitboards", "scalars", "planes", "probabilities", "values", "opponent_moves")

# What numpy, zipfile and zlib raise, depending on which byte is another; zipfile's RuntimeError is
# that of a member that seems encrypted or packed in a way of its own.
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def kept_file(config: RootConfig, output: str) -> Path:
    """Where the batches of an output are kept: in a folder beside the checkpoints."""
    checkpoints = Path(config.training.checkpoint.directory).absolute()
    return checkpoints.with_name(checkpoints.name + "-held-out") / f"{output}.npz"


def origin(config: RootConfig, *, batches: int) -> Mapping[str, Any]:
    """What decides whether kept batches are those wanted: their number and size, and the split.

    Which games are held out follows from the splitters alone; where they changed, games that were
    held out may have been trained on.
    """
    stages = config.data_loader.stages
    splitters = {
        name: codec.to_json(stage) for name, stage in stages.items() if stage.chunk_source_splitter
    }
    return {
        "version": _VERSION,
        "batches": batches,
        "batch_size": config.training.batch_size,
        "splitters": splitters,
    }


def encode(batches: Sequence[HostBatch], come_from: Mapping[str, Any]) -> bytes:
    """A file's content."""
    first = batches[0]
    arrays = {
        name: np.stack([getattr(batch, name) for batch in batches])
        for name in _ARRAYS
        if getattr(first, name, None) is not None
    }
    about = dict(come_from) | {_INPUT_FORMAT: getattr(first, _INPUT_FORMAT, None)}
    content = io.BytesIO()
    np.savez_compressed(content, about=np.array(json.dumps(about)), **cast(Any, arrays))
    return content.getvalue()


def write_batches(path: Path, batches: Sequence[HostBatch], come_from: Mapping[str, Any]) -> None:
    """Writes the file whole and durable, its folder too. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".tmp")
    try:
        with unfinished.open("wb") as file:
            file.write(encode(batches, come_from))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    durable_files.sync(path.parent)


def read_batches(path: Path, come_from: Mapping[str, Any]) -> tuple[list[HostBatch], str]:
    """The batches of a file; none, and why, if it is not there, damaged or of another origin."""
    try:
        batches, about = decode(path.read_bytes())
    except FileNotFoundError:
        return [], f"no file {path} yet"
    except _DAMAGE as error:
        return [], f"{path} cannot be read ({error})"
    if about != json.loads(json.dumps(come_from)):
        return [], f"{path} has batches of another number, size or split"
    return batches, ""


def decode(content: bytes) -> tuple[list[HostBatch], Mapping[str, Any]]:
    """What was encoded. Raises one of many exceptions where bytes are damaged."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        about = json.loads(str(file[_ABOUT]))
        input_format = about.pop(_INPUT_FORMAT)
        arrays = {name: file[name] for name in _ARRAYS if name in file}
    return [
        _batch({name: array[index] for name, array in arrays.items()}, input_format)
        for index in range(about["batches"])
    ], about


def part_of(batch: HostBatch, index: int, count: int) -> HostBatch:
    """The positions that one of `count` processes has of a batch."""
    size = len(batch.values) // count
    return _with_arrays(lambda arrays: arrays[0][index * size : (index + 1) * size], [batch])


def joined(parts: Sequence[HostBatch]) -> HostBatch:
    """The batch of which these are the parts, in order."""
    return _with_arrays(np.concatenate, parts)


def _with_arrays(make: Callable[[list[Any]], Any], batches: Sequence[HostBatch]) -> HostBatch:
    """A batch each of whose arrays is made of those of the batches."""
    first = batches[0]
    arrays = {
        name: make([getattr(batch, name) for batch in batches])
        for name in _ARRAYS
        if getattr(first, name, None) is not None
    }
    return _batch(arrays, getattr(first, _INPUT_FORMAT, None))


def _batch(arrays: dict[str, Any], input_format: int | None) -> HostBatch:
    if input_format is None:
        return cast(HostBatch, PlainBatch(**arrays))
    return cast(HostBatch, PackedBatch(**arrays, input_format=InputFormat(input_format)))
