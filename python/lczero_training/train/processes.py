"""The processes that train one network together, joined by jax.distributed."""

import contextlib
import enum
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from lczero_training.config.processes import ProcessesConfig
from lczero_training.config.root import RootConfig
from lczero_training.schema.loader_config import ShareConfig, StageConfig
from lczero_training.train.checkpoint_about import config_hash

_LOG = logging.getLogger(__name__)

# Key of a checkpoint's sampler item that holds one for each process.
_SAMPLERS = "processes"
# Characters of another library's message.
_MAX_REASON = 300


class ProcessesError(Exception):
    """Processes that did not find each other, do not fit, or lost one; says what to do."""


class LostProcessError(ProcessesError):
    """Another process was killed, or its host is lost: nothing can be done together any more."""


class Status(enum.IntEnum):
    """What a process says before a step. The largest is what all then do."""

    READY = 0
    # For a batch.
    WAITS = 1
    # A stop was asked for: all finish the step, save a checkpoint and end.
    STOPS = 2
    # All end with an error; nothing can be saved together.
    FAILED = 3


@dataclass(frozen=True, kw_only=True)
class Processes:
    """This process among `count`; by default there are no others.

    Threads:   what all do together is called by one thread, in the same order in each process as
               everything that the devices do together.
    Blocking:  agree() and gather() until all have called them.
    """

    index: int = 0
    count: int = 1
    games: str = "shared"

    @property
    def is_first(self) -> bool:
        """Whether this one reports for all."""
        return self.index == 0

    def agree(self, status: Status) -> Status:
        """The largest status of all processes."""
        if self.count == 1:
            return status
        return Status(int(np.max(multihost_utils.process_allgather(np.int32(status)))))

    def gather(self, sampler: dict[str, Any]) -> dict[str, Any]:
        """What a checkpoint holds of the loaders of all processes."""
        if self.count == 1:
            return sampler
        return {_SAMPLERS: [json.loads(text) for text in gather(json.dumps(sampler).encode())]}

    def own(self, saved: dict[str, Any] | None) -> dict[str, Any] | None:
        """Of what gather() made, this process's part; None if as many processes did not make it."""
        if saved is None:
            return None
        each: list[dict[str, Any]] = saved.get(_SAMPLERS, [saved])
        if len(each) == self.count:
            return each[self.index]
        _LOG.warning(
            "the checkpoint is of %d processes, here are %d: the games are shared out anew, and "
            "those that were trained in this pass may come again",
            len(each),
            self.count,
        )
        return None

    def with_own_games(self, config: RootConfig) -> RootConfig:
        """The config with this process's share of the games, and of each batch.

        training.batch_size stays that of all processes. Raises ProcessesError.
        """
        if self.count == 1:
            return config
        size, rest = divmod(config.training.batch_size, self.count)
        if rest:
            raise ProcessesError(
                f"training.batch_size: {config.training.batch_size} positions cannot be shared "
                f"alike by {self.count} processes ({config.training.batch_size} = {self.count} x "
                f"{size} + {rest}). Set a multiple of {self.count}."
            )
        stages = {n: self._own_stage(s, size) for n, s in config.data_loader.stages.items()}
        return replace(config, data_loader=replace(config.data_loader, stages=stages))

    def check_same(self, config: RootConfig) -> None:
        """Raises ProcessesError unless all have the same config, but for their index."""
        if self.count == 1:
            return
        training = replace(config.training, processes=None)
        digest = bytes.fromhex(config_hash(replace(config, training=training)))
        all_digests = np.asarray(multihost_utils.process_allgather(np.frombuffer(digest, np.uint8)))
        differing = [i for i, row in enumerate(all_digests) if row.tobytes() != digest]
        if differing:
            raise ProcessesError(
                f"process {self.index} has another config than processes {differing}: sections "
                "model and training must be equal but for training.processes. Give all the same."
            )

    @contextlib.contextmanager
    def noticing_losses(self) -> Iterator[None]:
        """Where a failure of what devices do together raises LostProcessError."""
        try:
            yield
        except (jax.errors.JaxRuntimeError, ValueError) as error:
            # Among CPUs it is a ValueError.
            of_devices = isinstance(error, jax.errors.JaxRuntimeError) or "Gloo" in str(error)
            if self.count == 1 or not of_devices:
                raise
            reason = " ".join(str(error).split())[:_MAX_REASON]
            raise LostProcessError(
                f"process {self.index} of {self.count} cannot go on: {reason}. Another one was "
                "killed, its host is lost, or it ended with an error that its log has. Start all "
                "again: they go on from the newest checkpoint."
            ) from error

    def _own_stage(self, stage: StageConfig, batch_size: int) -> StageConfig:
        if stage.tensor_generator:
            generator = replace(stage.tensor_generator, batch_size=batch_size)
            return replace(stage, tensor_generator=generator)
        if stage.chunk_source_loader and self.games == "shared":
            share = ShareConfig(index=self.index, count=self.count)
            return replace(
                stage, chunk_source_loader=replace(stage.chunk_source_loader, share=share)
            )
        return stage


