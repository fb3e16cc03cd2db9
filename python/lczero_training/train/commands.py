"""The trainer program's commands that need JAX and the loader."""

import contextlib
import functools
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lczero_training.config.daemon import EvaluationConfig
from lczero_training.config.root import RootConfig
from lczero_training.loader import BadConfig, DataLoader, EndOfData, LoaderStopped
from lczero_training.train.batch import BatchRefusedError, HostBatch
from lczero_training.train.checkpoint_about import CheckpointError, CheckpointMismatchError
from lczero_training.train.checkpoint_losses import as_table as as_losses_table
from lczero_training.train.checkpoint_losses import batches_of, evaluate_checkpoint
from lczero_training.train.curve_png import write_curve
from lczero_training.train.errors import EXIT_FAILURE, CommandError, ConfigRefusedError
from lczero_training.train.layout import DeviceLayoutError
from lczero_training.train.overfit import outcomes, overfit_batch, verdict
from lczero_training.train.processes import (
    LostProcessError,
    Processes,
    ProcessesError,
    join_processes,
)
from lczero_training.train.rollback import TrainingDivergedError
from lczero_training.train.run import LoaderParts, train_networks
from lczero_training.train.step import TOTAL_LOSS
from lczero_training.train.stop_request import StopRequest
from lczero_training.train.training_loader import training_loader
from lczero_training.train.tune_lr import (
    RatePoint,
    as_table,
    highest_to_show,
    suggested_rate,
    try_rates,
)

_LOG = logging.getLogger(__name__)


_WAITS = "waits for the loader's first batch; watches for games until then"
_LOADER = LoaderParts(make=training_loader, stopped=LoaderStopped)


def train(config: RootConfig, *, networks: int) -> None:
    """Trains networks until done or a signal asks to stop.

    Raises ConfigRefusedError, CommandError.
    """
    folder = Path(config.training.checkpoint.directory)
    if folder.exists() and not folder.is_dir():
        raise ConfigRefusedError(
            f"training.checkpoint.directory: {folder} is a file, name a folder"
        )
    try:
        processes = join_processes(config.training.processes)
    except ProcessesError as error:
        raise CommandError(str(error)) from error
    stop = StopRequest()
    stop.listen_to_signals()
    run_training(config, _LOADER, stop, networks=networks, processes=processes)


def run_training(
    config: RootConfig,
    loader_parts: LoaderParts,
    stop: StopRequest,
    *,
    networks: int,
    processes: Processes,
) -> bool:
    """train_networks in a thread, with the errors of a command.

    Where another process is lost, this one ends here and now, with exit code 1: an orderly end
    would wait for the lost one, until JAX ends the process by SIGABRT.
    """
    done: list[bool] = []

    def work() -> None:
        done.append(
            train_networks(config, loader_parts, stop, networks=networks, processes=processes)
        )

    try:
        _in_thread(work)
    except LostProcessError as error:
        _LOG.error("%s", error)
        logging.shutdown()
        os._exit(EXIT_FAILURE)
    return done[0]


def overfit(config: RootConfig, *, steps: int) -> None:
    """Trains on one batch; CommandError unless a tenth or less of each loss is left."""
    stop = StopRequest()
    stop.listen_to_signals()
    _in_thread(lambda: _overfit(config, stop, steps))


def _overfit(config: RootConfig, stop: StopRequest, steps: int) -> None:
    loader = DataLoader(config.data_loader)
    stop.on_request(loader.Stop)
    _LOG.info(_WAITS)
    try:
        batch = loader.GetNext()
    except LoaderStopped:
        if not stop.made:
            raise
        return
    finally:
        loader.Stop()

    def report(step: int, metrics: Mapping[str, float]) -> None:
        names = [TOTAL_LOSS, *(loss.metric_name for loss in config.training.losses.all())]
        losses = ", ".join(f"{name} {metrics[name]:.4f}" for name in names)
        _LOG.info("step %d: %s", step, losses)

    first, last = overfit_batch(
        config, batch, steps=steps, keep_on=lambda: not stop.made, report=report
    )
    if stop.made:
        _LOG.info("stopped before its end: no verdict")
        return
    losses = outcomes(config.training.losses, first, last)
    for loss in losses:
        _LOG.info("%s", loss)
    _LOG.info("%s", verdict(losses, steps=steps))


