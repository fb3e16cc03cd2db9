"""Batches: as the loader gives them, on the device, and as the network reads them."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, cast, runtime_checkable

import jax
import numpy as np
import numpy.typing as npt

from lczero_training.records.frame import InputFormat
from lczero_training.train.expand import expand_planes

FloatArray = npt.NDArray[np.float32]


class Targets(Protocol):
    """What every batch of the loader says about its B positions; read only."""

    @property
    def probabilities(self) -> FloatArray:
        """[B, 1858] f32, negative for illegal moves."""

    @property
    def values(self) -> FloatArray:
        """[B, 6, 3] f32; rows result, best, played, orig, root, st; columns q, d, m."""


class PlainHostBatch(Targets, Protocol):
    """lczero_training.loader.Batch."""

    @property
    def planes(self) -> FloatArray:
        """[B, 112, 8, 8] f32."""


@runtime_checkable
class PackedHostBatch(Targets, Protocol):
    """lczero_training.loader.PackedBatch, of an output with `packed: true`."""

    @property
    def bitboards(self) -> npt.NDArray[np.uint8]:
        """[B, 104, 8] u8."""

    @property
    def scalars(self) -> npt.NDArray[np.uint8]:
        """[B, 8] u8."""

    @property
    def opponent_moves(self) -> npt.NDArray[np.int32]:
        """[B] i32, policy index; -1 where it is not known."""

    @property
    def input_format(self) -> int:
        """Of every position; an InputFormat."""


HostBatch = PlainHostBatch | PackedHostBatch


class PlainBatch(NamedTuple):
    """A batch on the device as the network and the losses read it."""

    # [B, 112, 8, 8] f32.
    planes: jax.Array
    # As in Targets.
    probabilities: jax.Array
    values: jax.Array
    # [B] i32, the index of the move that the opponent answered with, negative where it is not
    # known. None: the loader gave plain batches, which do not say.
    opponent_moves: jax.Array | None = None


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class PackedBatch:
    """A batch on the device in less than a quarter of the bytes; expand() makes it plain.

    The input format is no array but a constant of the program that is compiled for the batch:
    another one compiles another program.
    """

    # [B, 104, 8] u8 and [B, 8] u8.
    bitboards: jax.Array
    scalars: jax.Array
    # As in PlainBatch.
    probabilities: jax.Array
    values: jax.Array
    opponent_moves: jax.Array
    input_format: InputFormat = field(metadata={"static": True})


DeviceBatch = PlainBatch | PackedBatch


class BatchRefusedError(Exception):
    """A batch that the run cannot use; the message says why and what to do."""


class InputFormatChangedError(BatchRefusedError):
    """Batches of two input formats in one run."""


class WrongInputFormatError(BatchRefusedError):
    """A batch of another input format than the model's."""


class UnevenBatchError(BatchRefusedError):
    """A batch that the devices cannot share alike."""


class BatchMover:
    """Moves the loader's batches to the device.

    With several processes each moves its part of a batch to its own devices.

    Threads: one at a time.
    Blocking: returns when the transfer has begun; what uses the batch waits for its end.
    """

    def __init__(self, sharding: jax.sharding.Sharding) -> None:
        self._sharding = sharding
        self._input_format: InputFormat | None = None

    def __call__(self, batch: HostBatch) -> DeviceBatch:
        """The batch on the device, or shared alike by all of them.

        Raises InputFormatChangedError if it is not like the ones before, UnevenBatchError.
        """
        on_host = _as_pytree(batch)
        if isinstance(on_host, PackedBatch):
            self._check_format(on_host.input_format)
        self._check_size(len(batch.values))
        moved: DeviceBatch = jax.tree.map(self._move, on_host)
        return moved

    def _move(self, array: npt.NDArray[Any]) -> jax.Array:
        moved: jax.Array
        if self._sharding.is_fully_addressable:
            moved = jax.device_put(array, self._sharding)
        else:
            moved = jax.make_array_from_process_local_data(self._sharding, array)
        return moved

    def _check_size(self, size: int) -> None:
        devices = len(self._sharding.addressable_devices)
        if size % devices:
            raise UnevenBatchError(
                f"a batch of {size} positions cannot be shared alike by {devices} devices "
                f"({size} = {devices} x {size // devices} + {size % devices}). Leave "
                "tensor_generator.batch_size out, or set a multiple; or set training.devices."
            )

    def _check_format(self, input_format: InputFormat) -> None:
        if self._input_format not in (None, input_format):
            raise InputFormatChangedError(
                f"batch of input format {input_format.value} ({input_format.name}) after those of "
                f"{self._input_format.value} ({self._input_format.name}): the games have changed. "
                "A run has one format: set chunk_validator.input_format to it, and keep the "
                "other games out."
            )
        self._input_format = input_format


def _as_pytree(batch: HostBatch) -> DeviceBatch:
    """The same arrays of numpy in the structure that the step takes."""
    fields: dict[str, Any] = {"probabilities": batch.probabilities, "values": batch.values}
    if isinstance(batch, PackedHostBatch):
        return PackedBatch(
            bitboards=cast(Any, batch.bitboards),
            scalars=cast(Any, batch.scalars),
            opponent_moves=cast(Any, batch.opponent_moves),
            input_format=InputFormat(batch.input_format),
            **fields,
        )
    return PlainBatch(planes=cast(Any, batch.planes), **fields)


def check_input_format(batch: DeviceBatch, expected: InputFormat) -> None:
    """Raises WrongInputFormatError if it is known that the positions are of another format."""
    if isinstance(batch, PackedBatch) and batch.input_format != expected:
        found = batch.input_format
        raise WrongInputFormatError(
            f"the games are of input format {found.value} ({found.name}), model.input_format is "
            f"{expected.value} ({expected.name}), which is what networks tell the engine to feed. "
            f"Set model.input_format: {found.value}, or keep these games out with "
            f"chunk_validator.input_format: {expected.value}."
        )


def expand(batch: DeviceBatch) -> PlainBatch:
    """The batch as the network reads it; to be compiled, as a part of the step."""
    if isinstance(batch, PlainBatch):
        return batch
    planes = expand_planes(batch.bitboards, batch.scalars, input_format=batch.input_format)
    return PlainBatch(planes, batch.probabilities, batch.values, batch.opponent_moves)
