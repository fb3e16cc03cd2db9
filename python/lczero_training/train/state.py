"""What training carries from step to step, and how its arrays are named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import optax
from flax import nnx

from lczero_training.model import LczeroModel

# Nested dicts of f32 arrays; the keys are the model's attribute names and list positions.
Params = Any


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Average:
    """A mean of the weights over samples.

    Attributes:
        count: [] int32, samples taken; as long as it is 0, params mean nothing.
        params: as the model's.
    """

    count: jax.Array
    params: Params


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class TrainState:
    """Everything that a training step changes: a pytree of device arrays.

    Attributes:
        step: [] int32, steps taken since training began, skipped ones included.
        params: the model's weights.
        opt_state: the optimizer's state; has nothing for frozen weights.
        averages: of the weights, by name: "swa" and "ema" where the config keeps them.
        nonfinite_run: [] int32, steps skipped since the last one that was not.
    """

    step: jax.Array
    params: Params
    opt_state: optax.OptState
    averages: Mapping[str, Average]
    nonfinite_run: jax.Array


def split_model(model: LczeroModel) -> tuple[nnx.GraphDef[LczeroModel], Params]:
    """The model's structure, and its weights as nested dicts."""
    graphdef, params = nnx.split(model, nnx.Param)
    return graphdef, nnx.to_pure_dict(params)


def merge_model(graphdef: nnx.GraphDef[LczeroModel], params: Params) -> LczeroModel:
    """The model with these weights; shares the arrays."""
    return nnx.merge(graphdef, nnx.State(params))


def default_sharding() -> jax.sharding.Sharding:
    """The first device, for work that one device can do."""
    return jax.sharding.SingleDeviceSharding(jax.devices()[0])


def shapes_on(shapes: Any, sharding: jax.sharding.Sharding) -> Any:
    """A pytree of jax.ShapeDtypeStructs that says where its arrays are to be: all alike."""
    return jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding), shapes
    )


def named_leaves(tree: Any) -> dict[str, Any]:
    """A pytree's leaves by path, e.g. "encoder/0/attention/query/kernel"."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {path_name(path): leaf for path, leaf in leaves}


def from_named_leaves(like: Any, leaves: Mapping[str, Any]) -> Any:
    """A pytree of the structure of `like` with leaves by path. KeyError if one is missing."""
    return jax.tree_util.tree_map_with_path(lambda path, _: leaves[path_name(path)], like)


def path_name(path: tuple[Any, ...]) -> str:
    """A JAX key path as names joined by slashes."""
    return "/".join(jax.tree_util.keystr((key,), simple=True) for key in path)
