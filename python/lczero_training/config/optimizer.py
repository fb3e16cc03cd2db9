"""How the weights move: sections `training.optimizer` and `training.schedule` of the config."""

from dataclasses import dataclass

from lczero_training.config import checks

OPTIMIZERS = ("nadamw",)
SCHEDULE_KINDS = ("constant", "linear", "cosine")


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
