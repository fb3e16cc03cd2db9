from collections.abc import Callable
from dataclasses import replace

import pytest

from lczero_training.config.model import (
    INPUT_FORMATS,
    ModelConfig,
    MovesLeftHeadConfig,
    PolicyHeadConfig,
    SmolgenConfig,
    ValueHeadConfig,
)
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.export.infer import differences, infer_config, tensor_sizes
from lczero_training.export.layout import tensor_shapes
from lczero_training.export.messages import layers
from lczero_training.export.net_file import load_net
from lczero_training.export.net_format import format_of
from lczero_training.export.testing import GOLDEN_NET, single_head_net
from lczero_training.schema.net_pb2 import Format, Net, NetworkFormat

_GOLDEN = load_net(GOLDEN_NET)
_CONFIG = ModelConfig(
    embedding_size=32,
    encoder_layers=2,
    heads=4,
    d_model=32,
    dff=48,
    position_embedding_size=8,
    embedding_dff=40,
    activation="mish",
    ffn_activation="mish",
    smolgen=SmolgenConfig(compress_size=8, hidden_size=32, gen_size=32),
    policy_embedding_size=32,
    policy_heads={
        name: PolicyHeadConfig(d_model=32)
        for name in ("vanilla", "optimistic_st", "soft", "opponent")
    },
    value_heads={
        "winner": ValueHeadConfig(channels=4),
        "q": ValueHeadConfig(channels=4, error_output=True),
        "st": ValueHeadConfig(channels=4, error_output=True),
    },
    movesleft_heads={"main": MovesLeftHeadConfig(channels=8, hidden_size=32)},
)


def _copy() -> Net:
    net = Net()
    net.CopyFrom(_GOLDEN)
    return net


def test_config_of_the_golden_net() -> None:
    assert infer_config(_GOLDEN) == _CONFIG


def test_layout_has_the_golden_nets_tensors() -> None:
    assert set(tensor_shapes(_CONFIG)) == {name for name, _ in layers(_GOLDEN.weights)}
    assert tensor_sizes(_GOLDEN) == {
        name: len(layer.params) // 2 for name, layer in layers(_GOLDEN.weights)
    }


def test_format_is_the_golden_nets() -> None:
    assert format_of(_CONFIG) == _GOLDEN.format


@pytest.mark.parametrize("number", INPUT_FORMATS)
def test_input_format_is_read_and_written(number: int) -> None:
    config = replace(_CONFIG, input_format=number)
    net = _copy()
    net.format.CopyFrom(format_of(config))

    assert infer_config(net) == config


def test_unset_activations_are_the_default() -> None:
    net = _copy()
    net.format.network_format.ClearField("ffn_activation")
    net.format.network_format.ClearField("smolgen_activation")

    config = infer_config(net)

    assert config.ffn_activation is None
    assert config.smolgen is not None and config.smolgen.activation == "mish"


def _no_norm(net: Net) -> None:
    net.weights.ClearField("ip_emb_ln_gammas")


def _wrong_size(net: Net) -> None:
    net.weights.encoder[1].mha.k_w.params += b"\0\0"


def _single_head(net: Net) -> None:
    net.weights.ip2_pol_w.params = b"\0\0"


def _convolutional(net: Net) -> None:
    net.weights.ClearField("encoder")
    net.format.network_format.network = NetworkFormat.NETWORK_SE_WITH_HEADFORMAT


def _network_unknown_here(net: Net) -> None:
    net.format.network_format.ClearField("network")
    # Field 3, varint 9: a number that the declaration lacks.
    net.format.network_format.MergeFromString(bytes([3 << 3, 9]))


def _position_map(net: Net) -> None:
    net.CopyFrom(single_head_net(net))
    net.format.network_format.ClearField("input_embedding")


def _scalar_value(net: Net) -> None:
    net.format.network_format.value = NetworkFormat.VALUE_CLASSICAL


def _residual_tower(net: Net) -> None:
    net.weights.MergeFromString(bytes([2 << 3 | 2, 0]))


def _policy_encoder(net: Net) -> None:
    net.weights.policy_heads.vanilla.MergeFromString(bytes([8 << 3 | 2, 0]))


def _softmax(net: Net) -> None:
    net.format.network_format.ffn_activation = NetworkFormat.ACTIVATION_SOFTMAX


def _unknown_field(net: Net) -> None:
    net.weights.encoder[0].mha.MergeFromString(bytes([10 << 3 | 2, 1, 0]))


def _headcount(net: Net) -> None:
    net.weights.headcount = 5


def _onnx(net: Net) -> None:
    net.onnx_model.model = b"graph"


def _no_blocks(net: Net) -> None:
    net.weights.ClearField("encoder")


def _encoding(net: Net) -> None:
    net.format.weights_encoding = Format.UNKNOWN


def _smolgen_in_one_block(net: Net) -> None:
    net.weights.encoder[1].mha.ClearField("smolgen")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_no_norm, "lacks tensors .*: ip_emb_ln_gammas$"),
        (_wrong_size, r"encoder\[1\]\.mha\.k_w \(1025 values, not 1024\)"),
        (_single_head, "no place for: ip2_pol_w"),
        (_convolutional, r"network is NETWORK_SE_WITH_HEADFORMAT \(4\); supported: .*\(7\)"),
        (_network_unknown_here, r"network is unknown \(9\); supported: .*\(7\)"),
        (_position_map, r"input_embedding is INPUT_EMBEDDING_PE_MAP \(1\); supported"),
        (_scalar_value, r"value is VALUE_CLASSICAL \(1\); supported: VALUE_WDL \(2\)"),
        (_residual_tower, r"unknown to this program: field 2 \(residual tower\)$"),
        (_policy_encoder, r"policy_heads\.vanilla\.field 8 \(encoder blocks of the policy\)$"),
        (_softmax, r"ffn_activation is ACTIVATION_SOFTMAX \(9\); supported: ACTIVATION_MISH"),
        (_unknown_field, r"encoder\[0\]\.mha\.field 10"),
        (_headcount, "make no model: d_model: expected a multiple of heads"),
        (_onnx, "onnx_model"),
        (_no_blocks, "no encoder blocks"),
        (_encoding, "unknown encoding 0"),
        (_smolgen_in_one_block, r"encoder\[1\]\.mha\.smolgen\.compress.* and 1 more"),
    ],
)
def test_what_the_model_cannot_represent_is_named(
    change: Callable[[Net], None], message: str
) -> None:
    net = _copy()
    change(net)

    with pytest.raises(UnsupportedNetError, match=message):
        infer_config(net)


def test_differences_are_listed_by_key() -> None:
    other = replace(
        _CONFIG,
        dff=64,
        policy_heads={"vanilla": PolicyHeadConfig(d_model=16)},
    )

    found = differences(_CONFIG, other)

    assert "model.dff: 48 in the weights file, 64 in the config" in found
    assert "model.policy_heads.vanilla.d_model: 32 in the weights file, 16 in the config" in found
    assert "model.policy_heads.soft.d_model: 32 in the weights file, absent in the config" in found


def test_defaults_and_compute_type_are_no_differences() -> None:
    other = replace(_CONFIG, ffn_activation=None, compute_dtype="bfloat16", rematerialize="blocks")

    assert differences(_CONFIG, other) == []

    wide, default = replace(_CONFIG, embedding_dff=48), replace(_CONFIG, embedding_dff=None)
    assert differences(wide, default) == []
