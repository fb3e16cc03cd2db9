"""The optimizer of the config."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import optax

from lczero_training.config.optimizer import OptimizerConfig
from lczero_training.train.selectors import selection
from lczero_training.train.state import Params, path_name

# Weights -> True for those that decay.
_Mask = Callable[[Params], Params]


def build_optimizer(config: OptimizerConfig) -> optax.GradientTransformation:
    """Clipping, then the named optimizer, at a learning rate of 1.

    The training step multiplies the updates by the scheduled rate itself: the rate then follows
    the step number that the user sees, and not a count of its own in the optimizer's state.
    Every optimizer here is linear in its rate, weight decay included.
    """
    config = config.resolved()
    optimizer = OPTIMIZERS[config.name](config, lambda params: selection(config.decay, params))
    bound = config.max_gradient_norm
    # The chain has two parts either way, so that the state's paths, which checkpoints use, stay.
    clip = optax.identity() if bound is None else optax.clip_by_global_norm(bound)
    return optax.chain(clip, optimizer)


def _adam(config: OptimizerConfig) -> dict[str, Any]:
    return {"b1": config.beta1, "b2": config.beta2, "eps": config.epsilon}


def _nadamw(config: OptimizerConfig, mask: _Mask) -> optax.GradientTransformation:
    return optax.nadamw(1.0, **_adam(config), weight_decay=config.weight_decay, mask=mask)


def _nadam(config: OptimizerConfig, mask: _Mask) -> optax.GradientTransformation:
    del mask
    return optax.nadam(1.0, **_adam(config))


def _adamw(config: OptimizerConfig, mask: _Mask) -> optax.GradientTransformation:
    return optax.adamw(1.0, **_adam(config), weight_decay=config.weight_decay, mask=mask)


def _sgd(config: OptimizerConfig, mask: _Mask) -> optax.GradientTransformation:
    del mask
    return optax.sgd(1.0, momentum=config.momentum, nesterov=bool(config.nesterov))


def _lion(config: OptimizerConfig, mask: _Mask) -> optax.GradientTransformation:
    return optax.lion(
        1.0, b1=config.beta1, b2=config.beta2, weight_decay=config.weight_decay, mask=mask
    )


def _muon(config: OptimizerConfig, mask: _Mask) -> optax.GradientTransformation:
    """Muon for the kernels, which are matrices; Adam (with Nesterov's momentum) for the rest.

    Gates are matrices too, but stand for numbers that multiply squares one by one.
    """
    muon = optax.contrib.muon(
        1.0,
        beta=config.momentum,
        eps=config.epsilon,
        nesterov=bool(config.nesterov),
        adam_b1=config.beta1,
        adam_b2=config.beta2,
        muon_weight_dimension_numbers=_matrices,
        consistent_rms=config.update_rms,
    )
    # Its own decay cannot choose among the weights that are left to Adam. Updates are subtracted
    # already, hence the sign.
    return optax.chain(muon, optax.add_decayed_weights(-(config.weight_decay or 0.0), mask))


def _matrices(params: Params) -> Params:
    def dimensions(path: tuple[Any, ...], leaf: jax.Array) -> Any:
        is_matrix = path_name(path[-1:]) == "kernel" and leaf.ndim == 2
        return optax.contrib.MuonDimensionNumbers() if is_matrix else None

    return jax.tree_util.tree_map_with_path(dimensions, params)


# By the names that the config accepts.
OPTIMIZERS: Mapping[str, Callable[[OptimizerConfig, _Mask], optax.GradientTransformation]] = {
    "nadamw": _nadamw,
    "nadam": _nadam,
    "adamw": _adamw,
    "sgd": _sgd,
    "lion": _lion,
    "muon": _muon,
}
