from lczero_training.export.messages import enum_number, layer_at, layers, unknown_fields
from lczero_training.schema.net_pb2 import NetworkFormat, Weights


def test_layer_at_makes_what_is_missing() -> None:
    weights = Weights()

    layer_at(weights, "encoder[1].mha.smolgen.dense1_w").params = b"ab"
    layer_at(weights, "ip_emb_w").params = b"cd"

    assert len(weights.encoder) == 2
    assert weights.encoder[1].mha.smolgen.dense1_w.params == b"ab"
    assert weights.ip_emb_w.params == b"cd"


def test_layers_gives_the_names_that_layer_at_takes() -> None:
    weights = Weights()
    names = {"encoder[0].ffn.dense1_b", "policy_heads.soft.ip2_pol_w", "ip_add_gate"}
    for name in names:
        layer_at(weights, name).params = name.encode()

    assert {name: layer.params for name, layer in layers(weights)} == {
        name: name.encode() for name in names
    }


def test_tensors_without_values_count_as_absent() -> None:
    weights = Weights()
    layer_at(weights, "ip_emb_w").min_val = 1.0

    assert list(layers(weights)) == []


def test_unknown_fields_are_named_by_place_and_number() -> None:
    weights = Weights()
    layer_at(weights, "encoder[0].mha.q_w").params = b"ab"
    # Field 10, length-delimited, one byte.
    weights.encoder[0].mha.MergeFromString(bytes([10 << 3 | 2, 1, 0]))

    assert list(unknown_fields(weights)) == [
        "encoder[0].mha.field 10 (relative positions of queries)"
    ]


def test_unknown_zero_says_nothing() -> None:
    weights = Weights()
    # Field 24, varint 0.
    weights.MergeFromString(bytes([0xC0, 0x01, 0]))

    assert list(unknown_fields(weights)) == []


def test_enum_numbers_that_the_declaration_lacks_are_seen() -> None:
    # Field 3 (network), varint 4.
    assert enum_number(NetworkFormat.FromString(bytes([3 << 3, 4])), "network") == 4
    assert enum_number(NetworkFormat.FromString(bytes([3 << 3, 7])), "network") == 7
    assert enum_number(NetworkFormat(), "network") == 0
