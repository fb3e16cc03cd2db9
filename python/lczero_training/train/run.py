"""A training run without the daemon: network after network, from whatever games there are."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from lczero_training.config.root import RootConfig
from lczero_training.schema.bottleneck import bottleneck_text
from lczero_training.schema.messages import TrainingProgress
from lczero_training.train.batch import HostBatch
from lczero_training.train.checkpoint_about import CheckpointWriteError
from lczero_training.train.processes import LostProcessError, Processes, ProcessesError, Status
from lczero_training.train.step import NONFINITE, TOTAL_LOSS
from lczero_training.train.stop_request import StopRequest
from lczero_training.train.trainer import Trainer

_LOG = logging.getLogger(__name__)

_ALONE = Processes()
# How long a process waits for its batch before it asks the others whether to stop.
_BATCH_SECONDS = 1.0


class Loader(Protocol):
    """lczero_training.loader.DataLoader, as far as training uses it."""

    def GetNext(self, split: str = "train") -> HostBatch:
        """The next batch of `split`, in the form of its output; waits for it."""

    def point_after(self, batches: int) -> dict[str, Any]:
        """How far it had come when so many batches had been given."""

    def ResetAnchor(self) -> str:
        """Sets the anchor to the newest sort key seen, and returns it."""

    def Stop(self) -> None:
        """Ends all threads and wakes all waits; may be called twice."""


@dataclass(frozen=True, kw_only=True)
class LoaderParts:
    """Makes loaders; tests bring fake ones."""

    # As training_loader: config, where a checkpoint says it stood, who is told of each
    # loader before anything waits for it.
    make: Callable[[RootConfig, dict[str, Any] | None, Callable[[Loader], None]], Loader]
    # What waits in a loader raise after Stop().
    stopped: type[Exception]


def train_networks(
    config: RootConfig,
    loader_parts: LoaderParts,
    stop: StopRequest,
    *,
    networks: int,
    processes: Processes = _ALONE,
) -> bool:
    """Trains `networks` networks, the one that a checkpoint has begun first.

    Each of `processes` calls it; they take each step together.

    Blocking: until done or `stop` is requested; then the step in flight is finished and a
              checkpoint saved.

    Returns:
        Whether all were trained.

    Raises:
        CheckpointWriteError: the last network's checkpoint could not be written, so it is lost.
        LostProcessError: nothing is closed then, for that would wait for the lost process.
    """

    def made(loader: Loader) -> None:
        # Of several processes none stops before all do: see _all_ready.
        if processes.count == 1:
            stop.on_request(loader.Stop)

    with processes.noticing_losses(), contextlib.ExitStack() as closing:
        processes.check_same(config)
        trainer = Trainer(config)
        closing.callback(trainer.close)
        loader = loader_parts.make(
            processes.with_own_games(config), processes.own(trainer.restored_sampler), made
        )
        closing.callback(loader.Stop)
        trainer.follow_sampler(lambda batches: processes.gather(loader.point_after(batches)))
        _LOG.info("waits for the loader's first batch; watches for games until then")
        try:
            with processes.noticing_losses():
                return _train_all(
                    networks, config, trainer, loader, loader_parts.stopped, stop, processes
                )
        except LostProcessError:
            # Closing a checkpoint that is being written would wait for the lost one.
            closing.pop_all()
            loader.Stop()
            raise


def _train_all(
    networks: int,
    config: RootConfig,
    trainer: Trainer,
    loader: Loader,
    stopped: type[Exception],
    stop: StopRequest,
    processes: Processes,
) -> bool:
    checkpoints = _Checkpoints()
    for _ in range(networks):
        if not _train_one(config, trainer, loader, stopped, stop, processes, checkpoints):
            return False
    # Of several processes all have it or none, and try again together.
    if checkpoints.failure:
        checkpoints.saved(trainer.save_checkpoint(), trainer.run_state.step)
    return True


def _train_one(
    config: RootConfig,
    trainer: Trainer,
    loader: Loader,
    stopped: type[Exception],
    stop: StopRequest,
    processes: Processes,
    checkpoints: "_Checkpoints",
) -> bool:
    steps = config.training.steps_per_network
    if not 0 < trainer.run_state.network_step < steps:
        trainer.begin_network(loader.ResetAnchor())
    first, next_batch = trainer.run_state, loader.GetNext

    def report(progress: TrainingProgress) -> None:
        if processes.is_first:
            _LOG.info(progress_line(progress))

    _LOG.info("trains from step %d to %d", first.step, first.step + steps - first.network_step)
    try:
        finished = trainer.train_network(
            next_batch,
            held_out=loader.GetNext,
            before_step=lambda: processes.count > 1 or not stop.made,
            before_held_out=lambda: _all_go_on(stop, processes),
            all_ready=lambda: _all_ready(trainer, next_batch, stop, processes),
            on_progress=report,
            on_checkpoint=checkpoints.saved,
            on_checkpoint_failed=checkpoints.not_saved,
            on_rolled_back=lambda message: _LOG.warning("%s", message),
        )
    except stopped:
        if not stop.made:
            raise
        finished = False
    if not finished and trainer.run_state.step > first.step:
        _LOG.info("stopped; checkpoint %s", trainer.save_checkpoint())
    return finished


class _Checkpoints:
    """Tells in the log what became of them; `failure` is that of the last one, if it failed."""

    def __init__(self) -> None:
        self.failure: CheckpointWriteError | None = None

    def saved(self, path: str, step: int) -> None:
        del step
        self.failure = None
        _LOG.info("checkpoint %s", path)

    def not_saved(self, error: CheckpointWriteError) -> None:
        self.failure = error
        _LOG.warning("%s Training goes on.", error)


def _all_ready(
    trainer: Trainer, next_batch: Callable[[], HostBatch], stop: StopRequest, processes: Processes
) -> bool:
    """Waits until each process has its batch; False if one of them was asked to stop.

    So none waits on its devices for one that will not come. Raises ProcessesError if another has
    failed, and what next_batch raises here.
    """
    while processes.count > 1:
        try:
            ready = trainer.batch_is_ready(next_batch, seconds=_BATCH_SECONDS)
        except Exception:
            processes.agree(Status.FAILED)
            raise
        mine = Status.STOPS if stop.made else Status.READY if ready else Status.WAITS
        match processes.agree(mine):
            case Status.READY:
                return True
            case Status.STOPS:
                return False
            case Status.FAILED:
                raise ProcessesError("another process has failed; its log says why")
    return True


def _all_go_on(stop: StopRequest, processes: Processes) -> bool:
    """Whether none was asked to stop."""
    return processes.agree(Status.STOPS if stop.made else Status.READY) is Status.READY


def progress_line(progress: TrainingProgress) -> str:
    """A report as one line of text."""
    metrics = {name: value for name, value in progress.metrics.items() if name != NONFINITE}
    parts = [
        f"step {progress.step} ({progress.network_step}/{progress.steps_per_network})",
        f"loss {progress.total_loss:.4f}",
        *(f"{name} {value:.4f}" for name, value in metrics.items()),
        f"rate {progress.learning_rate:.2e}",
        f"{progress.positions_per_second:.0f} positions/s",
        f"{progress.remaining_seconds:.0f} s left",
    ]
    if progress.time_shares:
        parts.append(bottleneck_text(progress.time_shares))
    for each in progress.evaluations:
        loss = each.metrics[TOTAL_LOSS]
        parts.append(f"{each.split} loss {loss:.4f} ({each.weights}, step {each.step})")
    if progress.metrics.get(NONFINITE):
        parts.append(f"SKIPPED {progress.metrics[NONFINITE]:.0f} steps that were not finite")
    return ", ".join(parts)
