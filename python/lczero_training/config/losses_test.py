import dataclasses
from typing import Any

import pytest

from lczero_training.config.checks import FieldError
from lczero_training.config.losses import (
    STEP_METRICS,
    LossesConfig,
    PolicyLossConfig,
    ValueLossConfig,
)

POLICY = PolicyLossConfig(head="vanilla")
VALUE = ValueLossConfig(head="winner")


def losses(**policy: Any) -> LossesConfig:
    return LossesConfig(policy=(dataclasses.replace(POLICY, **policy),), value=(VALUE,))


@pytest.mark.parametrize(
    "name", ["value/winner", "value/winner/accuracy", *STEP_METRICS, "value/winner/"]
)
def test_a_name_that_another_metric_has_is_refused(name: str) -> None:
    if name.endswith("/"):
        assert losses(metric=name).policy[0].metric_name == name
        return
    with pytest.raises(FieldError, match=f"`metric` of its own for this loss; {name} is taken"):
        losses(metric=name)


def test_the_accuracy_of_a_name_is_taken_too() -> None:
    other = dataclasses.replace(VALUE, metric="policy/vanilla/accuracy")
    with pytest.raises(FieldError, match="policy/vanilla/accuracy is taken"):
        LossesConfig(policy=(POLICY,), value=(other,))
