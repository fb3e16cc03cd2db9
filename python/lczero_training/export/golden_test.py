"""The engine's network and outputs are the oracle of both the model and the exporter."""

import jax
import numpy as np
import pytest
from flax import nnx

from lczero_training.export.convert import model_to_net, net_to_model
from lczero_training.export.encodings import LINEAR16, decode
from lczero_training.export.messages import layers
from lczero_training.export.net_file import load_net
from lczero_training.export.testing import (
    GOLDEN_NET,
    golden_outputs,
    golden_planes,
    single_head_net,
)
from lczero_training.model import ModelOutput

_NET = load_net(GOLDEN_NET)
_CONFIG, _MODEL = net_to_model(_NET)
_EXPECTED = golden_outputs()
_TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def output() -> ModelOutput:
    result: ModelOutput = nnx.jit(lambda model, planes: model(planes))(_MODEL, golden_planes())
    return result


@pytest.mark.parametrize("head", ["vanilla", "optimistic_st", "soft", "opponent"])
def test_policy(output: ModelOutput, head: str) -> None:
    np.testing.assert_allclose(
        output.policy[head], _EXPECTED[f"policy_{head}"], rtol=0, atol=_TOLERANCE
    )


@pytest.mark.parametrize("head", ["winner", "q", "st"])
def test_value(output: ModelOutput, head: str) -> None:
    probabilities = jax.nn.softmax(output.value[head].logits)

    np.testing.assert_allclose(probabilities, _EXPECTED[f"wdl_{head}"], rtol=0, atol=_TOLERANCE)


def test_moves_left(output: ModelOutput) -> None:
    np.testing.assert_allclose(
        output.movesleft["main"], _EXPECTED["movesleft"][:, 0], rtol=0, atol=_TOLERANCE
    )


def test_older_file_with_single_heads_computes_the_same(output: ModelOutput) -> None:
    _, model = net_to_model(single_head_net(_NET))

    older: ModelOutput = nnx.jit(lambda model, planes: model(planes))(model, golden_planes())

    assert (set(older.policy), set(older.value)) == ({"vanilla"}, {"winner"})
    np.testing.assert_allclose(older.policy["vanilla"], output.policy["vanilla"], atol=1e-6)
    np.testing.assert_allclose(
        older.value["winner"].logits, output.value["winner"].logits, atol=1e-6
    )


def test_exported_again_every_tensor_is_within_one_quantisation_step() -> None:
    exported = model_to_net(_MODEL, training_steps=1)

    ours, theirs = dict(layers(exported.weights)), dict(layers(_NET.weights))
    assert set(ours) == set(theirs)
    for name, layer in theirs.items():
        step = (layer.max_val - layer.min_val) / 65535
        difference = decode(ours[name], LINEAR16, name) - decode(layer, LINEAR16, name)
        assert np.abs(difference).max() <= step + 1e-7, name


def test_exported_again_everything_else_is_the_same() -> None:
    exported = model_to_net(_MODEL, training_steps=1)
    # The model does not carry a file's license.
    exported.license = _NET.license
    exported.training_params.ClearField("learning_rate")
    for net in (exported, original := load_net(GOLDEN_NET)):
        for _, layer in layers(net.weights):
            layer.Clear()
    assert exported == original
