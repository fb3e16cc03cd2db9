"""How the network is trained: section `training` of the config."""

import math
from dataclasses import dataclass, field

from lczero_training.config import checks
from lczero_training.config.devices import DevicesConfig
from lczero_training.config.losses import LossesConfig
from lczero_training.config.optimizer import (
    EmaConfig,
    OptimizerConfig,
    RegulariseConfig,
    RollbackConfig,
    SchedulePieceConfig,
    SwaConfig,
    check_pieces,
)
from lczero_training.config.paths import PATH
from lczero_training.config.processes import ProcessesConfig

# Of a batch; the loader's tensor_generator takes no more.
_MOST_POSITIONS = 1_048_576
# JAX takes 32 bits of a seed.
_LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True, kw_only=True)
class CheckpointConfig:
    """Where and how often the training state is saved (orbax)."""

    directory: str = field(metadata=PATH)
    # Steps between checkpoints within a network; one more is saved at each network's end.
    every_steps: int = 1000
    # The newest checkpoints that are kept; older ones are deleted, but for those of the next two.
    keep: int = 3
    # Steps: the first checkpoint at or after each multiple of it stays for ever. None: none does.
    keep_every: int | None = None
    # Whether the last checkpoint of each network stays for ever.
    keep_networks: bool = False
    # Batches that a restart may read again and drop, so that the very next one comes; where more
    # were given, sampling goes on without what waited in the loader. 0: never reads again.
    replay_batches: int = 1000

    def __post_init__(self) -> None:
        checks.filled("directory", self.directory)
        checks.at_least("every_steps", self.every_steps, 1)
        checks.at_least("keep", self.keep, 1)
        if self.keep_every is not None:
            checks.at_least("keep_every", self.keep_every, 1)
        checks.within("replay_batches", self.replay_batches, 0, 1_000_000)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """One network's training."""

    # Positions in a step, over all devices.
    batch_size: int
    # Parts that a batch is worked on in, one after the other, where the whole does not fit into the
    # device's memory; the step is the same.
    accumulation: int = 1
    # Steps from one network to the next.
    steps_per_network: int
    schedule: tuple[SchedulePieceConfig, ...]
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    losses: LossesConfig
    # None: no L2 in the loss.
    regularise: RegulariseConfig | None = None
    # Averages of the weights that are kept beside them; None: not kept.
    swa: SwaConfig | None = None
    ema: EmaConfig | None = None
    rollback: RollbackConfig = field(default_factory=RollbackConfig)
    devices: DevicesConfig = field(default_factory=DevicesConfig)
    # None: one process.
    processes: ProcessesConfig | None = None
    checkpoint: CheckpointConfig
    # Batches fetched before their steps, on the device or on their way to it. One hides the
    # transfer, the second evens out a loader that is now fast, now slow; each takes room there.
    batches_ahead: int = 2
    # Seed of the initial weights.
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.losses.all():
            raise checks.FieldError("losses", "at least one loss", ())
        if not any(loss.weight for loss in self.losses.all()):
            raise checks.FieldError("losses", "a weight above 0 for at least one loss", 0.0)
        checks.at_least("batch_size", self.batch_size, 1)
        checks.within("batch_size", self.batch_size, 1, _MOST_POSITIONS)
        checks.at_least("steps_per_network", self.steps_per_network, 1)
        self._check_that_parts_are_whole()
        self._check_that_devices_share_alike()
        checks.within("batches_ahead", self.batches_ahead, 1, 100)
        checks.within("seed", self.seed, 0, _LARGEST_SEED)
        checks.filled("schedule", self.schedule)
        check_pieces("schedule", self.schedule)

    def _check_that_parts_are_whole(self) -> None:
        checks.at_least("accumulation", self.accumulation, 1)
        size, rest = divmod(self.batch_size, self.accumulation)
        if rest:
            parts = f"{self.accumulation} x {size} + {rest}"
            raise checks.FieldError(
                "accumulation",
                f"a divisor of batch_size ({self.batch_size} = {parts})",
                self.accumulation,
            )

    def _check_that_devices_share_alike(self) -> None:
        """As far as the config tells: how many devices there are is seen where training begins."""
        factors = (self.devices.data or 1, self.devices.fsdp, self.accumulation)
        product = math.prod(factors)
        size, rest = divmod(self.batch_size, product)
        if rest:
            shown = " x ".join(map(str, factors))
            raise checks.FieldError(
                "batch_size",
                f"a multiple of devices.data x fsdp x accumulation = {shown} = {product} "
                f"({self.batch_size} = {product} x {size} + {rest})",
                self.batch_size,
            )
