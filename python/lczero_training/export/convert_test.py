from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.export.convert import model_to_net, net_to_model
from lczero_training.export.encodings import ENCODINGS, FLOAT32, Encoding
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.model import LczeroModel
from lczero_training.model.testing import random_weights, small_config
from lczero_training.schema.net_pb2 import Net


def _new_model(config: ModelConfig) -> LczeroModel:
    return random_weights(lambda rngs: LczeroModel(config, rngs=rngs), 1)


# For tests that leave the model as it is.
_model = cache(_new_model)


def _params(model: LczeroModel) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(nnx.state(model, nnx.Param))
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}


def _only(heads: str, name: str) -> ModelConfig:
    return small_config(**{heads: {name: getattr(small_config(), heads)[name]}})


_CONFIGS = {
    "all": small_config(),
    "no_smolgen": small_config(smolgen=None),
    "own_embeddings_only": _only("policy_heads", "soft"),
    "no_movesleft": small_config(movesleft_heads={}),
    "relu": small_config(activation="relu", ffn_activation="relu_2"),
    "defaults": small_config(embedding_dff=None),
}


@pytest.mark.parametrize("config", _CONFIGS.values(), ids=_CONFIGS)
def test_exported_and_imported_is_the_same_model(config: ModelConfig) -> None:
    model = _model(config)
    net = Net.FromString(
        model_to_net(model, training_steps=7, encoding=FLOAT32).SerializeToString()
    )

    imported_config, imported = net_to_model(net)

    assert model_to_net(imported, training_steps=7, encoding=FLOAT32) == net
    before, after = _params(model), _params(imported)
    assert set(before) == set(after)
    for name, values in before.items():
        # The model's gate is relu'd wherever it is used.
        expected = np.maximum(values, 0) if "multiply" in name else values
        np.testing.assert_allclose(after[name], expected, rtol=1e-6, err_msg=name)
    assert imported_config.heads == config.heads
    assert dict(imported_config.value_heads) == dict(config.value_heads)


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_every_encoding_is_readable(encoding: Encoding) -> None:
    model = _model(small_config())

    net = model_to_net(model, training_steps=1, encoding=encoding)
    _, imported = net_to_model(net)

    kernel = "['encoder'][0]['attention']['query']['kernel']"
    before, after = _params(model), _params(imported)
    (name,) = (n for n in before if n.startswith(kernel))
    np.testing.assert_allclose(after[name], before[name], rtol=2**-8, atol=1e-4)


def test_versions_follow_the_encoding() -> None:
    model = _model(small_config())

    def minor(encoding: Encoding) -> int:
        return model_to_net(model, training_steps=1, encoding=encoding).min_version.minor

    assert minor(ENCODINGS["LINEAR16"]) == 31
    assert minor(ENCODINGS["BFLOAT16"]) == 33


def test_training_parameters_are_in_the_file() -> None:
    net = model_to_net(_model(small_config()), training_steps=1234, learning_rate=0.25)

    assert net.training_params.training_steps == 1234
    assert net.training_params.learning_rate == 0.25


def test_parameter_without_a_place_in_the_file_is_refused() -> None:
    model = _new_model(small_config())
    setattr(model, "extra", nnx.Param(jnp.zeros(3)))  # noqa: B010  # mypy knows no such attribute

    with pytest.raises(UnsupportedNetError, match="parameters"):
        model_to_net(model, training_steps=1)


def test_weights_that_are_not_finite_are_refused_by_name() -> None:
    model = _new_model(small_config())
    bias = model.value_heads["winner"].wdl.bias
    assert bias is not None
    bias.set_value(jnp.array([0.0, jnp.nan, 0.0]))

    with pytest.raises(UnsupportedNetError, match=r"value_heads\.winner\.ip2_val_b: holds NaN"):
        model_to_net(model, training_steps=1)


def test_compute_type_is_the_callers_choice() -> None:
    net = model_to_net(_model(small_config()), training_steps=1)

    config, model = net_to_model(net, compute_dtype="bfloat16")

    assert config.compute_dtype == "bfloat16"
    assert model.config == config
