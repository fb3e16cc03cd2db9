"""Whether a network computes on real positions what another does, head by head."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.export.convert import net_to_model
from lczero_training.export.encodings import ENCODINGS, encoding_of
from lczero_training.export.errors import NetError, NotTheSameError
from lczero_training.export.messages import layers
from lczero_training.export.net_file import decode_net
from lczero_training.export.positions import packed, read_positions
from lczero_training.export.tables import aligned
from lczero_training.model import LczeroModel, ModelOutput
from lczero_training.records.frame import InputFormat
from lczero_training.schema.net_pb2 import Net
from lczero_training.train.expand import expand_planes

_LOG = logging.getLogger(__name__)

POSITIONS = 256
# Compared at a time.
_BATCH = 64

# Largest difference of a policy's logits from those of the weights before they were encoded: some
# ten times what networks of 2 and 10 blocks show.
_TOLERANCE = {"FLOAT32": 1e-4, "LINEAR16": 2e-2, "FLOAT16": 5e-2, "BFLOAT16": 5e-1}
# How much more or less it is in the unit of other outputs.
_UNITS = {"logits": 1.0, "probability": 0.1, "squared error": 0.1, "plies": 10.0}

Outputs = dict[str, tuple[npt.NDArray[np.float32], str]]


@dataclass(frozen=True, kw_only=True)
class HeadDifference:
    """How one output differs between two networks, over all positions and entries."""

    # "policy vanilla".
    output: str
    # A key of _UNITS.
    unit: str
    largest: float
    mean: float
    tolerance: float

    @property
    def is_within(self) -> bool:
        """Whether it is small enough; NaN is not."""
        return self.largest <= self.tolerance


def tolerance_of(*nets: Net) -> float:
    """In a policy's logits: that of the coarsest encoding in the files."""
    default = [net.format.weights_encoding for net in nets]
    names = {
        encoding_of(layer, encoding, name).name
        for net, encoding in zip(nets, default, strict=True)
        for name, layer in layers(net.weights)
    }
    return max(_TOLERANCE[name] for name in names)


def compare(
    model: LczeroModel, expected: LczeroModel, *, tolerance: float, positions: int = POSITIONS
) -> list[HeadDifference]:
    """The outputs' differences; both compute in float32, whatever their configs say.

    Raises NotTheSameError if the models have not the same outputs or read different positions.
    """
    if model.config.input_format != expected.config.input_format:
        raise NotTheSameError(
            f"their input formats are {model.config.input_format} and "
            f"{expected.config.input_format}"
        )
    ours, theirs = (_outputs(_in_float32(m), positions) for m in (model, expected))
    if set(ours) != set(theirs):
        alone = ", ".join(sorted(set(ours) ^ set(theirs)))
        raise NotTheSameError(f"only one of the two has these outputs: {alone}")
    return list(_differences(ours, theirs, tolerance))


def verify_net(net: Net, expected: LczeroModel) -> list[HeadDifference]:
    """Reads the net and compares what it computes with the model that it was made of.

    Raises NotTheSameError, with the heads that differ, and what net_to_model raises.
    """
    _, model = net_to_model(net)
    found = compare(model, expected, tolerance=tolerance_of(net))
    check(found)
    return found


def verify_bytes(data: bytes, expected: LczeroModel, *, step: int) -> None:
    """Reads a weights file's bytes and compares, as verify_net(), before they reach a disk.

    Raises NotTheSameError or BadNetFileError, which say of what step and that nothing is written.
    """
    try:
        verify_net(decode_net(data), expected)
    except NetError as error:
        raise type(error)(
            f"export.verify: the network of step {step} is not what was trained, and is not "
            f"written: {error}"
        ) from error
    _LOG.info("the network of step %d is verified on %d positions", step, POSITIONS)


def check(found: list[HeadDifference]) -> None:
    """Raises NotTheSameError, naming the outputs, if any differs too much."""
    wrong = [
        f"{d.output} differs by {d.largest:.3g} {d.unit}, tolerance {d.tolerance:.3g}"
        for d in found
        if not d.is_within
    ]
    if wrong:
        raise NotTheSameError("the outputs are not the same: " + "; ".join(wrong))


def table(found: list[HeadDifference]) -> str:
    """For people, a line for each output."""
    return aligned(
        ("output", "unit", "largest", "mean", "tolerance", ""),
        [
            (
                d.output,
                d.unit,
                *(f"{number:.2e}" for number in (d.largest, d.mean, d.tolerance)),
                "" if d.is_within else "!",
            )
            for d in found
        ],
        texts=2,
    )


def _differences(ours: Outputs, theirs: Outputs, tolerance: float) -> Iterator[HeadDifference]:
    for output, (values, unit) in ours.items():
        difference = np.abs(values - theirs[output][0])
        yield HeadDifference(
            output=output,
            unit=unit,
            largest=float(difference.max()),
            mean=float(difference.mean()),
            tolerance=tolerance * _UNITS[unit],
        )


def _in_float32(model: LczeroModel) -> LczeroModel:
    """The same weights in a model whose products are not rounded to bfloat16."""
    config: ModelConfig = replace(model.config, compute_dtype="float32")
    if config == model.config:
        return model
    exact = nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0)))
    nnx.update(exact, nnx.state(model, nnx.Param))
    return exact


@cache
def _planes(count: int) -> npt.NDArray[np.float32]:
    """[count, 112, 8, 8] f32 of the bundled games."""
    frames = read_positions(count)
    bitboards, scalars = map(jnp.asarray, packed(frames))
    input_format = InputFormat(int(frames["input_format"][0]))
    return np.asarray(expand_planes(bitboards, scalars, input_format=input_format))


# Compiled once for all networks of a shape.
@partial(jax.jit, static_argnums=0)
def _forward(
    graph: "nnx.GraphDef[LczeroModel]", state: "nnx.State[Any, Any]", planes: jax.Array
) -> ModelOutput:
    output: ModelOutput = nnx.merge(graph, state)(planes)
    return output


def _outputs(model: LczeroModel, positions: int) -> Outputs:
    graph, state = nnx.split(model)
    planes = _planes(positions)
    batches = [
        _named(_forward(graph, state, planes[start : start + _BATCH]))
        for start in range(0, positions, _BATCH)
    ]
    return {
        name: (np.concatenate([np.asarray(batch[name][0]) for batch in batches]), unit)
        for name, (_, unit) in batches[0].items()
    }


def _named(output: ModelOutput) -> Mapping[str, tuple[jax.Array, str]]:
    """Every output with its unit; values of win, draw and loss as probabilities."""
    named = {f"policy {name}": (logits, "logits") for name, logits in output.policy.items()}
    for name, value in output.value.items():
        named[f"value {name}"] = (jax.nn.softmax(value.logits), "probability")
        if value.error is not None:
            named[f"value {name} error"] = (value.error, "squared error")
        if value.categorical is not None:
            buckets = jax.nn.softmax(value.categorical)
            named[f"value {name} buckets"] = (buckets, "probability")
    return named | {f"moves left {n}": (plies, "plies") for n, plies in output.movesleft.items()}


assert set(_TOLERANCE) == set(ENCODINGS)
