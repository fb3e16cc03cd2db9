"""Every setting of every loss does something: to the loss, its gradient, or its name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lczero_training.config.losses import (
    LossConfig,
    LossesConfig,
    MovesLeftLossConfig,
    OpponentPolicyLossConfig,
    OptimismConfig,
    PolicyLossConfig,
    ValueCategoricalLossConfig,
    ValueErrorLossConfig,
    ValueLossConfig,
)
from lczero_training.config.testing import settings_of
from lczero_training.losses import LossFunction, Metrics, Targets
from lczero_training.model import ModelOutput, ValueOutput

_OPTIMISM = OptimismConfig(value_head="winner", target="best", strength=0.5)
_BASE: Mapping[str, LossConfig] = {
    "policy": PolicyLossConfig(head="vanilla", optimism=_OPTIMISM),
    "opponent_policy": OpponentPolicyLossConfig(head="vanilla"),
    "value": ValueLossConfig(head="winner"),
    "value_error": ValueErrorLossConfig(head="winner"),
    "value_categorical": ValueCategoricalLossConfig(head="winner"),
    "movesleft": MovesLeftLossConfig(head="main"),
}


def _optimism(**changes: Any) -> dict[str, Any]:
    return {"optimism": replace(_OPTIMISM, **changes)}


# By setting: what to change in _BASE.
_CHANGES: Mapping[str, dict[str, Any]] = {
    **{f"{kind}[].weight": {"weight": 2.0} for kind in _BASE},
    **{f"{kind}[].metric": {"metric": "mine"} for kind in _BASE},
    **{f"{kind}[].target": {"target": "root"} for kind in _BASE if kind.startswith("value")},
    "policy[].head": {"head": "soft"},
    "opponent_policy[].head": {"head": "soft"},
    "value[].head": {"head": "q"},
    "value_error[].head": {"head": "q"},
    "value_categorical[].head": {"head": "q"},
    # The one name that there is; a second output stands for a model that had another.
    "movesleft[].head": {"head": "other"},
    "policy[].kl": {"kl": False},
    "policy[].temperature": {"temperature": 4.0},
    "policy[].illegal_moves": {"illegal_moves": "train_to_zero"},
    "policy[].optimism.value_head": _optimism(value_head="q"),
    "policy[].optimism.target": _optimism(target="root"),
    "policy[].optimism.strength": _optimism(strength=1.5),
    "policy[].optimism.gradients_into_value_head": _optimism(gradients_into_value_head=True),
    "value_error[].gradients_into_q": {"gradients_into_q": True},
}


class _Told(NamedTuple):
    total: jax.Array
    metrics: Metrics
    gradient: ModelOutput


def _output() -> ModelOutput:
    random = np.random.default_rng(1).normal

    def value() -> ValueOutput:
        return ValueOutput(
            logits=jnp.asarray(random(size=(3, 3))),
            error=jnp.asarray(np.abs(random(size=3))),
            categorical=jnp.asarray(random(size=(3, 5))),
        )

    return ModelOutput(
        policy={name: jnp.asarray(random(size=(3, 6))) for name in ("vanilla", "soft")},
        value={name: value() for name in ("winner", "q")},
        movesleft={name: jnp.asarray(random(size=3)) for name in ("main", "other")},
    )


def _targets() -> Targets:
    rng = np.random.default_rng(2)
    probabilities = rng.dirichlet(np.ones(6), 3)
    probabilities[:, ::3] = -1.0
    values = rng.uniform(0.0, 0.5, (3, 6, 3))
    return Targets(jnp.asarray(probabilities), jnp.asarray(values), jnp.asarray([1, 2, 4]))


def _told(kind: str, loss: LossConfig) -> _Told:
    fields: dict[str, Any] = {kind: (loss,)}
    function = LossFunction(config=LossesConfig(**fields))
    targets = _targets()

    def total(output: ModelOutput) -> tuple[jax.Array, Metrics]:
        result = function(output, targets)
        return result.total, result.metrics

    (value, metrics), gradient = jax.value_and_grad(total, has_aux=True)(_output())
    return _Told(value, metrics, gradient)


def _differ(a: _Told, b: _Told) -> bool:
    if a.metrics.keys() != b.metrics.keys():
        return True
    leaves = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return not all(np.array_equal(one, other) for one, other in leaves)


def test_the_table_has_every_setting() -> None:
    assert set(_CHANGES) == set(settings_of(LossesConfig))


@pytest.mark.parametrize("setting", _CHANGES)
def test_a_setting_changes_what_is_told(setting: str) -> None:
    kind = setting.partition("[")[0]
    base = _BASE[kind]
    changed = replace(base, **_CHANGES[setting])

    assert not _differ(_told(kind, base), _told(kind, replace(base)))
    assert _differ(_told(kind, base), _told(kind, changed))
