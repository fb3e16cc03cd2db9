"""A training run without the daemon: network after network, from whatever games there are."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from lczero_training.config.root import RootConfig
from lczero_training.schema.messages import TrainingProgress
from lczero_training.train.batch import HostBatch
from lczero_training.train.step import NONFINITE, TOTAL_LOSS
from lczero_training.train.stop_request import StopRequest
from lczero_training.train.trainer import Trainer

_LOG = logging.getLogger(__name__)


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

    # As loader.resume_loader: config, where a checkpoint says it stood, who is told of each loader
    # before anything waits for it.
    make: Callable[[RootConfig, dict[str, Any] | None, Callable[[Loader], None]], Loader]
    # What waits in a loader raise after Stop().
    stopped: type[Exception]


def train_networks(
    config: RootConfig, loader_parts: LoaderParts, stop: StopRequest, *, networks: int
) -> bool:
    """Trains `networks` networks, the one that a checkpoint has begun first.

    Blocking: until done or `stop` is requested; then the step in flight is finished and a
              checkpoint saved.

    Returns:
        Whether all were trained.
    """
    trainer = Trainer(config)
    loader = loader_parts.make(
        config, trainer.restored_sampler, lambda loader: stop.on_request(loader.Stop)
    )
    trainer.follow_sampler(loader.point_after)
    _LOG.info("waits for the loader's first batch; watches for games until then")
    try:
        for _ in range(networks):
            if not _train_one(config, trainer, loader, loader_parts.stopped, stop):
                return False
        return True
    finally:
        loader.Stop()
        trainer.close()


def _train_one(
    config: RootConfig,
    trainer: Trainer,
    loader: Loader,
    stopped: type[Exception],
    stop: StopRequest,
) -> bool:
    steps = config.training.steps_per_network
    if not 0 < trainer.run_state.network_step < steps:
        trainer.begin_network(loader.ResetAnchor())
    first = trainer.run_state
    _LOG.info("trains from step %d to %d", first.step, first.step + steps - first.network_step)
    try:
        finished = trainer.train_network(
            loader.GetNext,
            held_out=loader.GetNext,
            before_step=lambda: not stop.made,
            on_progress=lambda progress: _LOG.info(progress_line(progress)),
            on_checkpoint=lambda path, _: _LOG.info("checkpoint %s", path),
            on_checkpoint_failed=lambda error: _LOG.warning("%s Training goes on.", error),
            on_rolled_back=lambda message: _LOG.warning("%s", message),
        )
    except stopped:
        if not stop.made:
            raise
        finished = False
    if not finished and trainer.run_state.step > first.step:
        _LOG.info("stopped; checkpoint %s", trainer.save_checkpoint())
    return finished


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
    if shares := progress.time_shares:
        parts.append(
            f"waits: loader {shares.loader:.0%}, host {shares.host:.0%}, device {shares.device:.0%}"
        )
    for each in progress.evaluations:
        loss = each.metrics[TOTAL_LOSS]
        parts.append(f"{each.split} loss {loss:.4f} ({each.weights}, step {each.step})")
    if progress.metrics.get(NONFINITE):
        parts.append(f"SKIPPED {progress.metrics[NONFINITE]:.0f} steps that were not finite")
    return ", ".join(parts)
