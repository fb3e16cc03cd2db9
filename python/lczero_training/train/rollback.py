"""When training goes back to its last checkpoint: the count of steps that were not finite."""

from collections.abc import Iterable, Mapping

from lczero_training.config.optimizer import RollbackConfig
from lczero_training.train.step import NONFINITE


class TrainingDivergedError(Exception):
    """Step after step is not finite, and going back has not helped; the message says what to do."""


class NonfiniteGuard:
    """Counts steps in a row that were skipped, and roll-backs without a new checkpoint.

    It sees metrics when they are read, some steps late: a run may be longer than the config's
    number when it is found, and nobody waits for the device.

    Threads: one thread calls.
    """

    def __init__(self, config: RollbackConfig) -> None:
        self._config = config
        self._run = 0
        self._rollbacks = 0

    def saw(self, steps: Iterable[Mapping[str, float]]) -> None:
        """Takes the next steps' metrics, in order."""
        for metrics in steps:
            # A run that was long enough stays so: the weights are at fault all the same.
            if not self.run_is_too_long:
                self._run = self._run + 1 if metrics[NONFINITE] else 0

    @property
    def run_is_too_long(self) -> bool:
        """Whether so many steps in a row were skipped that training must go back."""
        return self._run >= self._config.after_nonfinite_steps

    def saved(self) -> None:
        """A new checkpoint is written, of weights that give finite losses."""
        self._rollbacks = 0

    def rolls_back(self, from_step: int) -> None:
        """Counts a roll-back. Raises TrainingDivergedError if it is one too many."""
        if self._rollbacks == self._config.max_rollbacks:
            raise TrainingDivergedError(
                f"step {from_step}: losses or gradients are not finite, after {self._rollbacks} "
                "roll-backs without a new checkpoint between them. Lower the rates of "
                "training.schedule or training.optimizer.max_gradient_norm; if the first steps "
                "after the last checkpoint fail, move it away to go on from the one before it."
            )
        self._rollbacks += 1
        self._run = 0

    def describe(self, from_step: int, to_step: int, checkpoint: str | None) -> str:
        """What to tell of the roll-back counted last; `checkpoint` None: there was none."""
        where = (
            f"went back to checkpoint {checkpoint} (step {to_step})"
            if checkpoint
            else "began anew with random weights, since there is no checkpoint"
        )
        return (
            f"step {from_step}: losses or gradients of the last steps were not finite; {where}. "
            f"Roll-back {self._rollbacks} of at most {self._config.max_rollbacks} until the next "
            "checkpoint. If it comes again, lower the rates of training.schedule."
        )
