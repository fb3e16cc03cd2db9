"""Trains one network after the other; what the daemon and the trainer program run."""

import functools
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np

from lczero_training.config.root import RootConfig
from lczero_training.losses import Metrics
from lczero_training.model import LczeroModel
from lczero_training.schema.messages import TrainingProgress
from lczero_training.train.averages import exported_params
from lczero_training.train.batch import BatchMover, DeviceBatch, HostBatch
from lczero_training.train.checkpoint import CheckpointStore, Restored, SavedSampler
from lczero_training.train.checkpoint_about import CheckpointWriteError
from lczero_training.train.compilation_cache import use_compilation_cache
from lczero_training.train.evaluate import Evaluator
from lczero_training.train.feeder import Feeder
from lczero_training.train.idle_settings import warn_of_idle_settings
from lczero_training.train.layout import DeviceLayout
from lczero_training.train.missing_targets import TargetWatch
from lczero_training.train.progress import LateMetrics, MetricsGroup, ProgressMeter, average
from lczero_training.train.rollback import NonfiniteGuard
from lczero_training.train.run_state import RunState
from lczero_training.train.state import TrainState, merge_model
from lczero_training.train.step import (
    TOTAL_LOSS,
    build_recipe,
    model_shapes,
    random_state,
    train_step,
)
from lczero_training.train.tensorboard import TensorBoardLog

_LOG = logging.getLogger(__name__)

# Steps given to the device that it has not finished. With one in reserve the device need not
# wait for the host; with more, pausing and stopping would only take longer.
_STEPS_IN_FLIGHT = 2

# Initial weights are computed once: optimising that program takes longer than running it.
_COMPILE_FOR_ONE_RUN = {"xla_backend_optimization_level": 0}


