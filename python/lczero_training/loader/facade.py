"""DataLoader: games in files become batches of numpy arrays.

A thin face over the extension `_loader`: configs and statistics are the generated dataclasses,
batches are zero-copy arrays. Everything slow happens in threads of C++.
"""

import json
import weakref
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lczero_training.loader import _loader
from lczero_training.loader.log_relay import LogRelay
from lczero_training.schema import codec
from lczero_training.schema.loader_config import DataLoaderConfig
from lczero_training.schema.loader_stats import LoaderStats


class Batch(NamedTuple):
    """One batch of B positions; its arrays own their memory and may outlive the loader."""

    # [B, 112, 8, 8] f32: the network's input; plane, rank (0 = ours), file.
    planes: NDArray[np.float32]
    # [B, 1858] f32: visit fractions of the search, -1 for illegal moves.
    probabilities: NDArray[np.float32]
    # [B, 6, 3] f32: rows VALUE_ROWS, columns VALUE_COLUMNS (q, d, m in plies); `orig` and the m of
    # `st` may be NaN.
    values: NDArray[np.float32]


class PackedBatch(NamedTuple):
    """The same in less than a quarter of the bytes: planes as the games have them.

    lczero_training.train.expand makes the planes of them, on the device.
    """

    # [B, 104, 8] u8: bitboards; byte r is row r of the board, bit 7 file a.
    bitboards: NDArray[np.uint8]
    # [B, 8] u8: castling us ooo, us oo, them ooo, them oo, side to move or en passant, rule50,
    # invariance, 0.
    scalars: NDArray[np.uint8]
    # As in Batch.
    probabilities: NDArray[np.float32]
    values: NDArray[np.float32]
    # [B] i32: policy index of the move that the opponent answered with; -1 where none is known (the
    # game is V6, or ended before).
    opponent_moves: NDArray[np.int32]
    # Of every position; says what the scalars mean.
    input_format: int


# Rows and columns of the values, by index.
VALUE_ROWS = _loader.VALUE_ROWS
VALUE_COLUMNS = _loader.VALUE_COLUMNS

for _fields, _layout in (
    (Batch._fields, _loader.BATCH_LAYOUT),
    (PackedBatch._fields[:-1], _loader.PACKED_BATCH_LAYOUT),
):
    if _fields != tuple(name for name, _, _ in _layout):
        raise ImportError(
            f"the extension's batch is {_layout}, this module's is {_fields}: "
            "they come from different builds; build again"
        )


def check_config(config: DataLoaderConfig) -> None:
    """Raise the BadConfig that DataLoader(config) would raise; nothing is started."""
    _loader.check_config(json.dumps(codec.to_json(config)))


class DataLoader:
    """Runs the stages of a config and hands out batches.

    Threads: every method may be called from any thread. Waiting calls release the interpreter
    lock, but Python runs signal handlers in the main thread only between its own instructions:
    wait in another thread, or Ctrl-C has to wait for the data.

    Log: bad games, and what stopped the loader by itself, go to the logger
    "lczero_training.loader" from a thread of this object's own (LogRelay).

    Forks: a forked child has no threads of its parent's loader: there every method but Stop raises
    RuntimeError, and Stop does nothing. It may make loaders of its own.

    Shutdown: Stop(). It also happens when the object is dropped, and when the interpreter ends.

    Errors: BadConfig when the config or a split's name cannot be used; LoaderStopped after
    Stop(); EndOfData when the input has ended; CorruptData when `sampler_state` cannot be used.
    OSError when the system refuses what no config can mend (no inotify instance), RuntimeError
    for a bug in the loader. Bad games are none of these: they are counted and skipped.
    """

    def __init__(self, config: DataLoaderConfig, sampler_state: bytes | None = None) -> None:
        """Check the config and start all threads. BadConfig names each problem's key.

        With the `sampler_state` of another loader's GetSamplerState(), sampling goes on where it
        stood then; one that is damaged or of another config is CorruptData. None starts afresh.
        """
        self._packed_splits = _packed_splits(config)
        self._loader = _loader.Loader(json.dumps(codec.to_json(config)), sampler_state)
        self._relay = LogRelay(self._loader)
        self._relay.start()
        # At the interpreter's end log_relay sees to it, in the right order.
        weakref.finalize(self, self._relay.end).atexit = False

    def GetNextBatch(self, split: str = "train") -> Batch:
        """Wait for the next batch of an output of the config."""
        return Batch(*self._loader.get_next_batch(split))

    def GetNextPackedBatch(self, split: str = "train") -> PackedBatch:
        """The same of an output with `tensor_generator: {packed: true}`.

        Each of the two methods raises BadConfig for outputs of the other's form.
        """
        arrays, input_format = self._loader.get_next_packed_batch(split)
        bitboards, scalars, probabilities, values, opponent_moves = arrays
        return PackedBatch(bitboards, scalars, probabilities, values, opponent_moves, input_format)

    def GetNext(self, split: str = "train") -> Batch | PackedBatch:
        """Wait for the next batch of an output, in the form that its config gives it."""
        packed = split in self._packed_splits
        return self.GetNextPackedBatch(split) if packed else self.GetNextBatch(split)

    def GetStats(self) -> LoaderStats:
        """Totals up to now, rates and loads of the last whole second. Never waits."""
        return codec.from_json(LoaderStats, json.loads(self._loader.get_stats_json()))

    def GetSamplerState(self) -> bytes:
        """Say how far sampling has come, for the constructor of a loader that goes on from there.

        All that left the pools counts as given, also what still waits in queues and reservoirs. Any
        time, also after Stop(). Some bytes for each game in the pools; the anchor is not in it.
        """
        return self._loader.get_sampler_state()

    def SetAnchor(self, sort_key: str) -> None:
        """Count chunks of files whose name sorts after `sort_key`, known ones included."""
        self._loader.set_anchor(sort_key)

    def ResetAnchor(self) -> str:
        """Set the anchor to the newest sort key seen, and return it ("" before the first)."""
        return self._loader.reset_anchor()

    def WaitForChunks(self, count: int, timeout_seconds: float) -> bool:
        """Wait for `count` chunks newer than the anchor; False when the time is over first."""
        return self._loader.wait_for_chunks(count, timeout_seconds)

    def Stop(self) -> None:
        """Drop what is in flight and end every thread; idempotent. Waiting calls raise.

        What was logged until then has been handed to the log, unless a handler hangs.
        """
        self._relay.end()


def _packed_splits(config: DataLoaderConfig) -> frozenset[str]:
    """Outputs with packed batches; what cannot be an output is left to the constructor's check."""
    generators = {name: stage.tensor_generator for name, stage in config.stages.items()}
    return frozenset(
        split
        for split, stage in config.outputs.items()
        if (generator := generators.get(stage)) is not None and generator.packed
    )
