"""Losses and accuracies of weights on held-out batches."""

import functools
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

import jax

from lczero_training.config.root import RootConfig
from lczero_training.schema.messages import Evaluation
from lczero_training.train.batch import BatchMover, DeviceBatch, HostBatch
from lczero_training.train.held_out import Fetch, HeldOutBatches, HeldOutFiles
from lczero_training.train.held_out_together import HeldOutTogether
from lczero_training.train.processes import is_first
from lczero_training.train.state import Params, TrainState
from lczero_training.train.step import TOTAL_LOSS, Recipe, evaluate

_LOG = logging.getLogger(__name__)

CURRENT = "current"
# Batches on the device at a time: one is worked on while the next is moved.
_ON_DEVICE = 2


class BatchEvaluator:
    """Means of the metrics over batches; compiled once for all weights of a model.

    Threads:   one calls.
    Processes: all call together, each with its part of every batch.
    Blocking:  until the device has finished.
    """

    def __init__(self, recipe: Recipe, sharding: jax.sharding.Sharding) -> None:
        self._move = BatchMover(sharding)
        self._evaluate = jax.jit(
            functools.partial(_metrics, recipe=recipe),
            out_shardings=recipe.layout.whole if recipe.layout else None,
        )

    def __call__(
        self, params: Params, batches: Iterable[HostBatch], keep_on: Callable[[], bool]
    ) -> Mapping[str, float]:
        """Means over the batches; `keep_on` is asked before each, and nothing is told if it stops.

        TOTAL_LOSS and the metrics of the losses. Batches count alike. In all processes `keep_on`
        must say the same.
        """
        waiting: deque[Mapping[str, jax.Array]] = deque()
        done: list[Mapping[str, float]] = []
        for batch in batches:
            if not keep_on():
                return {}
            if len(waiting) == _ON_DEVICE:
                done.append(_read(waiting.popleft()))
            waiting.append(self._evaluate(params, self._move(batch)))
        done += [_read(metrics) for metrics in waiting]
        return {name: sum(each[name] for each in done) / len(done) for name in done[0]}


class Evaluator:
    """Evaluates a run's weights, and its averages of them, on its held-out batches.

    Threads:   one calls.
    Processes: all call begin() and evaluate() together, as BatchEvaluator. The first one logs.
    Blocking:  evaluate() for the device, never for the loader.
    Shutdown:  see HeldOutBatches.
    """

    def __init__(self, config: RootConfig, recipe: Recipe, sharding: jax.sharding.Sharding) -> None:
        """Without metrics.evaluation it does nothing."""
        section = config.metrics.evaluation
        self._outputs: Sequence[str] = section.outputs if section else ()
        self._batches = section.batches if section else 0
        files = HeldOutFiles(config, batches=self._batches)
        held_out = HeldOutBatches if jax.process_count() == 1 else HeldOutTogether
        self._held_out = held_out(self._outputs, batches=self._batches, files=files)
        self._measure = BatchEvaluator(recipe, sharding)
        self._newest: dict[tuple[str, str], Evaluation] = {}

    @property
    def newest(self) -> tuple[Evaluation, ...]:
        """The newest evaluation of each output and weights."""
        return tuple(self._newest.values())

    def begin(self, fetch: Fetch) -> None:
        """Fetches held-out batches that are missing, from now on and in another thread."""
        self._held_out.begin(fetch)

    def evaluate(self, state: TrainState, step: int, keep_on: Callable[[], bool]) -> bool:
        """Measures what there are batches for; a notice says what is left out.

        Args:
            state: after `step` steps.
            step: of training, over all networks.
            keep_on: asked before each batch; may block, False ends the evaluation.

        Returns:
            Whether `newest` has changed.
        """
        changed = False
        for output in self._outputs:
            batches = self._held_out.get(output)
            if not batches:
                if is_first():
                    self._tell_of_missing(output, step)
                continue
            for weights, params in _weights_of(state).items():
                metrics = self._measure(params, batches, keep_on)
                if not metrics:
                    return changed
                found = Evaluation(split=output, step=step, metrics=metrics, weights=weights)
                self._newest[output, weights] = found
                if is_first():
                    _LOG.info("%s", as_line(found))
                changed = True
        return changed

    def _tell_of_missing(self, output: str, step: int) -> None:
        _LOG.warning(
            "step %d is not evaluated on %s: of %d batches the loader has given %d so far. "
            "They come as its games do; ask for fewer in metrics.evaluation.batches, or give the "
            "output a larger share of the games.",
            step,
            output,
            self._batches,
            self._held_out.come()[output],
        )


def as_line(evaluation: Evaluation) -> str:
    """An evaluation as one line of text."""
    metrics = ", ".join(f"{name} {value:.4f}" for name, value in evaluation.metrics.items())
    return f"step {evaluation.step}, {evaluation.split}, {evaluation.weights} weights: {metrics}"


def _metrics(params: Params, batch: DeviceBatch, *, recipe: Recipe) -> dict[str, jax.Array]:
    total, metrics = evaluate(params, batch, recipe)
    return {TOTAL_LOSS: total} | metrics


def _read(metrics: Mapping[str, jax.Array]) -> Mapping[str, float]:
    """Waits for the device."""
    return {name: float(value) for name, value in jax.device_get(metrics).items()}


def _weights_of(state: TrainState) -> Mapping[str, Params]:
    """The present weights, and the averages that have a sample, by name. Waits for the device."""
    averages = {
        name: average.params for name, average in state.averages.items() if int(average.count)
    }
    return {CURRENT: state.params} | averages