class Trainer:
    """The weights, their optimizer and the checkpoints of one config.

    The host only feeds: a step is dispatched while the one before it runs, the next batches are
    fetched and moved meanwhile, and metrics come back in bulk, one step late. The step is
    compiled once, for all networks.

    Threads:   one thread trains and calls the methods; run_state may be read from any. The
               callbacks of train_network run in the training thread, and may call model(),
               learning_rate() and save_checkpoint(); next_batch runs in the feeder's.
    Ownership: the checkpoint folder belongs to one Trainer at a time.
    Blocking:  train_network until done or stopped; save_checkpoint until the disk has it.
    Shutdown:  before_step returns False, then close(), after next_batch was made to return.
               close() saves nothing.
    Errors:    what next_batch or a callback raises passes through, and the state is that of
               the last step taken: training can go on, or be saved.
    """

    def __init__(self, config: RootConfig) -> None:
        """Restores the newest checkpoint, or begins with random weights.

        Raises CheckpointError (CheckpointMismatchError if it is of another model),
        DeviceLayoutError if the devices do not suit the config, FieldError if all is frozen.
        """
        self._config = config
        checkpoints = Path(config.training.checkpoint.directory).absolute()
        use_compilation_cache(checkpoints.with_name(checkpoints.name + "-compiled"))
        self._layout = DeviceLayout(config.training)
        self._feeder: Feeder[HostBatch, DeviceBatch] = Feeder(
            TargetWatch(config.training.losses, BatchMover(self._layout.batch)),
            ahead=config.training.batches_ahead,
        )
        graphdef, shapes = model_shapes(config.model)
        warn_of_idle_settings(config, shapes)
        self._recipe = build_recipe(graphdef, config.training, self._layout)
        self._step = self._compiled_step()
        self._rate = jax.jit(self._recipe.schedule)
        self._store = CheckpointStore(checkpoints, config)
        restored = self._restore_or_begin()
        self._state, self._run_state = restored.state, restored.run_state
        self._restored_sampler = restored.sampler
        # Of the loader that feeds; None: not known.
        self._sampler_after: Callable[[int], SavedSampler] | None = None
        # Of the batches since then, those that are in steps.
        self._batches_taken = 0
        self._guard = NonfiniteGuard(config.training.rollback)
        # Losses of the steps that the device may not have finished, oldest first.
        self._in_flight: deque[jax.Array] = deque()
        # A periodic checkpoint that is being written: path and step.
        self._unannounced: tuple[str, int] | None = None
        self._evaluator = Evaluator(config, self._recipe, self._layout.batch)
        folder = config.metrics.tensorboard_directory
        is_first = jax.process_index() == 0
        self._event_log = TensorBoardLog(folder) if folder and is_first else None

    @property
    def verifies_networks(self) -> bool:
        """Whether the config asks for a look at each network before it is written."""
        return self._config.export.verify

    @property
    def run_state(self) -> RunState:
        """Where training stands, after the last step dispatched."""
        return self._run_state

    @property
    def batches_in_flight(self) -> int:
        """Batches that next_batch was asked for and that are in no step yet; 0 after a network.

        The loader counts them as given; a checkpoint does not.
        """
        return self._feeder.in_flight

    @property
    def restored_sampler(self) -> SavedSampler | None:
        """Of the checkpoint that training began from: for the loader, to go on from there."""
        return self._restored_sampler

    def follow_sampler(self, sampler_after: Callable[[int], SavedSampler]) -> None:
        """From now on checkpoints hold what this says, given the number of batches in steps.

        To be called before the first batch is fetched. It is asked by the training thread, and
        those of batches_in_flight were given besides.
        """
        self._sampler_after, self._batches_taken = sampler_after, 0

    def begin_network(self, anchor: str) -> None:
        """Begins the next network: network_step 0, and this anchor.

        Saved with the next checkpoint that has a new step: until then a restart finds the
        network before it finished, and its anchor.
        """
        self._run_state = replace(self._run_state, network_step=0, anchor=anchor)

    def train_network(
        self,
        next_batch: Callable[[], HostBatch],
        *,
        held_out: Callable[[str], HostBatch] | None = None,
        before_step: Callable[[], bool],
        before_held_out: Callable[[], bool] | None = None,
        all_ready: Callable[[], bool] = lambda: True,
        on_progress: Callable[[TrainingProgress], None],
        on_checkpoint: Callable[[str, int], None],
        on_checkpoint_failed: Callable[[CheckpointWriteError], None],
        on_rolled_back: Callable[[str], None],
    ) -> bool:
        """Trains until network_step is steps_per_network, saves a checkpoint and evaluates.

        Args:
            next_batch: may block; called once a step, some steps ahead. Batches of steps that
                a stop forestalls are the first of the next call.
            held_out: gives the next batch of an output that is not trained on; may block, called in
                another thread. None: nothing is evaluated.
            before_step: called before each step; may block, False stops at once.
            before_held_out: the same for each held-out batch; None: before_step. What it says must
                be the same in all processes.
            all_ready: called after before_step, where several processes take each step together;
                False stops. Its time counts as the loader's, not as a pause.
            on_progress: after every metrics.every_steps steps, at the end, and after evaluating.
            on_checkpoint: path and step of each checkpoint, when it is on disk.
            on_checkpoint_failed: why one could not be written; training goes on.
            on_rolled_back: that too many steps in a row were not finite, and training went back
                to the last checkpoint and goes on from there, with the batches that follow.

        Returns:
            False if before_step stopped it; then nothing is saved.

        Raises:
            TrainingDivergedError: going back has not helped.
        """
        meter = ProgressMeter(
            steps_per_network=self._config.training.steps_per_network,
            batch_size=self._config.training.batch_size,
        )
        late_metrics = LateMetrics(self._config.metrics.every_steps)
        told = TrainingProgress()
        first_step = self._run_state.step
        if held_out:
            self._evaluator.begin(held_out)

        def tell(progress: TrainingProgress) -> None:
            nonlocal told
            told = replace(progress, evaluations=self._evaluator.newest)
            on_progress(told)

        def report(groups: list[MetricsGroup]) -> None:
            for group in groups:
                steps = meter.for_device(functools.partial(jax.device_get, group.steps))
                self._guard.saw(steps)
                progress = meter.report(group.run_state, average(steps))
                if self._event_log:
                    self._event_log.write(progress)
                tell(progress)

        def survive(saving: Callable[[], None]) -> None:
            try:
                saving()
            except CheckpointWriteError as error:
                self._unannounced = None
                on_checkpoint_failed(error)

        def may_step() -> bool:
            return meter.paused(before_step) and meter.for_loader(all_ready)

        while not self._network_is_done() and may_step():
            batch = meter.for_loader(lambda: self._next_batch(next_batch))
            meter.for_device(self._wait_for_room)
            metrics = self._take_step(batch)
            meter.step_dispatched(self._run_state.network_step)
            report(late_metrics.add(self._run_state, metrics))
            if self._must_roll_back():
                survive(lambda: self._finish_saving(on_checkpoint))
                report(late_metrics.rest(self._run_state))
                on_rolled_back(self._roll_back())
                meter.went_back()
            elif self._checkpoint_is_due():
                survive(lambda: self._finish_saving(on_checkpoint))
                survive(self._begin_saving)
            elif jax.process_count() == 1 and not self._store.is_saving():
                survive(lambda: self._finish_saving(on_checkpoint))
        report(late_metrics.rest(self._run_state))
        trained = self._network_is_done() and self._run_state.step > first_step
        # The checkpoint is written meanwhile.
        if held_out and trained and self._evaluate(before_held_out or before_step):
            tell(told)
        survive(lambda: self._finish_saving(on_checkpoint))
        return self._network_is_done()

    def batch_is_ready(self, next_batch: Callable[[], HostBatch], *, seconds: float) -> bool:
        """Whether train_network would not wait for the next batch; waits for that so long.

        For processes that step together: none begins a step before all can. What next_batch
        raises passes through.
        """
        return self._feeder.is_ready(next_batch, limit=self._steps_left(), seconds=seconds)

    def save_checkpoint(self) -> str:
        """Saves the present state and returns the checkpoint's path when it is on disk.

        A step has one checkpoint: if this one's is there, it stands. Weights that give losses that
        are not finite are not saved: training goes back to the last checkpoint first.
        Raises CheckpointWriteError.
        """
        if self._is_in_nonfinite_run():
            _LOG.warning("step %d was not finite: no checkpoint of it", self._run_state.step)
            self._restore_last()
        path = self._save()
        self._store.wait()
        return path

    def model(self) -> LczeroModel:
        """The model with the weights that export.weights names; the caller's own copy."""
        chosen = exported_params(self._state, self._config.export.weights)
        return merge_model(self._recipe.graphdef, self._layout.on_first_device(chosen))

    def learning_rate(self) -> float:
        """The rate that the schedule has for the next step."""
        return float(self._rate(np.int32(self._run_state.step)))

    def close(self) -> None:
        """Waits for a checkpoint that is being written, and releases folder and event log."""
        self._feeder.close()
        self._store.close()
        if self._event_log:
            self._event_log.close()

    def _begin(self) -> TrainState:
        return random_state(self._config.model, self._recipe, seed=self._config.training.seed)

    def _compiled_step(self) -> Callable[[TrainState, DeviceBatch], tuple[TrainState, Metrics]]:
        shardings = self._layout.shardings(jax.eval_shape(self._begin))
        return jax.jit(
            functools.partial(train_step, recipe=self._recipe),
            donate_argnums=0,
            out_shardings=(shardings, self._layout.whole),
        )

    def _restore_or_begin(self) -> Restored:
        like = self._layout.placed(jax.eval_shape(self._begin))
        restored = self._store.restore_newest(like)
        if restored is None:
            _LOG.info("no checkpoint in %s: begins with random weights", self._store.directory)
            once = jax.jit(
                self._begin,
                out_shardings=self._layout.shardings(like),
                compiler_options=_COMPILE_FOR_ONE_RUN,
            )
            return Restored(once(), RunState(), None)
        _LOG.info("restored the checkpoint of step %d", restored.run_state.step)
        return restored

    def _evaluate(self, keep_on: Callable[[], bool]) -> bool:
        """Whether there is an evaluation that is to be told."""
        step = self._run_state.step
        if not self._evaluator.evaluate(self._state, step, keep_on):
            return False
        if self._event_log:
            self._event_log.write_evaluations(e for e in self._evaluator.newest if e.step == step)
        return True

    def _network_is_done(self) -> bool:
        return self._run_state.network_step >= self._config.training.steps_per_network

    def _next_batch(self, fetch: Callable[[], HostBatch]) -> DeviceBatch:
        batch = self._feeder.take(fetch, limit=self._steps_left())
        self._batches_taken += 1
        return batch

    def _steps_left(self) -> int:
        return self._config.training.steps_per_network - self._run_state.network_step

    def _wait_for_room(self) -> None:
        """Waits until the device has finished all steps but those it may hold in reserve."""
        while len(self._in_flight) >= _STEPS_IN_FLIGHT:
            jax.block_until_ready(self._in_flight.popleft())

    def _take_step(self, batch: DeviceBatch) -> Metrics:
        metrics: Metrics
        self._state, metrics = self._step(self._state, batch)
        self._in_flight.append(metrics[TOTAL_LOSS])
        before = self._run_state
        self._run_state = replace(
            before, step=before.step + 1, network_step=before.network_step + 1
        )
        return metrics

    def _must_roll_back(self) -> bool:
        # Where a network ends there is a checkpoint and an export: its weights must be good.
        return self._guard.run_is_too_long or (
            self._network_is_done() and self._is_in_nonfinite_run()
        )

    def _is_in_nonfinite_run(self) -> bool:
        """Waits for the device."""
        return int(self._state.nonfinite_run) > 0

    def _roll_back(self) -> str:
        """Goes back to the last checkpoint, within this network; returns what to tell of it.

        Raises TrainingDivergedError, CheckpointError.
        """
        from_step = self._run_state.step
        self._guard.rolls_back(from_step)
        self._restore_last()
        to_step = self._run_state.step
        saved = self._store.path(to_step) if self._store.steps() else None
        return self._guard.describe(from_step, to_step, saved)

    def _restore_last(self) -> None:
        self._store.wait()
        self._in_flight.clear()
        # A large network fits into the device's memory once.
        jax.tree.map(lambda leaf: leaf.delete(), self._state)
        before = self._run_state
        self._state, restored, _ = self._restore_or_begin()
        # The checkpoint may be that of the end of the network before: the network stays this one.
        network_step = before.network_step - (before.step - restored.step)
        self._run_state = replace(before, step=restored.step, network_step=max(0, network_step))

    def _checkpoint_is_due(self) -> bool:
        every_steps = self._config.training.checkpoint.every_steps
        return self._network_is_done() or self._run_state.network_step % every_steps == 0

    def _begin_saving(self) -> None:
        # Saving waits for the step's weights anyway.
        if self._is_in_nonfinite_run():
            _LOG.warning("step %d was not finite: no checkpoint of it", self._run_state.step)
            return
        path = self._save()
        self._unannounced = (path, self._run_state.step)
        self._guard.saved()

    def _save(self) -> str:
        after = self._sampler_after
        sampler = None if after is None else after(self._batches_taken)
        return self._store.save(self._state, self._run_state, sampler)

    def _finish_saving(self, on_checkpoint: Callable[[str, int], None]) -> None:
        if self._unannounced:
            self._store.wait()
            path, step = self._unannounced
            self._unannounced = None
            on_checkpoint(path, step)
