"""The network's shape: section `model` of the config (spec: docs/formats.md, "The network")."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lczero_training.config import checks

ACTIVATIONS = ("relu", "mish", "none", "tanh", "sigmoid", "selu", "swish", "relu_2")
# Of the body and the heads: the weights file has no number for the others there.
DEFAULT_ACTIVATIONS = ("relu", "mish")
COMPUTE_DTYPES = ("float32", "bfloat16")
REMATERIALIZED = ("none", "blocks")
# Settings of how the network is computed, not of what it is: a weights file does not hold them, and
# a checkpoint may be continued with others.
COMPUTING_SETTINGS = ("compute_dtype", "rematerialize")

POLICY_HEAD_NAMES = ("vanilla", "optimistic_st", "soft", "opponent")
VALUE_HEAD_NAMES = ("winner", "q", "st")
MOVESLEFT_HEAD_NAMES = ("main",)

# Of a frame, see docs/formats.md.
INPUT_FORMATS = (1, 2, 3, 4, 5, 132, 133)


@dataclass(frozen=True, kw_only=True)
class SmolgenConfig:
    """Attention biases generated from the whole position, in every encoder block."""

    # Channels each square is compressed to.
    compress_size: int = 32
    # Width of the hidden layer.
    hidden_size: int = 256
    # Width per attention head before the shared projection to 64 x 64.
    gen_size: int = 256
    activation: str = "swish"

    def __post_init__(self) -> None:
        checks.at_least("compress_size", self.compress_size, 1)
        checks.at_least("hidden_size", self.hidden_size, 1)
        checks.at_least("gen_size", self.gen_size, 1)
        checks.one_of("activation", self.activation, ACTIVATIONS)


@dataclass(frozen=True, kw_only=True)
class PolicyHeadConfig:
    """An attention policy head."""

    # Width D_p of queries and keys.
    d_model: int
    # Width of the head's own embedding; None: the embedding that heads share.
    embedding_size: int | None = None

    def __post_init__(self) -> None:
        checks.at_least("d_model", self.d_model, 1)
        if self.embedding_size is not None:
            checks.at_least("embedding_size", self.embedding_size, 1)


@dataclass(frozen=True, kw_only=True)
class ValueHeadConfig:
    """A win/draw/loss head."""

    # Channels per square.
    channels: int
    # Width of the layer over the whole board.
    hidden_size: int = 128
    # Also predict the squared error of the head's own q.
    error_output: bool = False
    # Buckets of q in [-1, 1] to classify; 0: no such output.
    categorical_buckets: int = 0

    def __post_init__(self) -> None:
        checks.at_least("channels", self.channels, 1)
        checks.at_least("hidden_size", self.hidden_size, 1)
        checks.at_least("categorical_buckets", self.categorical_buckets, 0)


@dataclass(frozen=True, kw_only=True)
class MovesLeftHeadConfig:
    """A head that predicts the plies to the end of the game."""

    # Channels per square.
    channels: int
    # Width of the layer over the whole board.
    hidden_size: int = 128

    def __post_init__(self) -> None:
        checks.at_least("channels", self.channels, 1)
        checks.at_least("hidden_size", self.hidden_size, 1)


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A transformer over 64 squares. Letters as in docs/formats.md."""

    # E: width of a square's token.
    embedding_size: int
    # L: encoder blocks.
    encoder_layers: int
    # H: attention heads of a block.
    heads: int
    # D: width of queries, keys and values over all heads.
    d_model: int
    # F: width of the feed-forward layer of a block.
    dff: int
    # P: channels of the dense position embedding.
    position_embedding_size: int
    # Width of the embedding's feed-forward layer; None: dff.
    embedding_dff: int | None = None
    activation: str = "mish"
    # Activation of feed-forward layers; None: activation.
    ffn_activation: str | None = None
    # None: attention without generated biases. The engine's format has them as an option.
    smolgen: SmolgenConfig | None = field(default_factory=SmolgenConfig)
    # E_p: width of the policy embedding that heads share.
    policy_embedding_size: int
    # Heads by name; each becomes an output and a part of the weights file.
    policy_heads: Mapping[str, PolicyHeadConfig]
    value_heads: Mapping[str, ValueHeadConfig]
    movesleft_heads: Mapping[str, MovesLeftHeadConfig]
    # Of the positions that it reads; the weights file tells the engine. 1: classical.
    input_format: int = 1
    # Type of matrix products; weights, softmax and norms stay float32.
    compute_dtype: str = "float32"
    # What the backward pass computes again, so that it need not be kept: none, or the encoder
    # blocks. Less memory for more time; the network is the same.
    rematerialize: str = "none"

    # Mappings have no hash. A compiled step is looked up by its model's config, so this one has.
    def __hash__(self) -> int:
        return hash((self.embedding_size, self.encoder_layers, self.d_model, self.dff))

    def resolved(self) -> "ModelConfig":
        """The same network, with defaults that follow from other fields written out."""
        return dataclasses.replace(
            self,
            embedding_dff=self.embedding_dff or self.dff,
            ffn_activation=self.ffn_activation or self.activation,
        )

    def without_settings_of_computing(self) -> "ModelConfig":
        """The same network, with COMPUTING_SETTINGS at their defaults."""
        defaults: dict[str, Any] = {
            f.name: f.default for f in dataclasses.fields(self) if f.name in COMPUTING_SETTINGS
        }
        return dataclasses.replace(self, **defaults)

    def __post_init__(self) -> None:
        for name in (
            "embedding_size",
            "encoder_layers",
            "heads",
            "d_model",
            "dff",
            "position_embedding_size",
            "policy_embedding_size",
        ):
            checks.at_least(name, getattr(self, name), 1)
        if self.embedding_dff is not None:
            checks.at_least("embedding_dff", self.embedding_dff, 1)
        if self.d_model % self.heads:
            raise checks.FieldError("d_model", f"a multiple of heads ({self.heads})", self.d_model)
        checks.one_of("activation", self.activation, DEFAULT_ACTIVATIONS)
        if self.ffn_activation is not None:
            checks.one_of("ffn_activation", self.ffn_activation, ACTIVATIONS)
        checks.one_of("compute_dtype", self.compute_dtype, COMPUTE_DTYPES)
        checks.one_of("rematerialize", self.rematerialize, REMATERIALIZED)
        if self.input_format not in INPUT_FORMATS:
            expected = f"one of {', '.join(map(str, INPUT_FORMATS))}"
            raise checks.FieldError("input_format", expected, self.input_format)
        checks.filled("policy_heads", self.policy_heads)
        checks.filled("value_heads", self.value_heads)
        for head in self.policy_heads:
            checks.one_of("policy_heads", head, POLICY_HEAD_NAMES)
        for head in self.value_heads:
            checks.one_of("value_heads", head, VALUE_HEAD_NAMES)
        for head in self.movesleft_heads:
            checks.one_of("movesleft_heads", head, MOVESLEFT_HEAD_NAMES)
