"""Which parameter of the model is which tensor of the weights file.

One table serves both directions, so that what is written is what is read.
"""

from typing import Any, NamedTuple

from flax import nnx

from lczero_training.export.transforms import (
    MULTIPLICATIVE_GATE,
    PLAIN,
    TRANSPOSED,
    Transform,
    square_embedding,
)
from lczero_training.model import LczeroModel
from lczero_training.model.attention import MultiHeadAttention
from lczero_training.model.embedding import InputEmbedding
from lczero_training.model.encoder import EncoderBlock
from lczero_training.model.layers import FeedForward, LayerNorm, Linear
from lczero_training.model.movesleft_head import MovesLeftHead
from lczero_training.model.policy_head import PolicyHead
from lczero_training.model.smolgen import Smolgen
from lczero_training.model.value_head import ValueHead


class Parameter(NamedTuple):
    """A parameter of a model, and how its array becomes a tensor of the file."""

    variable: "nnx.Param[Any]"
    transform: Transform


Parameters = dict[str, Parameter]


def named_parameters(model: LczeroModel) -> Parameters:
    """Every parameter of the model by its tensor's name, as in layout.tensor_shapes."""
    table = _embedding(model.embedding, square_embedding(model.config.input_format))
    for index, block in enumerate(model.encoder):
        table |= _encoder(f"encoder[{index}]", block)
    if model.smolgen_projection is not None:
        table |= _kernel("smolgen_w", model.smolgen_projection)
    if model.policy_embedding is not None:
        table |= _linear("policy_heads.ip_pol", model.policy_embedding.dense)
    for name, policy in model.policy_heads.items():
        table |= _policy_head(f"policy_heads.{name}", policy)
    for name, value in model.value_heads.items():
        table |= _value_head(f"value_heads.{name}", value)
    for movesleft in model.movesleft_heads.values():
        table |= _movesleft_head(movesleft)
    return table


def _kernel(name: str, layer: Linear, transform: Transform = TRANSPOSED) -> Parameters:
    return {name: Parameter(layer.kernel, transform)}


def _linear(prefix: str, layer: Linear, transform: Transform = TRANSPOSED) -> Parameters:
    assert layer.bias is not None, prefix
    return {
        **_kernel(f"{prefix}_w", layer, transform),
        f"{prefix}_b": Parameter(layer.bias, PLAIN),
    }


def _norm(prefix: str, norm: LayerNorm) -> Parameters:
    assert norm.scale is not None and norm.bias is not None, prefix
    return {
        f"{prefix}_gammas": Parameter(norm.scale, PLAIN),
        f"{prefix}_betas": Parameter(norm.bias, PLAIN),
    }


def _ffn(prefix: str, ffn: FeedForward) -> Parameters:
    return _linear(f"{prefix}.dense1", ffn.dense1) | _linear(f"{prefix}.dense2", ffn.dense2)


def _embedding(embedding: InputEmbedding, square: Transform) -> Parameters:
    return {
        **_linear("ip_emb_preproc", embedding.preprocess),
        **_linear("ip_emb", embedding.square, square),
        **_norm("ip_emb_ln", embedding.norm),
        "ip_mult_gate": Parameter(embedding.gate.multiply, MULTIPLICATIVE_GATE),
        "ip_add_gate": Parameter(embedding.gate.add, TRANSPOSED),
        **_ffn("ip_emb_ffn", embedding.ffn),
        **_norm("ip_emb_ffn_ln", embedding.ffn_norm),
    }


def _encoder(prefix: str, block: EncoderBlock) -> Parameters:
    return {
        **_attention(f"{prefix}.mha", block.attention),
        **_norm(f"{prefix}.ln1", block.norm1),
        **_ffn(f"{prefix}.ffn", block.ffn),
        **_norm(f"{prefix}.ln2", block.norm2),
    }


def _attention(prefix: str, attention: MultiHeadAttention) -> Parameters:
    smolgen = attention.smolgen
    return {
        **_linear(f"{prefix}.q", attention.query),
        **_linear(f"{prefix}.k", attention.key),
        **_linear(f"{prefix}.v", attention.value),
        **_linear(f"{prefix}.dense", attention.output),
        **({} if smolgen is None else _smolgen(f"{prefix}.smolgen", smolgen)),
    }


def _smolgen(prefix: str, smolgen: Smolgen) -> Parameters:
    return {
        **_kernel(f"{prefix}.compress", smolgen.compress),
        **_linear(f"{prefix}.dense1", smolgen.dense1),
        **_norm(f"{prefix}.ln1", smolgen.norm1),
        **_linear(f"{prefix}.dense2", smolgen.dense2),
        **_norm(f"{prefix}.ln2", smolgen.norm2),
    }


def _policy_head(prefix: str, head: PolicyHead) -> Parameters:
    own = head.embedding
    return {
        **({} if own is None else _linear(f"{prefix}.ip_pol", own.dense)),
        **_linear(f"{prefix}.ip2_pol", head.query),
        **_linear(f"{prefix}.ip3_pol", head.key),
        **_kernel(f"{prefix}.ip4_pol_w", head.promotion),
    }


def _value_head(prefix: str, head: ValueHead) -> Parameters:
    error, categorical = head.error, head.categorical
    return {
        **_linear(f"{prefix}.ip_val", head.embedding),
        **_linear(f"{prefix}.ip1_val", head.hidden),
        **_linear(f"{prefix}.ip2_val", head.wdl),
        **({} if error is None else _linear(f"{prefix}.ip_val_err", error)),
        **({} if categorical is None else _linear(f"{prefix}.ip_val_cat", categorical)),
    }


def _movesleft_head(head: MovesLeftHead) -> Parameters:
    return {
        **_linear("ip_mov", head.embedding),
        **_linear("ip1_mov", head.hidden),
        **_linear("ip2_mov", head.plies),
    }
