"""Older spellings of an attention network, rewritten as the one that this program reads. No JAX.

The engine takes these files too, and reads them as is done here.
"""

from lczero_training.export.encodings import encoding_of, value_count
from lczero_training.export.messages import enum_number, layer_at
from lczero_training.schema.net_pb2 import Layer, Net, NetworkFormat

_SQUARES = 64
_SINGLE_HEADS = NetworkFormat.NETWORK_ATTENTIONBODY_WITH_HEADFORMAT
_HEADS_BY_NAME = NetworkFormat.NETWORK_ATTENTIONBODY_WITH_MULTIHEADFORMAT
# What 6 and 7 were before these numbers were given out; 4 is convolutional without encoder blocks.
_EARLIER_SINGLE_HEADS = 4
_EARLIER_HEADS_BY_NAME = 134

# Single heads and where their tensors go, apart from the suffix _w or _b.
_POLICY_EMBEDDING = {"ip_pol": "policy_heads.ip_pol"}
_POLICY_HEAD = {f"ip{n}_pol": f"policy_heads.vanilla.ip{n}_pol" for n in (2, 3, 4)}
_VALUE_HEAD = {name: f"value_heads.winner.{name}" for name in ("ip_val", "ip1_val", "ip2_val")}


def modernised(net: Net) -> tuple[Net, list[str]]:
    """The same network as a file of today, and what was changed, one sentence each.

    The net itself if nothing had to be changed, else a copy. What it cannot rewrite it leaves as
    it is, for the reader to refuse by name.
    """
    copy = Net()
    copy.CopyFrom(net)
    changes = [*_update_format(copy), *_name_heads(copy), *_add_gates(copy)]
    return (copy, changes) if changes else (net, [])


def _update_format(net: Net) -> list[str]:
    network = net.format.network_format
    number = enum_number(network, "network")
    changes = []
    if number == _EARLIER_SINGLE_HEADS and net.weights.encoder:
        number = _SINGLE_HEADS
        changes.append(f"network format {_EARLIER_SINGLE_HEADS} with encoder blocks is {number}")
        if net.weights.HasField("smolgen_w"):
            network.ffn_activation = NetworkFormat.ACTIVATION_RELU_2
            network.smolgen_activation = NetworkFormat.ACTIVATION_SWISH
            changes.append("with smolgen its activations are relu_2 (ffn) and swish (smolgen)")
    if number == _EARLIER_HEADS_BY_NAME:
        changes.append(f"network format {_EARLIER_HEADS_BY_NAME} is {_HEADS_BY_NAME}")
    if number == _SINGLE_HEADS:
        changes += _update_single_heads(net)
    if changes:
        network.network = _HEADS_BY_NAME
    return changes


def _update_single_heads(net: Net) -> list[str]:
    network, weights = net.format.network_format, net.weights
    if weights.HasField("policy_heads") and weights.HasField("value_heads"):
        network.input_embedding = NetworkFormat.INPUT_EMBEDDING_PE_DENSE
        return [f"network format {_SINGLE_HEADS} with heads by name is {_HEADS_BY_NAME}"]
    if not network.HasField("input_embedding"):
        network.input_embedding = NetworkFormat.INPUT_EMBEDDING_PE_MAP
    return [f"network format {_SINGLE_HEADS}: single heads"]


def _name_heads(net: Net) -> list[str]:
    weights = net.weights
    changes = []
    if not weights.policy_heads.HasField("ip_pol_w") and weights.HasField("ip_pol_w"):
        _move(net, _POLICY_EMBEDDING)
        changes.append("ip_pol is policy_heads.ip_pol")
    if not weights.policy_heads.HasField("vanilla") and weights.HasField("ip2_pol_w"):
        _move(net, _POLICY_HEAD)
        changes.append("the policy head is policy_heads.vanilla")
    if not weights.HasField("value_heads") and weights.HasField("ip_val_w"):
        _move(net, _VALUE_HEAD)
        changes.append("the value head is value_heads.winner")
    return changes


def _move(net: Net, names: dict[str, str]) -> None:
    weights = net.weights
    for name, new_name in names.items():
        for suffix in ("_w", "_b"):
            old = name + suffix
            if old in weights.DESCRIPTOR.fields_by_name and weights.HasField(old):
                layer_at(weights, new_name + suffix).CopyFrom(layer_at(weights, old))
                weights.ClearField(old)


def _add_gates(net: Net) -> list[str]:
    """A network without gates is one whose gates do nothing."""
    if not net.weights.encoder:
        return []
    added = {
        name: value
        for name, value in (("ip_mult_gate", 1), ("ip_add_gate", 0))
        if not net.weights.HasField(name)
    }
    for name, value in added.items():
        # Each 16-bit 0 stands for min_val.
        layer_at(net.weights, name).CopyFrom(
            Layer(
                min_val=value,
                max_val=value,
                params=bytes(2 * _SQUARES * _channels(net)),
                encoding=Layer.LINEAR16,
            )
        )
    return [f"{name}, which is absent, is {value} everywhere" for name, value in added.items()]


def _channels(net: Net) -> int:
    bias = net.weights.ip_emb_b
    return value_count(bias, encoding_of(bias, net.format.weights_encoding, "ip_emb_b"), "ip_emb_b")
