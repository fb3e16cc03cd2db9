import numpy as np
import pytest

from lczero_training.export.average import average
from lczero_training.export.diff import diff
from lczero_training.export.encodings import FLOAT32, LINEAR16, decode, encode, encoding_of
from lczero_training.export.errors import NotTheSameError, UnsupportedNetError
from lczero_training.export.infer import infer_config
from lczero_training.export.messages import layer_at, layers
from lczero_training.export.net_file import load_net
from lczero_training.export.testing import GOLDEN_NET
from lczero_training.schema.net_pb2 import Layer, Net

_NET = load_net(GOLDEN_NET)
_BIAS = "value_heads.winner.ip2_val_b"


def _with_bias(values: list[float], steps: int) -> Net:
    net = Net()
    net.CopyFrom(_NET)
    net.training_params.training_steps = steps
    encode(layer_at(net.weights, _BIAS), np.array(values, np.float32), FLOAT32, _BIAS)
    return net


def _bias(net: Net) -> list[float]:
    layer = layer_at(net.weights, _BIAS)
    return [float(v) for v in decode(layer, encoding_of(layer, Layer.LINEAR16, _BIAS), _BIAS)]


def test_weighted_mean_of_every_tensor() -> None:
    a, b = _with_bias([1.0, 2.0, 3.0], 10), _with_bias([5.0, 2.0, -1.0], 30)

    mean = average([a, b], weights=[3, 1], encoding=FLOAT32, names=["a", "b"])

    assert _bias(mean) == [2.0, 2.0, 2.0]
    assert [t.name for t in diff(_NET, mean).tensors] == [_BIAS]
    assert mean.training_params.training_steps == 30
    assert mean.license == _NET.license


def test_average_of_one_net_is_that_net() -> None:
    mean = average([_NET, _NET], weights=[1, 1], encoding=LINEAR16, names=["a", "b"])

    assert diff(_NET, mean).is_empty


def test_encoding_is_the_callers() -> None:
    mean = average([_NET], weights=[1], encoding=FLOAT32, names=["a"])

    assert mean.min_version.minor == 33
    assert {layer.encoding for _, layer in layers(mean.weights)} == {Layer.FLOAT32}
    assert infer_config(mean) == infer_config(_NET)
    linear = average([mean], weights=[1], encoding=LINEAR16, names=["a"])
    assert linear.min_version.minor == 31
    assert not any(layer.HasField("encoding") for _, layer in layers(linear.weights))


def test_other_models_are_refused_with_what_differs() -> None:
    other = Net()
    other.CopyFrom(_NET)
    other.weights.policy_heads.ClearField("soft")

    with pytest.raises(NotTheSameError) as refused:
        average([_NET, other], weights=[1, 1], encoding=LINEAR16, names=["a", "b.pb.gz"])

    assert "soft.d_model: 32 in a, absent in b.pb.gz" in str(refused.value)


@pytest.mark.parametrize("weights", [[1], [0, 0], [2, -1], [float("nan"), 1], [float("inf"), 1]])
def test_weights_without_a_mean_are_refused(weights: list[float]) -> None:
    with pytest.raises(UnsupportedNetError, match="weights"):
        average([_NET, _NET], weights=weights, encoding=LINEAR16, names=["a", "b"])
