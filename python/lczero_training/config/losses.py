"""What is minimised: section `training.losses` of the config."""

from dataclasses import dataclass

from lczero_training.config import checks

# Rows of the batch's `values` tensor that can serve as a target.
VALUE_TARGETS = ("result", "best", "played", "orig", "root", "st")
ILLEGAL_MOVES = ("mask", "train_to_zero")


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
