"""Networks of every config, exported, read again, and computed by a reader that shares no code."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from flax import nnx

from lczero_training.config import load_config
from lczero_training.config.model import ModelConfig
from lczero_training.export.convert import model_to_net, net_to_model
from lczero_training.export.infer import differences, infer_config
from lczero_training.export.net_file import load_net
from lczero_training.export.reference import Array, Reference
from lczero_training.export.testing import GOLDEN_NET, golden_outputs, golden_planes
from lczero_training.model import LczeroModel
from lczero_training.model.testing import random_weights, small_config
from lczero_training.schema.net_pb2 import Net

_CONFIGS = sorted(Path("configs").glob("*.yaml"))
_POSITIONS = 4
# All blocks are alike; two of BT4's take the time and the memory of a test.
_BLOCKS = 2
# What float32 loses in sums over widths of up to 1024 and 8192.
_TOLERANCE = 1e-4


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def test_the_reader_computes_what_the_engine_does() -> None:
    found, expected = Reference(load_net(GOLDEN_NET))(golden_planes()), golden_outputs()
    compared = 0
    for name, values in expected.items():
        kind, _, head = name.partition("_")
        if kind == "policy":
            ours = found[f"policy {head}"]
        elif kind == "wdl":
            ours = _softmax(found[f"value {head}"])
        elif kind == "movesleft":
            ours = found["moves left"][:, None]
        else:
            continue
        np.testing.assert_allclose(ours, values, rtol=0, atol=1e-5, err_msg=name)
        compared += 1
    assert compared == 8


def _outputs(model: LczeroModel, planes: npt.NDArray[np.float32]) -> dict[str, Array]:
    output = nnx.jit(lambda model, planes: model(planes))(model, planes)
    named = {f"policy {name}": logits for name, logits in output.policy.items()}
    for name, value in output.value.items():
        named[f"value {name}"] = value.logits
        if value.error is not None:
            named[f"value {name} error"] = value.error
        if value.categorical is not None:
            named[f"value {name} buckets"] = value.categorical
    if "main" in output.movesleft:
        named["moves left"] = output.movesleft["main"]
    return {name: np.asarray(array, np.float64) for name, array in named.items()}


def _network(config: ModelConfig) -> Net:
    """Weights in proportion to their layers' widths, so that no softmax is all or nothing."""
    model = random_weights(lambda rngs: LczeroModel(config, rngs=rngs), 1)
    for path, variable in nnx.to_flat_state(nnx.state(model, nnx.Param)):
        if path[-1] == "kernel":
            kernel = variable[...]
            variable.set_value(kernel / (0.3 * kernel.shape[0] ** 0.5))
        if path[-2:] == ("plies", "bias"):
            # Else the head's last relu may make 0 of all.
            variable.set_value(variable[...] + 5.0)
    # As its bytes, which another reader would get.
    return Net.FromString(model_to_net(model, training_steps=1).SerializeToString())


def _compare(config: ModelConfig) -> None:
    net = _network(config)
    assert differences(infer_config(net), config) == []

    planes = golden_planes()[:_POSITIONS]
    expected = Reference(net)(planes)
    found = _outputs(net_to_model(net)[1], planes)

    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=_TOLERANCE, err_msg=name)
        assert np.ptp(values) > 100 * _TOLERANCE, f"{name} says nothing"


@pytest.mark.parametrize("path", _CONFIGS, ids=lambda path: path.stem)
def test_a_network_of_each_config_computes_what_its_file_says(path: Path) -> None:
    config = load_config(path).model
    _compare(replace(config, encoder_layers=min(config.encoder_layers, _BLOCKS)))


@pytest.mark.parametrize(
    "changes",
    [
        # Own embedding, error output and buckets are in it; d_model is not E.
        {},
        {"activation": "relu", "ffn_activation": "swish"},
        {"ffn_activation": "relu", "smolgen": None},
        {"encoder_layers": 5, "movesleft_heads": {}},
    ],
    ids=str,
)
def test_a_network_of_each_option_computes_what_its_file_says(changes: dict[str, object]) -> None:
    _compare(small_config(**changes))
