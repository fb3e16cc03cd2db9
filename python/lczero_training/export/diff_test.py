import math
from collections.abc import Callable

import numpy as np
import pytest

from lczero_training.export.diff import diff, report
from lczero_training.export.encodings import FLOAT32, LINEAR16, decode, encode
from lczero_training.export.messages import layer_at
from lczero_training.export.net_file import load_net
from lczero_training.export.testing import GOLDEN_NET, single_head_net
from lczero_training.schema.net_pb2 import Net, NetworkFormat

_NET = load_net(GOLDEN_NET)


def _copy() -> Net:
    net = Net()
    net.CopyFrom(_NET)
    return net


def _set(net: Net, name: str, values: list[float]) -> None:
    encode(layer_at(net.weights, name), np.array(values, np.float32), FLOAT32, name)


def _values(net: Net, name: str) -> list[float]:
    layer = layer_at(net.weights, name)
    return [float(value) for value in decode(layer, LINEAR16, name)]


def test_a_net_is_the_same_as_itself() -> None:
    found = diff(_NET, _copy())

    assert found.is_empty
    assert found.compared == 115
    assert report(found) == "same format and model\n0 of 115 tensors differ"


def test_what_computes_nothing_is_no_difference() -> None:
    other = _copy()
    other.license = "another"
    other.training_params.training_steps += 1
    _set(other, "ip_emb_b", _values(_NET, "ip_emb_b"))
    # Unset is the default activation, which is this one.
    assert other.format.network_format.ffn_activation == NetworkFormat.ACTIVATION_MISH
    other.format.network_format.ClearField("ffn_activation")

    assert diff(_NET, other).is_empty


def test_figures_of_a_tensor() -> None:
    a, b = _copy(), _copy()
    _set(a, "value_heads.winner.ip2_val_b", [3.0, 4.0, 0.0])
    _set(b, "value_heads.winner.ip2_val_b", [3.0, 4.0, 1.0])

    (tensor,) = diff(a, b).tensors

    assert tensor.name == "value_heads.winner.ip2_val_b"
    assert (tensor.largest, tensor.mean, tensor.relative) == (1.0, 1 / 3, 0.2)
    assert tensor.cosine == pytest.approx(5 / math.sqrt(26))


def test_the_relatively_most_different_comes_first() -> None:
    a, b = _copy(), _copy()
    for net, small, large in ((a, 1.0, 100.0), (b, 2.0, 110.0)):
        _set(net, "value_heads.winner.ip2_val_b", [large] * 3)
        _set(net, "value_heads.q.ip2_val_b", [small] * 3)
        _set(net, "value_heads.st.ip2_val_b", [0.0 if net is a else 1e-6] * 3)

    found = diff(a, b)

    assert [(t.name, t.relative) for t in found.tensors] == [
        ("value_heads.st.ip2_val_b", math.inf),
        ("value_heads.q.ip2_val_b", 1.0),
        ("value_heads.winner.ip2_val_b", pytest.approx(0.1)),
    ]
    assert "3 of 115 tensors differ" in report(found)


def _other_activation(net: Net) -> None:
    net.format.network_format.ffn_activation = NetworkFormat.ACTIVATION_RELU_2


def _no_smolgen_activation(net: Net) -> None:
    net.format.network_format.ClearField("smolgen_activation")


def _no_head(net: Net) -> None:
    net.weights.policy_heads.ClearField("soft")


def _longer_bias(net: Net) -> None:
    _set(net, "value_heads.q.ip_val_err_b", [0.0, 0.0])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            _other_activation,
            "format.ffn_activation: ACTIVATION_MISH (1) in A, ACTIVATION_RELU_2 (8) in B",
        ),
        (_other_activation, "model.ffn_activation: mish in A, relu_2 in B"),
        (
            _no_smolgen_activation,
            "format.smolgen_activation: ACTIVATION_SWISH (7) in A, ACTIVATION_DEFAULT (0) in B",
        ),
        (_no_head, "model.policy_heads.soft.d_model: 32 in A, absent in B"),
        (_no_head, "only in A: policy_heads.soft.ip2_pol_w"),
        (_longer_bias, "sizes differ: value_heads.q.ip_val_err_b has 1 values in A, 2 in B"),
    ],
)
def test_other_differences_are_told(change: Callable[[Net], None], line: str) -> None:
    other = _copy()
    change(other)

    found = diff(_NET, other)

    assert not found.is_empty
    assert line in report(found).splitlines()


def test_tensors_only_in_b_are_told() -> None:
    other = _copy()
    _no_head(other)

    assert "only in B: policy_heads.soft.ip2_pol_w" in report(diff(other, _NET)).splitlines()


def test_older_file_is_compared_as_it_is_read() -> None:
    found = diff(_NET, single_head_net(_NET))

    assert found.tensors == []
    assert all("vanilla" not in line and "winner" not in line for line in found.incomparable)
