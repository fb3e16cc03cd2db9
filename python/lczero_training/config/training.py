"""How the network is trained: section `training` of the config."""

from dataclasses import dataclass, field

from lczero_training.config import checks
from lczero_training.config.losses import LossesConfig
from lczero_training.config.optimizer import OptimizerConfig, SchedulePieceConfig
from lczero_training.config.paths import PATH


@dataclass(frozen=True, kw_only=True)
class CheckpointConfig:
    """Where and how often the training state is saved (orbax)."""

    directory: str = field(metadata=PATH)
    # Steps between checkpoints within a network; one more is saved at each network's end.
    every_steps: int = 1000
    # Checkpoints kept; older ones are deleted.
    keep: int = 3

    def __post_init__(self) -> None:
        checks.filled("directory", self.directory)
        checks.at_least("every_steps", self.every_steps, 1)
        checks.at_least("keep", self.keep, 1)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """One network's training."""

    # Positions in a step.
    batch_size: int
    # Steps from one network to the next.
    steps_per_network: int
    schedule: tuple[SchedulePieceConfig, ...]
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    losses: LossesConfig
    checkpoint: CheckpointConfig
    # Seed of the initial weights.
    seed: int = 0

    def __post_init__(self) -> None:
        checks.at_least("batch_size", self.batch_size, 1)
        checks.at_least("steps_per_network", self.steps_per_network, 1)
        checks.filled("schedule", self.schedule)
        for piece in self.schedule[:-1]:
            if piece.steps is None:
                raise checks.FieldError("schedule", "steps in every piece but the last", piece)
        if self.schedule[0].start is None and self.schedule[0].kind != "constant":
            raise checks.FieldError("schedule", "a start in the first piece", self.schedule[0])
