"""How the weights move: sections `training.optimizer`, `training.schedule` and what goes with them.

Sections `training.swa` and `training.ema` keep averages, `training.regularise` adds to the loss,
`training.rollback` undoes what went wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from lczero_training.config import checks

# What each optimizer takes besides clipping and selectors, with its defaults.
_ADAM: Mapping[str, float] = {"beta1": 0.9, "beta2": 0.98, "epsilon": 1e-7}
_OPTIMIZERS: Mapping[str, Mapping[str, float | bool]] = {
    "nadamw": {**_ADAM, "weight_decay": 1e-4},
    "nadam": _ADAM,
    "adamw": {**_ADAM, "weight_decay": 1e-4},
    "sgd": {"momentum": 0.9, "nesterov": True},
    "lion": {"beta1": 0.9, "beta2": 0.99, "weight_decay": 1e-3},
    # Momentum is Muon's, the betas are those of the Adam beside it.
    "muon": {
        **_ADAM,
        "momentum": 0.95,
        "nesterov": True,
        "weight_decay": 1e-4,
        "update_rms": 0.2,
    },
}
OPTIMIZERS = tuple(_OPTIMIZERS)
# Steps are counted in 32 bits on the device.
LAST_STEP = 2**31 - 1
SCHEDULE_KINDS = ("constant", "linear", "cosine", "loop")


@dataclass(frozen=True, kw_only=True)
class SelectorRuleConfig:
    """One line of a selector; of a selector's rules the first that matches a weight decides."""

    # Glob over the weight's path, e.g. "encoder/*/kernel"; * crosses slashes.
    match: str
    value: bool = True

    def __post_init__(self) -> None:
        checks.filled("match", self.match)


Selector = tuple[SelectorRuleConfig, ...]
# Biases, norms and gates are few, and pulling them to zero changes what the network computes.
KERNELS: Selector = (SelectorRuleConfig(match="*/kernel"),)


@dataclass(frozen=True, kw_only=True)
class OptimizerConfig:
    """The optimizer, by optax's name, and its constants.

    A constant is None unless set: then it has the optimizer's own default, see resolved().
    """

    name: str = "nadamw"
    # Decay rates of the means of gradient and squared gradient.
    beta1: float | None = None
    beta2: float | None = None
    # Added to Adam's divisor; keeps it from zero.
    epsilon: float | None = None
    # Share of the last step's move that goes on into the next.
    momentum: float | None = None
    # Whether the gradient is taken as if the momentum's move were made already.
    nesterov: bool | None = None
    # Decoupled: times the rate, beside the update. Of the weights that `decay` selects.
    weight_decay: float | None = None
    # Root mean square of Muon's updates at a rate of 1; 0.2 is about Adam's, so that both may share
    # a rate.
    update_rms: float | None = None
    # Global norm that gradients are clipped to; None: no clipping.
    max_gradient_norm: float | None = 10.0
    # Which weights decay; what no rule matches does not.
    decay: Selector = KERNELS
    # Which weights stay as they are; what no rule matches is trained.
    freeze: Selector = ()

    def __post_init__(self) -> None:
        checks.one_of("name", self.name, OPTIMIZERS)
        self._check_that_all_is_used()
        for name in ("beta1", "beta2", "momentum"):
            checks.optional(checks.within, name, getattr(self, name), 0.0, 1.0)
        for name in ("epsilon", "update_rms", "max_gradient_norm"):
            checks.optional(checks.above, name, getattr(self, name), 0.0)
        checks.optional(checks.at_least, "weight_decay", self.weight_decay, 0.0)

    @property
    def selects_decay(self) -> bool:
        """Whether `decay` says something else than its default."""
        return self.decay != KERNELS

    def resolved(self) -> "OptimizerConfig":
        """With the optimizer's defaults where nothing is set; None only for what has no use."""
        defaults = _OPTIMIZERS[self.name]
        missing: dict[str, Any] = {n: v for n, v in defaults.items() if getattr(self, n) is None}
        if self.momentum == 0.0:
            missing.pop("nesterov", None)
        return replace(self, **missing)

    def _check_that_all_is_used(self) -> None:
        known = _OPTIMIZERS[self.name]
        constants = {name for taken in _OPTIMIZERS.values() for name in taken}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in constants and f.name not in known and value is not None:
                takes = ", ".join(known)
                raise checks.FieldError(
                    f.name, f"nothing, since {self.name} does not use it (it takes {takes})", value
                )
        if self.nesterov and self.momentum == 0.0:
            raise checks.FieldError("nesterov", "nothing, since there is no momentum", True)
        if "weight_decay" not in known and self.selects_decay:
            raise checks.FieldError("decay", f"nothing, since {self.name} decays no weights", "set")


