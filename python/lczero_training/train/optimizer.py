"""The optimizer of the config."""

import jax
import optax

from lczero_training.config.optimizer import OptimizerConfig
from lczero_training.train.state import Params, path_name

# By the names that the config accepts.
OPTIMIZERS = {"nadamw": optax.nadamw}


def build_optimizer(config: OptimizerConfig) -> optax.GradientTransformation:
    """Clipping, then the named optimizer, at a learning rate of 1.

    The training step multiplies the updates by the scheduled rate itself: the rate then follows
    the step number that the user sees, and not a count of its own in the optimizer's state.
    Every optimizer here is linear in its rate, weight decay included.
    """
    optimizer = OPTIMIZERS[config.name](
        learning_rate=1.0,
        b1=config.beta1,
        b2=config.beta2,
        eps=config.epsilon,
        weight_decay=config.weight_decay,
        mask=decay_mask,
    )
    bound = config.max_gradient_norm
    # The chain has two parts either way, so that the state's paths, which checkpoints use, stay.
    clip = optax.identity() if bound is None else optax.clip_by_global_norm(bound)
    return optax.chain(clip, optimizer)


def decay_mask(params: Params) -> Params:
    """True for the weights that decay: kernels, not biases, norms and gates."""
    return jax.tree_util.tree_map_with_path(
        lambda path, _: path_name(path[-1:]) == "kernel", params
    )
