"""Progress as TensorBoard event files."""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from tensorboardX import SummaryWriter

from lczero_training.schema.messages import Evaluation, TrainingProgress


class TensorBoardLog:
    """Writes each progress message as scalars at its step; close() writes the rest out.

    Threads: one thread calls.
    """

    def __init__(self, directory: str | Path) -> None:
        self._writer = SummaryWriter(str(directory))

    def write(self, progress: TrainingProgress) -> None:
        """Adds one point to every curve."""
        curves = {
            **progress.metrics,
            "total_loss": progress.total_loss,
            "learning_rate": progress.learning_rate,
            "positions_per_second": progress.positions_per_second,
        }
        if progress.time_shares:
            for field in fields(progress.time_shares):
                share = getattr(progress.time_shares, field.name)
                curves[f"time_shares/{field.name}"] = share
        for name, value in curves.items():
            self._writer.add_scalar(name, value, progress.step)

    def write_evaluations(self, evaluations: Iterable[Evaluation]) -> None:
        """Adds a point to the curves of each: "validation/..." or "validation_swa/..."."""
        for each in evaluations:
            group = each.split if each.weights == "current" else f"{each.split}_{each.weights}"
            for name, value in each.metrics.items():
                self._writer.add_scalar(f"{group}/{name}", value, each.step)

    def close(self) -> None:
        """Flushes and closes the event file."""
        self._writer.close()
