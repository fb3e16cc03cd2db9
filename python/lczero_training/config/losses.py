"""What is minimised: section `training.losses` of the config."""

from dataclasses import dataclass
from typing import ClassVar

from lczero_training.config import checks
from lczero_training.config.model import ModelConfig, ValueHeadConfig

# Rows of the batch's `values` tensor that can serve as a target.
VALUE_TARGETS = ("result", "best", "played", "orig", "root", "st")
ILLEGAL_MOVES = ("mask", "train_to_zero")
# What every step tells besides its losses, by these names.
STEP_METRICS = (
    "total_loss",
    "gradient_norm",
    "learning_rate",
    "update_ratio",
    "l2",
    "nonfinite_steps",
)


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What every loss has. The sum that is minimised adds weight * metric of each."""

    head: str
    weight: float = 1.0
    # Name of the loss among the metrics; None: default_metric of the kind. A second loss of a kind
    # on one head needs a name of its own.
    metric: str | None = None

    # Which of the model's heads it may be about, and the default name for a head.
    head_kind: ClassVar[str]
    default_metric: ClassVar[str]

    @property
    def metric_names(self) -> tuple[str, str]:
        """What it may be told as: the loss, and the accuracy if the kind has one."""
        return self.metric_name, f"{self.metric_name}/accuracy"

    @property
    def metric_name(self) -> str:
        """The loss's name among the metrics; its accuracy's is "NAME/accuracy"."""
        return self.default_metric.format(head=self.head) if self.metric is None else self.metric

    def __post_init__(self) -> None:
        checks.at_least("weight", self.weight, 0.0)
        if self.metric is not None:
            checks.filled("metric", self.metric)


@dataclass(frozen=True, kw_only=True)
class OptimismConfig:
    """Trains a policy mostly on positions that went better than a value head had expected.

    The loss of a position is multiplied by sigmoid((surprise - strength) * 3), where surprise is
    (q of the target - q of the value head) / (sqrt(the head's predicted squared error) + 1e-5).
    """

    # A value head with error_output.
    value_head: str
    # Row of the batch's values that the value head is compared with.
    target: str = "st"
    # In predicted standard deviations: a position that surprises by so many counts half.
    strength: float = 2.0
    # Whether the loss may move the value head too, which it does by making surprises rarer.
    gradients_into_value_head: bool = False

    def __post_init__(self) -> None:
        checks.one_of("target", self.target, VALUE_TARGETS)
        checks.at_least("strength", self.strength, 0.0)


@dataclass(frozen=True, kw_only=True)
class PolicyLossConfig(LossConfig):
    """Cross-entropy of a policy head against the search's visit fractions."""

    head_kind = "policy"
    default_metric = "policy/{head}"

    # Subtract the target's entropy: the minimum becomes 0, gradients stay the same.
    kl: bool = True
    # target^(1/temperature), renormalised. Head `soft` is usually trained with 4.
    temperature: float = 1.0
    # "mask" leaves illegal moves out of the softmax, as the engine does.
    illegal_moves: str = "mask"
    # None: every position counts the same.
    optimism: OptimismConfig | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.above("temperature", self.temperature, 0.0)
        checks.one_of("illegal_moves", self.illegal_moves, ILLEGAL_MOVES)


@dataclass(frozen=True, kw_only=True)
class OpponentPolicyLossConfig(LossConfig):
    """Cross-entropy of a policy head against the one move that the opponent answered with.

    V7 games have it, and packed batches carry it. No moves are masked: which answers are legal
    the data do not say.
    """

    head_kind = "policy"
    default_metric = "policy/{head}"

    head: str = "opponent"


@dataclass(frozen=True, kw_only=True)
class ValueLossConfig(LossConfig):
    """Cross-entropy of a value head against win, draw and loss of a row of `values`."""

    head_kind = "value"
    default_metric = "value/{head}"

    # Which row of the batch's values is the target.
    target: str = "result"

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.one_of("target", self.target, VALUE_TARGETS)


@dataclass(frozen=True, kw_only=True)
class ValueErrorLossConfig(LossConfig):
    """Square of (predicted squared error - (q of the head - q of the target)^2)."""

    head_kind = "value"
    default_metric = "value/{head}_error"

    target: str = "result"
    # Whether the loss may move q as well. By default it only learns how wrong q is: an error can
    # be made predictable by making q worse.
    gradients_into_q: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.one_of("target", self.target, VALUE_TARGETS)


@dataclass(frozen=True, kw_only=True)
class ValueCategoricalLossConfig(LossConfig):
    """Cross-entropy against the bucket that the target's q is in; equal buckets over [-1, 1]."""

    head_kind = "value"
    default_metric = "value/{head}_categorical"

    target: str = "result"

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.one_of("target", self.target, VALUE_TARGETS)


@dataclass(frozen=True, kw_only=True)
class MovesLeftLossConfig(LossConfig):
    """Huber loss of a moves-left head, prediction and target over 20, delta 10/20."""

    head_kind = "movesleft"
    default_metric = "movesleft/{head}"

    head: str = "main"


@dataclass(frozen=True, kw_only=True)
class LossesConfig:
    """Every loss: its head, its target and its weight in the sum."""

    policy: tuple[PolicyLossConfig, ...] = ()
    opponent_policy: tuple[OpponentPolicyLossConfig, ...] = ()
    value: tuple[ValueLossConfig, ...] = ()
    value_error: tuple[ValueErrorLossConfig, ...] = ()
    value_categorical: tuple[ValueCategoricalLossConfig, ...] = ()
    movesleft: tuple[MovesLeftLossConfig, ...] = ()

    def by_field(self) -> dict[str, tuple[LossConfig, ...]]:
        """The losses of each field, in the order of the sum."""
        return {
            "policy": self.policy,
            "opponent_policy": self.opponent_policy,
            "value": self.value,
            "value_error": self.value_error,
            "value_categorical": self.value_categorical,
            "movesleft": self.movesleft,
        }

    def all(self) -> tuple[LossConfig, ...]:
        """Every loss."""
        return tuple(loss for losses in self.by_field().values() for loss in losses)

    def __post_init__(self) -> None:
        self._check_metric_names()

    def _check_metric_names(self) -> None:
        seen = set(STEP_METRICS)
        for field, losses in self.by_field().items():
            for loss in losses:
                taken = [name for name in loss.metric_names if name in seen]
                if taken:
                    expectation = f"a `metric` of its own for this loss; {taken[0]} is taken"
                    raise checks.FieldError(field, expectation, loss)
                seen.update(loss.metric_names)


def check_heads(losses: LossesConfig, model: ModelConfig) -> None:
    """Raises FieldError, its field relative to the root, for a loss that the model cannot serve."""
    for field, configured in losses.by_field().items():
        for loss in configured:
            _check_head(f"training.losses.{field}", loss, model)
            if isinstance(loss, PolicyLossConfig) and loss.optimism:
                _check_optimism(f"training.losses.{field}", loss, loss.optimism, model)


def _check_head(field: str, loss: LossConfig, model: ModelConfig) -> None:
    known = {
        "policy": model.policy_heads,
        "value": model.value_heads,
        "movesleft": model.movesleft_heads,
    }[loss.head_kind]
    if loss.head not in known:
        expectation = f"a head of model.{loss.head_kind}_heads ({', '.join(known)})"
        raise checks.FieldError(field, expectation, loss.head)
    if loss.head_kind == "value":
        _check_value_output(field, loss, model.value_heads[loss.head])


def _check_value_output(field: str, loss: LossConfig, head: ValueHeadConfig) -> None:
    where = f"model.value_heads.{loss.head}"
    if isinstance(loss, ValueErrorLossConfig) and not head.error_output:
        expectation = f"a head with an error output; set {where}.error_output: true"
        raise checks.FieldError(field, expectation, loss.head)
    if isinstance(loss, ValueCategoricalLossConfig) and not head.categorical_buckets:
        expectation = f"a head with buckets; set {where}.categorical_buckets"
        raise checks.FieldError(field, expectation, loss.head)


def _check_optimism(
    field: str, loss: PolicyLossConfig, optimism: OptimismConfig, model: ModelConfig
) -> None:
    head = optimism.value_head
    if head not in model.value_heads:
        expectation = (
            f"optimism.value_head to be a head of model.value_heads "
            f"({', '.join(model.value_heads)}), not {head}"
        )
        raise checks.FieldError(field, expectation, loss)
    if not model.value_heads[head].error_output:
        expectation = (
            f"optimism.value_head to have an error output; "
            f"set model.value_heads.{head}.error_output: true"
        )
        raise checks.FieldError(field, expectation, loss)


def untrained_outputs(losses: LossesConfig, model: ModelConfig) -> dict[str, str]:
    """Outputs of the model that no loss with a weight above 0 trains, by their keys in the config.

    Each with the field of `losses` that could train it: {"value_heads.st.error_output":
    "value_error"}.
    """
    outputs = {f"policy_heads.{name}": "policy" for name in model.policy_heads}
    for name, head in model.value_heads.items():
        outputs[f"value_heads.{name}"] = "value"
        if head.error_output:
            outputs[f"value_heads.{name}.error_output"] = "value_error"
        if head.categorical_buckets:
            outputs[f"value_heads.{name}.categorical_buckets"] = "value_categorical"
    outputs |= {f"movesleft_heads.{name}": "movesleft" for name in model.movesleft_heads}
    trained = {_trained_output(loss) for loss in losses.all() if loss.weight > 0}
    return {output: field for output, field in outputs.items() if output not in trained}


def _trained_output(loss: LossConfig) -> str:
    suffix = ""
    if isinstance(loss, ValueErrorLossConfig):
        suffix = ".error_output"
    elif isinstance(loss, ValueCategoricalLossConfig):
        suffix = ".categorical_buckets"
    return f"{loss.head_kind}_heads.{loss.head}{suffix}"