def is_first() -> bool:
    """Whether this process is the only one, or the one that acts for all."""
    return jax.process_index() == 0


def gather(content: bytes) -> list[bytes]:
    """What all processes have, by their index."""
    own = np.frombuffer(content, np.uint8)
    sizes = np.atleast_1d(multihost_utils.process_allgather(np.int32(own.size)))
    padded = np.pad(own, (0, int(np.max(sizes)) - own.size))
    rows = np.atleast_2d(multihost_utils.process_allgather(padded))
    return [row[:size].tobytes() for row, size in zip(rows, sizes, strict=True)]


def from_first(content: bytes) -> bytes:
    """What the first process has; what the others give is passed over."""
    size = int(multihost_utils.broadcast_one_to_all(np.int32(len(content))))
    own = np.frombuffer(content, np.uint8) if is_first() else np.zeros(size, np.uint8)
    return np.asarray(multihost_utils.broadcast_one_to_all(own)).astype(np.uint8).tobytes()


def least(number: int) -> int:
    """The least number of all processes."""
    return int(np.min(multihost_utils.process_allgather(np.int32(number))))


def meet(where: str) -> None:
    """Waits until all processes are here; devices may go on."""
    multihost_utils.sync_global_devices(where)


@contextlib.contextmanager
def failing_together(matters: bool) -> Iterator[None]:
    """Where an exception in one process raises OSError in the others too.

    `matters`: the same in all; without it, exceptions are each process's own.
    """
    if jax.process_count() == 1 or not matters:
        yield
        return
    failure: Exception | None = None
    try:
        yield
    except Exception as error:  # Raised again below, when the others know.
        failure = error
    failed = np.asarray(multihost_utils.process_allgather(np.bool_(failure is not None)))
    if failure is not None:
        raise failure
    if failed.any():
        raise OSError(f"processes {np.flatnonzero(failed).tolist()} failed; their logs say why")


def join_processes(config: ProcessesConfig | None) -> Processes:
    """Joins the others, or none if config is None; to be called before JAX is used.

    Blocking: until all are there, or JAX gives up after five minutes.
    Errors:   ProcessesError.
    """
    if config is None:
        return Processes()
    # Its handler of SIGTERM would take the place of the trainer's.
    jax.config.update("jax_enable_preemption_service", False)
    options: dict[str, Any] = {}
    if config.coordinator is not None:
        options = {
            "coordinator_address": config.coordinator,
            "num_processes": config.count,
            "process_id": config.index,
            "cluster_detection_method": "deactivate",
        }
    try:
        jax.distributed.initialize(**options, heartbeat_timeout_seconds=config.lost_after_seconds)
    except (RuntimeError, ValueError) as error:
        raise ProcessesError(
            f"the processes did not find each other: {str(error).strip().rstrip('.')}. "
            + _remedy(config)
        ) from error
    joined = Processes(index=jax.process_index(), count=jax.process_count(), games=config.games)
    _LOG.info(
        "process %d of %d; if one is killed or lost, JAX ends the others after %d seconds at the "
        "latest. Start all again then: they go on from the newest checkpoint",
        joined.index,
        joined.count,
        config.lost_after_seconds,
    )
    return joined


def _remedy(config: ProcessesConfig) -> str:
    if config.coordinator is None:
        return (
            "No cluster was found, or not all of it: start it by SLURM, Open MPI or Kubernetes, or "
            "set training.processes.coordinator, count and index."
        )
    return (
        f"Start all {config.count} with the same coordinator ({config.coordinator}), each with "
        "its own training.processes.index; they must be able to reach it."
    )