@dataclass(frozen=True, kw_only=True)
class SchedulePieceConfig:
    """A stretch of the learning-rate schedule, counted in steps over all networks.

    The rate goes from `start` (default: where the last piece ended) to `end` over `steps`.
    A piece of kind `loop` repeats its own `pieces` instead.
    """

    kind: str
    end: float | None = None
    # None for the last piece: it never ends.
    steps: int | None = None
    start: float | None = None
    # Of a loop.
    pieces: tuple["SchedulePieceConfig", ...] = ()
    # Rounds of a loop; None for the last piece: it never ends.
    times: int | None = None

    def __post_init__(self) -> None:
        checks.one_of("kind", self.kind, SCHEDULE_KINDS)
        if self.kind == "loop":
            self._check_loop()
        else:
            self._check_stretch()

    def _check_stretch(self) -> None:
        if self.end is None:
            raise checks.FieldError("end", f"a rate for a {self.kind} piece", None)
        checks.at_least("end", self.end, 0.0)
        checks.optional(checks.at_least, "steps", self.steps, 1)
        checks.optional(checks.at_least, "start", self.start, 0.0)
        if self.steps is None and self.kind != "constant":
            raise checks.FieldError("steps", f"a number of steps for a {self.kind} piece", None)
        if self.pieces:
            raise checks.FieldError("pieces", f"nothing in a {self.kind} piece", self.pieces)
        if self.times is not None:
            raise checks.FieldError("times", f"nothing in a {self.kind} piece", self.times)
        if self.start is not None and self.kind == "constant":
            expectation = "nothing in a constant piece, whose rate is its end"
            raise checks.FieldError("start", expectation, self.start)

    def _check_loop(self) -> None:
        for name in ("start", "end", "steps"):
            if getattr(self, name) is not None:
                raise checks.FieldError(
                    name, "nothing in a loop: its pieces have it", getattr(self, name)
                )
        checks.optional(checks.at_least, "times", self.times, 1)
        checks.filled("pieces", self.pieces)
        check_pieces("pieces", self.pieces)
        if self.pieces[-1].length is None:
            raise checks.FieldError("pieces", "an end to every piece of a loop", self.pieces[-1])

    @property
    def length(self) -> int | None:
        """Steps; None if it never ends."""
        if self.kind != "loop":
            return self.steps
        return None if self.times is None else self.times * self.round_length

    @property
    def round_length(self) -> int:
        """Steps of one round of a loop."""
        return sum(piece.length or 0 for piece in self.pieces)

    @property
    def final(self) -> float:
        """The rate at its end."""
        return self.pieces[-1].final if self.kind == "loop" else self.end or 0.0


def check_pieces(name: str, pieces: tuple[SchedulePieceConfig, ...]) -> None:
    """Raises FieldError unless the pieces follow one another."""
    for piece in pieces[:-1]:
        if piece.length is None:
            raise checks.FieldError(name, "steps (or times) in every piece but the last", piece)
    first = pieces[0]
    if first.start is None and first.kind not in ("constant", "loop"):
        raise checks.FieldError(name, "a start in the first piece", first)


@dataclass(frozen=True, kw_only=True)
class RegulariseConfig:
    """Half the sum of the squares of the selected weights, added to the loss as metric "l2"."""

    # Times the metric; the gradient is so many times the weight itself.
    weight: float
    # Which weights; what no rule matches is left out.
    select: Selector = KERNELS

    def __post_init__(self) -> None:
        checks.at_least("weight", self.weight, 0.0)
        checks.filled("select", self.select)


@dataclass(frozen=True, kw_only=True)
class SwaConfig:
    """Stochastic weight averaging: the running mean of samples of the weights."""

    # Steps between two samples.
    every_steps: int = 100
    # Samples that the mean is over; once there are so many, each further one counts as the
    # max_count-th part and older ones fade.
    max_count: int = 10

    def __post_init__(self) -> None:
        checks.within("every_steps", self.every_steps, 1, LAST_STEP)
        checks.at_least("max_count", self.max_count, 1)


@dataclass(frozen=True, kw_only=True)
class EmaConfig:
    """Exponential moving average of the weights, a sample each step."""

    # What is left of the average after a step. In the first 1 / (1 - decay) steps the mean of all
    # samples is taken instead, so that the random weights of the beginning leave no trace.
    decay: float = 0.999

    def __post_init__(self) -> None:
        checks.at_least("decay", self.decay, 0.0)
        if self.decay >= 1.0:
            raise checks.FieldError("decay", "a number < 1", self.decay)


@dataclass(frozen=True, kw_only=True)
class RollbackConfig:
    """What happens when step after step gives a loss or gradient that is not finite.

    Such a step is skipped. After too many in a row the weights are taken to be at fault, and
    training goes back to the last checkpoint.
    """

    # So many in a row roll back.
    after_nonfinite_steps: int = 10
    # So many roll-backs without a new checkpoint between them are tried; the next one ends the
    # session. Games differ each time, so that a few tries are worth it.
    max_rollbacks: int = 3

    def __post_init__(self) -> None:
        checks.at_least("after_nonfinite_steps", self.after_nonfinite_steps, 1)
        checks.at_least("max_rollbacks", self.max_rollbacks, 0)
