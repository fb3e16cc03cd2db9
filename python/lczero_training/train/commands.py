"""The trainer program's commands that need JAX and the loader."""

import logging
import threading
from collections.abc import Callable, Mapping

from lczero_training.config.root import RootConfig
from lczero_training.loader import BadConfig, DataLoader, EndOfData, LoaderStopped
from lczero_training.train.checkpoint_about import CheckpointError, CheckpointMismatchError
from lczero_training.train.errors import CommandError, ConfigRefusedError
from lczero_training.train.overfit import overfit_batch
from lczero_training.train.rollback import TrainingDivergedError
from lczero_training.train.run import LoaderParts, train_networks
from lczero_training.train.step import TOTAL_LOSS
from lczero_training.train.stop_request import StopRequest

_LOG = logging.getLogger(__name__)

# What is left of the loss when a batch counts as learnt.
_LEARNT = 0.1

_LOADER = LoaderParts(make=DataLoader, stopped=LoaderStopped)


def train(config: RootConfig, *, networks: int) -> None:
    """Trains networks until done or a signal asks to stop.

    Raises ConfigRefusedError, CommandError.
    """
    stop = StopRequest()
    stop.listen_to_signals()
    _in_thread(lambda: train_networks(config, _LOADER, stop, networks=networks))


def overfit(config: RootConfig, *, steps: int) -> None:
    """Trains on one batch; CommandError unless a tenth of its loss or less is left."""
    stop = StopRequest()
    stop.listen_to_signals()
    _in_thread(lambda: _overfit(config, stop, steps))


def _overfit(config: RootConfig, stop: StopRequest, steps: int) -> None:
    loader = DataLoader(config.data_loader)
    stop.on_request(loader.Stop)
    try:
        batch = loader.GetNext()
    except LoaderStopped:
        if not stop.made:
            raise
        return
    finally:
        loader.Stop()

    def report(step: int, metrics: Mapping[str, float]) -> None:
        losses = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        _LOG.info("step %d: %s", step, losses)

    first, last = overfit_batch(
        config, batch, steps=steps, keep_on=lambda: not stop.made, report=report
    )
    before, after = first[TOTAL_LOSS], last[TOTAL_LOSS]
    if stop.made:
        _LOG.info("stopped")
        return
    if not after <= _LEARNT * before:
        raise CommandError(
            f"the batch is not learnt: loss {before:.4f} before, {after:.4f} after {steps} steps. "
            "Give it more steps or a higher rate; if that does not help, a loss is wrong."
        )
    _LOG.info("learnt: loss %.4f before, %.4f after %d steps", before, after, steps)


def _in_thread(work: Callable[[], object]) -> None:
    """Runs work in a thread and raises here what it raises.

    The main thread stays free for signal handlers, which a wait in the loader would hold up.
    """
    failure: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # Raised again in the main thread.
            failure.append(error)

    thread = threading.Thread(target=guarded, name="training")
    thread.start()
    thread.join()
    if failure:
        raise _translated(failure[0]) from failure[0]


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, BadConfig | CheckpointMismatchError):
        return ConfigRefusedError(str(error))
    if isinstance(error, CheckpointError | EndOfData | TrainingDivergedError):
        return CommandError(str(error))
    return error
