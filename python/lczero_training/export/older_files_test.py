from collections.abc import Callable

import pytest

from lczero_training.export.encodings import decode, encoding_of
from lczero_training.export.infer import infer_config
from lczero_training.export.net_file import load_net
from lczero_training.export.older_files import modernised
from lczero_training.export.testing import GOLDEN_NET, single_head_net
from lczero_training.schema.net_pb2 import Format, Net, NetworkFormat

_GOLDEN = load_net(GOLDEN_NET)


def _copy(net: Net = _GOLDEN) -> Net:
    copy = Net()
    copy.CopyFrom(net)
    return copy


def _one_of_each() -> Net:
    """The golden net with its vanilla and winner heads alone."""
    net = _copy()
    for name in ("optimistic_st", "soft", "opponent"):
        net.weights.policy_heads.ClearField(name)
    for name in ("q", "st"):
        net.weights.value_heads.ClearField(name)
    return net


def test_file_of_today_is_left_alone() -> None:
    net, changes = modernised(_GOLDEN)

    assert net is _GOLDEN
    assert changes == []


def test_single_heads_get_their_names() -> None:
    older = single_head_net(_GOLDEN)
    before = _copy(older)

    net, changes = modernised(older)

    assert net == _one_of_each()
    assert older == before
    assert len(changes) == 4


def _before_its_number(net: Net) -> None:
    """Network format 4 with encoder blocks."""
    net.CopyFrom(single_head_net(net))
    network = net.format.network_format
    network.network = NetworkFormat.NETWORK_SE_WITH_HEADFORMAT
    network.ClearField("ffn_activation")
    network.ClearField("smolgen_activation")


def test_earliest_attention_files_have_activations_of_their_own() -> None:
    older = _copy()
    _before_its_number(older)

    net, _ = modernised(older)

    network = net.format.network_format
    assert network.network == NetworkFormat.NETWORK_ATTENTIONBODY_WITH_MULTIHEADFORMAT
    assert network.ffn_activation == NetworkFormat.ACTIVATION_RELU_2
    assert network.smolgen_activation == NetworkFormat.ACTIVATION_SWISH
    assert net.weights == _one_of_each().weights
    assert infer_config(older).ffn_activation == "relu_2"


def test_earliest_attention_files_without_smolgen_keep_their_activations() -> None:
    older = _copy()
    _before_its_number(older)
    older.weights.ClearField("smolgen_w")
    for block in older.weights.encoder:
        block.mha.ClearField("smolgen")

    assert infer_config(older).ffn_activation is None


def test_single_heads_without_an_embedding_named_have_a_map_of_positions() -> None:
    older = single_head_net(_GOLDEN)
    older.format.network_format.ClearField("input_embedding")

    net, _ = modernised(older)

    assert net.format.network_format.input_embedding == NetworkFormat.INPUT_EMBEDDING_PE_MAP


def _number_134(net: Net) -> None:
    net.format.network_format.network = NetworkFormat.NETWORK_AB_LEGACY_WITH_MULTIHEADFORMAT


def _number_6(net: Net) -> None:
    net.format.network_format.network = NetworkFormat.NETWORK_ATTENTIONBODY_WITH_HEADFORMAT
    net.format.network_format.ClearField("input_embedding")


def _shared_embedding_outside(net: Net) -> None:
    heads = net.weights.policy_heads
    net.weights.ip_pol_w.CopyFrom(heads.ip_pol_w)
    net.weights.ip_pol_b.CopyFrom(heads.ip_pol_b)
    heads.ClearField("ip_pol_w")
    heads.ClearField("ip_pol_b")


@pytest.mark.parametrize("spelling", [_number_134, _number_6, _shared_embedding_outside])
def test_other_spellings_of_heads_by_name(spelling: Callable[[Net], None]) -> None:
    net = _copy()
    spelling(net)

    assert modernised(net)[0] == _GOLDEN


def test_absent_gates_do_nothing() -> None:
    net = _copy()
    net.weights.ClearField("ip_mult_gate")
    net.weights.ClearField("ip_add_gate")

    modern, changes = modernised(net)

    for name, value in (("ip_mult_gate", 1), ("ip_add_gate", 0)):
        layer = getattr(modern.weights, name)
        values = decode(layer, encoding_of(layer, Format.LINEAR16, name), name)
        assert values.tolist() == [value] * 64 * 32
        assert f"{name}, which is absent, is {value} everywhere" in changes
    assert infer_config(net) == infer_config(_GOLDEN)
