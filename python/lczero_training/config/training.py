"""How the network is trained: section `training` of the config."""

from dataclasses import dataclass, field

from lczero_training.config import checks
from lczero_training.config.paths import PATH

# Rows of the batch's `values` tensor that can serve as a target.
VALUE_TARGETS = ("result", "best", "played", "orig", "root", "st")
ILLEGAL_MOVES = ("mask", "train_to_zero")
OPTIMIZERS = ("nadamw",)
SCHEDULE_KINDS = ("constant", "linear", "cosine")


@dataclass(frozen=True, kw_only=True)
class PolicyLossConfig:
    """Cross-entropy of a policy head against the search's visit fractions."""

    head: str
    weight: float = 1.0
    # Subtract the target's entropy: the minimum becomes 0, gradients stay the same.
    kl: bool = True
    # target^(1/temperature), renormalised.
    temperature: float = 1.0
    # "mask" leaves illegal moves out of the softmax, as the engine does.
    illegal_moves: str = "mask"

    def __post_init__(self) -> None:
        checks.at_least("weight", self.weight, 0.0)
        checks.above("temperature", self.temperature, 0.0)
        checks.one_of("illegal_moves", self.illegal_moves, ILLEGAL_MOVES)


@dataclass(frozen=True, kw_only=True)
class ValueLossConfig:
    """Cross-entropy of a value head against win, draw and loss of a row of `values`."""

    head: str
    # Which row of the batch's values is the target.
    target: str = "result"
    weight: float = 1.0

    def __post_init__(self) -> None:
        checks.one_of("target", self.target, VALUE_TARGETS)
        checks.at_least("weight", self.weight, 0.0)


@dataclass(frozen=True, kw_only=True)
class MovesLeftLossConfig:
    """Huber loss of a moves-left head, prediction and target over 20, delta 10/20."""

    head: str = "main"
    weight: float = 1.0

    def __post_init__(self) -> None:
        checks.at_least("weight", self.weight, 0.0)


@dataclass(frozen=True, kw_only=True)
class LossesConfig:
    """Every loss: its head, its target and its weight in the sum."""

    policy: tuple[PolicyLossConfig, ...] = ()
    value: tuple[ValueLossConfig, ...] = ()
    movesleft: tuple[MovesLeftLossConfig, ...] = ()

    def __post_init__(self) -> None:
        if not (self.policy or self.value or self.movesleft):
            raise checks.FieldError("losses", "at least one loss", ())


@dataclass(frozen=True, kw_only=True)
class OptimizerConfig:
    """The optimizer, by optax's name, and its constants."""

    name: str = "nadamw"
    beta1: float = 0.9
    beta2: float = 0.98
    epsilon: float = 1e-7
    # Decoupled; applies to kernels only, not to biases, norms and gates.
    weight_decay: float = 1e-4
    # Global norm that gradients are clipped to; None: no clipping.
    max_gradient_norm: float | None = 10.0

    def __post_init__(self) -> None:
        checks.one_of("name", self.name, OPTIMIZERS)
        checks.within("beta1", self.beta1, 0.0, 1.0)
        checks.within("beta2", self.beta2, 0.0, 1.0)
        checks.above("epsilon", self.epsilon, 0.0)
        checks.at_least("weight_decay", self.weight_decay, 0.0)
        if self.max_gradient_norm is not None:
            checks.above("max_gradient_norm", self.max_gradient_norm, 0.0)


@dataclass(frozen=True, kw_only=True)
class SchedulePieceConfig:
    """A stretch of the learning-rate schedule, counted in steps over all networks.

    The rate goes from `start` (default: where the last piece ended) to `end` over `steps`.
    """

    kind: str
    end: float
    # None for the last piece: it never ends.
    steps: int | None = None
    start: float | None = None

    def __post_init__(self) -> None:
        checks.one_of("kind", self.kind, SCHEDULE_KINDS)
        checks.at_least("end", self.end, 0.0)
        if self.steps is not None:
            checks.at_least("steps", self.steps, 1)
        if self.start is not None:
            checks.at_least("start", self.start, 0.0)
        if self.steps is None and self.kind != "constant":
            raise checks.FieldError("steps", f"a number of steps for a {self.kind} piece", None)


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
