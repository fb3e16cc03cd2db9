"""What would be trained: parameters and what applies to each, work per position, memory."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp

from lczero_training.config.devices import DevicesConfig
from lczero_training.config.root import RootConfig
from lczero_training.config.training import TrainingConfig
from lczero_training.records.frame import InputFormat
from lczero_training.train.batch import PackedBatch
from lczero_training.train.idle_settings import idle_settings
from lczero_training.train.selectors import WeightRules, weight_rules
from lczero_training.train.state import Params, named_leaves
from lczero_training.train.step import (
    build_recipe,
    evaluate,
    model_shapes,
    random_state,
    train_step,
)

# Columns of the table and what a weight must have to be marked in them.
_MARKS = {"decay": "decays", "frozen": "frozen", "L2": "regularised"}


@dataclass(frozen=True, kw_only=True)
class Work:
    """Floating-point operations a position, an addition and a multiplication counted as two."""

    forward: float
    # Forward, backward, optimizer and averages.
    step: float


def describe(config: RootConfig, *, compiled: bool) -> str:
    """Tables of parameters, their sums, FLOPs per position and memory; runs nothing.

    With a warning for each setting that changes nothing. `compiled`: also compiles the step for
    this machine's device, and adds what that needs. Raises FieldError if every weight is frozen.
    """
    _, shapes = model_shapes(config.model)
    return "\n\n".join(
        [
            _parameters(config.training, shapes),
            _parts(shapes),
            _totals(config.training, shapes),
            _work_text(work(config), config.training),
            _memory(config, compiled=compiled),
            *(f"warning: {text}" for text in idle_settings(config, shapes)),
        ]
    )


def _parameters(config: TrainingConfig, shapes: Params) -> str:
    """A row for each weight: size, marks, path, shape."""
    rules = weight_rules(config, shapes)
    rows = [
        f"{math.prod(leaf.shape):>13,}  {_marks(rules[path])}  {path}"
        f"  ({' x '.join(map(str, leaf.shape))})"
        for path, leaf in named_leaves(shapes).items()
    ]
    heading = "  ".join(_MARKS)
    return "\n".join([f"{'parameters':>13}  {heading}  path", *rows])


def _marks(rules: WeightRules) -> str:
    return "  ".join(
        ("x" if getattr(rules, attribute) else ".").center(len(title))
        for title, attribute in _MARKS.items()
    )


def _parts(shapes: Params) -> str:
    sums: dict[str, int] = {}
    for path, leaf in named_leaves(shapes).items():
        part = path.split("/")[0]
        sums[part] = sums.get(part, 0) + math.prod(leaf.shape)
    return "\n".join(f"{size:>13,}  {part}" for part, size in sums.items())


def _totals(config: TrainingConfig, shapes: Params) -> str:
    rules = weight_rules(config, shapes)
    sizes = {path: math.prod(leaf.shape) for path, leaf in named_leaves(shapes).items()}

    def total(attribute: str) -> int:
        return sum(size for path, size in sizes.items() if getattr(rules[path], attribute))

    everything, frozen = sum(sizes.values()), total("frozen")
    sums = {
        "total": everything,
        "trained": everything - frozen,
        "frozen": frozen,
        "with weight decay": total("decays"),
        "with L2 in the loss": total("regularised"),
    }
    return "\n".join(f"{size:>13,}  {what}" for what, size in sums.items())


def work(config: RootConfig) -> Work:
    """What XLA's cost analysis counts in the lowered programs, before it optimises them.

    What remat computes twice is counted twice. For training.batch_size positions, in one part.
    """
    recipe, state, batch = _abstract(config, accumulation=1)

    def flops(lowered: jax.stages.Lowered) -> float:
        cost = lowered.cost_analysis()
        assert isinstance(cost, Mapping)
        return float(cost["flops"]) / config.training.batch_size

    def forward(params: Params, batch: PackedBatch) -> Any:
        return evaluate(params, batch, recipe)

    step = jax.jit(functools.partial(train_step, recipe=recipe))
    return Work(
        forward=flops(jax.jit(forward).lower(state.params, batch)),
        step=flops(step.lower(state, batch)),
    )


def _work_text(found: Work, config: TrainingConfig) -> str:
    return (
        f"{found.forward / 1e6:>13,.1f}  MFLOP a position, forward with losses\n"
        f"{found.step / 1e6:>13,.1f}  MFLOP a position, a whole step of {config.batch_size} "
        "(XLA's cost analysis of the lowered step)"
    )


def _memory(config: RootConfig, *, compiled: bool) -> str:
    """Bytes on one device; those of the step's working memory only where it is compiled."""
    recipe, state, batch = _abstract(config, accumulation=config.training.accumulation)
    sizes = {
        "weights": _bytes(state.params),
        "optimizer": _bytes(state.opt_state),
        "averages": _bytes(state.averages),
        f"batches, {config.training.batches_ahead} ahead and one in a step": _bytes(batch)
        * (config.training.batches_ahead + 1),
    }
    if compiled:
        step = jax.jit(functools.partial(train_step, recipe=recipe), donate_argnums=0)
        analysis = step.lower(state, batch).compile().memory_analysis()
        device = jax.default_backend()
        if analysis is not None:
            what = f"gradient, activations (XLA's memory analysis, {device})"
            sizes[what] = analysis.temp_size_in_bytes
    lines = [f"{size / 1e6:>13,.1f}  MB {what}" for what, size in sizes.items()]
    lines.append(f"{sum(sizes.values()) / 1e6:>13,.1f}  MB in all")
    if not compiled:
        lines.append(
            f"{'':>13}  and the step's gradient and activations, which only --compile can tell"
        )
    if config.training.devices != DevicesConfig():
        lines.append(f"{'':>13}  {_shared(config.training.devices)}")
    return "\n".join(lines)


def _shared(devices: DevicesConfig) -> str:
    state = f"about 1/{devices.fsdp}" if devices.fsdp > 1 else "all"
    return (
        f"Of training.devices each holds its part of a batch, and {state} of weights, optimizer "
        "and averages"
    )


def _abstract(config: RootConfig, *, accumulation: int) -> tuple[Any, Any, PackedBatch]:
    """Recipe, and the shapes of state and packed batch; computes nothing."""
    graphdef, _ = model_shapes(config.model)
    recipe = build_recipe(graphdef, replace(config.training, accumulation=accumulation))
    state = jax.eval_shape(lambda: random_state(config.model, recipe, seed=0))
    return recipe, state, _packed_shapes(config)


def _packed_shapes(config: RootConfig) -> PackedBatch:
    size = config.training.batch_size

    def array(dtype: Any, *shape: int) -> Any:
        return jax.ShapeDtypeStruct((size, *shape), dtype)

    return PackedBatch(
        bitboards=array(jnp.uint8, 104, 8),
        scalars=array(jnp.uint8, 8),
        probabilities=array(jnp.float32, 1858),
        values=array(jnp.float32, 6, 3),
        opponent_moves=array(jnp.int32),
        input_format=InputFormat(config.model.input_format),
    )


def _bytes(tree: Any) -> int:
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))