def tune_lr(
    config: RootConfig, *, lowest: float, highest: float, steps: int, picture: Path
) -> None:
    """Prints the loss by rate, draws it, and suggests a rate.

    Raises ConfigRefusedError, CommandError.
    """
    if lowest >= highest:
        raise ConfigRefusedError(f"--lowest {lowest:g} must be less than --highest {highest:g}")
    if picture.is_dir() or not os.access(picture.parent, os.W_OK | os.X_OK):
        raise ConfigRefusedError(f"--picture {picture} cannot be written: name another file")
    stop = StopRequest()
    stop.listen_to_signals()
    points: list[RatePoint] = []

    def work() -> None:
        loader = DataLoader(config.data_loader)
        stop.on_request(loader.Stop)
        _LOG.info(_WAITS)
        try:
            for point in try_rates(
                config, loader.GetNext, lowest=lowest, highest=highest, steps=steps
            ):
                points.append(point)
        except LoaderStopped:
            if not stop.made:
                raise
        finally:
            loader.Stop()

    _in_thread(work)
    _tell_rates(points, picture)


def _tell_rates(points: Sequence[RatePoint], picture: Path) -> None:
    if len(points) < 2:
        raise CommandError("fewer than two steps were finite: begin at a lower rate (--lowest)")
    rate = suggested_rate(points)
    losses = [point.smoothed for point in points]
    write_curve(
        picture, [point.rate for point in points], losses, mark=rate, top=highest_to_show(losses)
    )
    print(as_table(points))
    print(
        f"suggested rate: {rate:.2e}, a tenth of the rate at which the smoothed loss is least. "
        f"Curve: {picture} (smoothed loss over the rate; red: the suggestion)"
    )


def evaluate(
    config: RootConfig, *, step: int | None, weights: str, output: str, batches: int | None
) -> None:
    """Prints losses and accuracies of a checkpoint on an output's batches.

    Raises ConfigRefusedError, CommandError.
    """
    if output not in config.data_loader.outputs:
        outputs = ", ".join(config.data_loader.outputs)
        raise ConfigRefusedError(f"--output {output} is none of data_loader.outputs: {outputs}")
    section = config.metrics.evaluation or EvaluationConfig()
    stop = StopRequest()
    stop.listen_to_signals()
    _in_thread(lambda: _evaluate(config, stop, step, weights, output, batches or section.batches))


def _evaluate(
    config: RootConfig, stop: StopRequest, step: int | None, weights: str, output: str, count: int
) -> None:
    with contextlib.ExitStack() as ending:

        def fetch() -> HostBatch:
            return loader().GetNext(output)

        @functools.cache
        def loader() -> DataLoader:
            _LOG.info("waits for %d batches of %s", count, output)
            made = DataLoader(config.data_loader)
            ending.callback(made.Stop)
            stop.on_request(made.Stop)
            return made

        try:
            found = evaluate_checkpoint(
                config,
                lambda: batches_of(config, output, count, fetch),
                step=step,
                weights=weights,
            )
        except LoaderStopped:
            if not stop.made:
                raise
            return
    print(as_losses_table(found))


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
    if isinstance(
        error, BadConfig | BatchRefusedError | CheckpointMismatchError | DeviceLayoutError
    ):
        return ConfigRefusedError(str(error))
    if isinstance(error, LostProcessError):
        return error
    if isinstance(error, CheckpointError | EndOfData | ProcessesError | TrainingDivergedError):
        return CommandError(str(error))
    return error
