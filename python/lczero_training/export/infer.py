"""From a weights file to the config of the model that it holds. No JAX."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from lczero_training.config.checks import FieldError
from lczero_training.config.model import (
    POLICY_HEAD_NAMES,
    VALUE_HEAD_NAMES,
    ModelConfig,
    MovesLeftHeadConfig,
    PolicyHeadConfig,
    SmolgenConfig,
    ValueHeadConfig,
)
from lczero_training.export import net_format
from lczero_training.export.encodings import encoding_of, value_count
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.export.layout import SQUARES, tensor_shapes
from lczero_training.export.messages import layers, unknown_fields
from lczero_training.export.older_files import modernised
from lczero_training.schema.net_pb2 import Net

_MAX_NAMES_IN_MESSAGE = 8


def infer_config(net: Net) -> ModelConfig:
    """The config whose model has exactly the net's tensors and format, as modernised() gives them.

    COMPUTING_SETTINGS, which a file does not say, are the defaults. Raises UnsupportedNetError,
    naming the field or the tensors, for whatever the model cannot represent; BadNetFileError for
    tensors with bytes missing.
    """
    net, _ = modernised(net)
    net_format.check_format(net)
    if net.HasField("onnx_model"):
        raise UnsupportedNetError("onnx_model: a network given as an ONNX graph is not supported")
    _refuse(unknown_fields(net.format, "format."), "has fields unknown to this program")
    _refuse(unknown_fields(net.weights), "has fields unknown to this program")
    sizes = _Sizes(tensor_sizes(net))
    try:
        config = _config(net, sizes)
    except FieldError as error:
        raise UnsupportedNetError(f"the sizes of its tensors make no model: {error}") from error
    _check_sizes(sizes, config)
    return config


def tensor_sizes(net: Net) -> dict[str, int]:
    """Number of values of every tensor in the file, by name."""
    default = net.format.weights_encoding
    return {
        name: value_count(layer, encoding_of(layer, default, name), name)
        for name, layer in layers(net.weights)
    }


def differences(
    a: ModelConfig, b: ModelConfig, *, names: tuple[str, str] = ("the weights file", "the config")
) -> list[str]:
    """Where two models' configs differ, one line a field; `names` say where each is from.

    Fields that a weights file does not say, or that have no effect, do not count.
    """
    fields_of_a, fields_of_b = _flat(asdict(_resolved(a))), _flat(asdict(_resolved(b)))
    return [
        f"model.{field}: {fields_of_a.get(field, 'absent')} in {names[0]}, "
        f"{fields_of_b.get(field, 'absent')} in {names[1]}"
        for field in dict.fromkeys([*fields_of_a, *fields_of_b])
        if fields_of_a.get(field) != fields_of_b.get(field)
    ]


class _Sizes(dict[str, int]):
    """Sizes of tensors by name; asking for one that is absent is an error that names it."""

    def __missing__(self, name: str) -> int:
        raise UnsupportedNetError(f"the weights file has no tensor {name}")


def _config(net: Net, sizes: _Sizes) -> ModelConfig:
    weights = net.weights
    if not weights.encoder:
        raise UnsupportedNetError("the weights file has no encoder blocks")
    width = sizes["ip_emb_b"]
    own_sizes = [s for n, s in sizes.items() if n.endswith(".ip_pol_b") and n.count(".") == 2]
    return ModelConfig(
        embedding_size=width,
        encoder_layers=len(weights.encoder),
        heads=weights.headcount,
        d_model=sizes["encoder[0].mha.q_b"],
        dff=sizes["encoder[0].ffn.dense1_b"],
        position_embedding_size=sizes["ip_emb_preproc_b"] // SQUARES,
        embedding_dff=sizes["ip_emb_ffn.dense1_b"],
        activation=net_format.default_activation(net),
        ffn_activation=net_format.ffn_activation(net),
        smolgen=_smolgen(net, sizes, width),
        # With own embeddings in all heads nothing has this size.
        policy_embedding_size=sizes.get("policy_heads.ip_pol_b") or max(own_sizes, default=1),
        policy_heads={
            name: _policy_head(f"policy_heads.{name}", sizes)
            for name in POLICY_HEAD_NAMES
            if weights.policy_heads.HasField(name)
        },
        value_heads={
            name: _value_head(f"value_heads.{name}", sizes)
            for name in VALUE_HEAD_NAMES
            if weights.value_heads.HasField(name)
        },
        movesleft_heads={"main": _movesleft_head(sizes)}
        if net.format.network_format.moves_left
        else {},
        input_format=net_format.input_format(net),
    )


def _smolgen(net: Net, sizes: _Sizes, width: int) -> SmolgenConfig | None:
    if "smolgen_w" not in sizes:
        return None
    prefix = "encoder[0].mha.smolgen"
    return SmolgenConfig(
        compress_size=sizes[f"{prefix}.compress"] // width,
        hidden_size=sizes[f"{prefix}.dense1_b"],
        gen_size=sizes["smolgen_w"] // (SQUARES * SQUARES),
        activation=net_format.smolgen_activation(net) or net_format.default_activation(net),
    )


def _policy_head(prefix: str, sizes: _Sizes) -> PolicyHeadConfig:
    return PolicyHeadConfig(
        d_model=sizes[f"{prefix}.ip2_pol_b"], embedding_size=sizes.get(f"{prefix}.ip_pol_b")
    )


def _value_head(prefix: str, sizes: _Sizes) -> ValueHeadConfig:
    return ValueHeadConfig(
        channels=sizes[f"{prefix}.ip_val_b"],
        hidden_size=sizes[f"{prefix}.ip1_val_b"],
        error_output=f"{prefix}.ip_val_err_b" in sizes,
        categorical_buckets=sizes.get(f"{prefix}.ip_val_cat_b", 0),
    )


def _movesleft_head(sizes: _Sizes) -> MovesLeftHeadConfig:
    return MovesLeftHeadConfig(channels=sizes["ip_mov_b"], hidden_size=sizes["ip1_mov_b"])


def _check_sizes(sizes: Mapping[str, int], config: ModelConfig) -> None:
    expected = {name: math.prod(shape) for name, shape in tensor_shapes(config).items()}
    _refuse((n for n in expected if n not in sizes), "lacks tensors that such a network has")
    _refuse((n for n in sizes if n not in expected), "has tensors that the model has no place for")
    wrong = [
        f"{name} ({sizes[name]} values, not {expected[name]})"
        for name in expected
        if sizes[name] != expected[name]
    ]
    _refuse(wrong, "has tensors whose sizes do not fit the others")


def _refuse(names: Iterable[str], complaint: str) -> None:
    found = list(names)
    if found:
        more = len(found) - _MAX_NAMES_IN_MESSAGE
        listed = ", ".join(found[:_MAX_NAMES_IN_MESSAGE]) + (f" and {more} more" * (more > 0))
        raise UnsupportedNetError(f"the weights file {complaint}: {listed}")


def _resolved(config: ModelConfig) -> ModelConfig:
    """The config with defaults filled in, and what a file does not say set alike."""
    shared = any(head.embedding_size is None for head in config.policy_heads.values())
    return replace(
        config.resolved().without_settings_of_computing(),
        policy_embedding_size=config.policy_embedding_size if shared else 1,
    )


def _flat(section: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested mappings as one, keys dotted."""
    flat: dict[str, object] = {}
    for key, value in section.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
