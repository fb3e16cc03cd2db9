"""Which tensors a weights file has, by name and shape, for a model of given sizes.

A tensor's name is its path below Net.weights: "encoder[0].mha.q_w". Shapes are the file's:
a linear layer's weight is (out, in). No JAX.
"""

from lczero_training.config.model import (
    ModelConfig,
    MovesLeftHeadConfig,
    PolicyHeadConfig,
    SmolgenConfig,
    ValueHeadConfig,
)

SQUARES = 64
PLANES = 112
PIECE_PLANES = 12
PROMOTIONS = 4
WDL = 3

Shapes = dict[str, tuple[int, ...]]


def tensor_shapes(config: ModelConfig) -> Shapes:
    """Every tensor of the file, in the order of the network."""
    shapes = _embedding(config)
    for block in range(config.encoder_layers):
        shapes |= _encoder(f"encoder[{block}]", config)
    if config.smolgen:
        shapes["smolgen_w"] = (SQUARES * SQUARES, config.smolgen.gen_size)
    if any(head.embedding_size is None for head in config.policy_heads.values()):
        shapes |= _linear(
            "policy_heads.ip_pol", config.policy_embedding_size, config.embedding_size
        )
    for name, policy in config.policy_heads.items():
        shapes |= _policy_head(f"policy_heads.{name}", policy, config)
    for name, value in config.value_heads.items():
        shapes |= _value_head(f"value_heads.{name}", value, config)
    for movesleft in config.movesleft_heads.values():
        shapes |= _movesleft_head(movesleft, config)
    return shapes


def _linear(prefix: str, outputs: int, inputs: int) -> Shapes:
    return {f"{prefix}_w": (outputs, inputs), f"{prefix}_b": (outputs,)}


def _norm(prefix: str, width: int) -> Shapes:
    return {f"{prefix}_gammas": (width,), f"{prefix}_betas": (width,)}


def _ffn(prefix: str, width: int, hidden: int) -> Shapes:
    return _linear(f"{prefix}.dense1", hidden, width) | _linear(f"{prefix}.dense2", width, hidden)


def _embedding(config: ModelConfig) -> Shapes:
    width, position = config.embedding_size, config.position_embedding_size
    return {
        **_linear("ip_emb_preproc", SQUARES * position, SQUARES * PIECE_PLANES),
        **_linear("ip_emb", width, PLANES + position),
        **_norm("ip_emb_ln", width),
        "ip_mult_gate": (width, SQUARES),
        "ip_add_gate": (width, SQUARES),
        **_ffn("ip_emb_ffn", width, config.embedding_dff or config.dff),
        **_norm("ip_emb_ffn_ln", width),
    }


def _encoder(prefix: str, config: ModelConfig) -> Shapes:
    width, inner = config.embedding_size, config.d_model
    return {
        **_linear(f"{prefix}.mha.q", inner, width),
        **_linear(f"{prefix}.mha.k", inner, width),
        **_linear(f"{prefix}.mha.v", inner, width),
        **_linear(f"{prefix}.mha.dense", width, inner),
        **(_smolgen(f"{prefix}.mha.smolgen", config.smolgen, config) if config.smolgen else {}),
        **_norm(f"{prefix}.ln1", width),
        **_ffn(f"{prefix}.ffn", width, config.dff),
        **_norm(f"{prefix}.ln2", width),
    }


def _smolgen(prefix: str, smolgen: SmolgenConfig, config: ModelConfig) -> Shapes:
    compressed, hidden = smolgen.compress_size, smolgen.hidden_size
    generated = config.heads * smolgen.gen_size
    return {
        f"{prefix}.compress": (compressed, config.embedding_size),
        **_linear(f"{prefix}.dense1", hidden, SQUARES * compressed),
        **_norm(f"{prefix}.ln1", hidden),
        **_linear(f"{prefix}.dense2", generated, hidden),
        **_norm(f"{prefix}.ln2", generated),
    }


def _policy_head(prefix: str, head: PolicyHeadConfig, config: ModelConfig) -> Shapes:
    own = head.embedding_size
    size = own or config.policy_embedding_size
    return {
        **(_linear(f"{prefix}.ip_pol", own, config.embedding_size) if own else {}),
        **_linear(f"{prefix}.ip2_pol", head.d_model, size),
        **_linear(f"{prefix}.ip3_pol", head.d_model, size),
        f"{prefix}.ip4_pol_w": (PROMOTIONS, head.d_model),
    }


def _value_head(prefix: str, head: ValueHeadConfig, config: ModelConfig) -> Shapes:
    hidden, buckets = head.hidden_size, head.categorical_buckets
    return {
        **_linear(f"{prefix}.ip_val", head.channels, config.embedding_size),
        **_linear(f"{prefix}.ip1_val", hidden, SQUARES * head.channels),
        **_linear(f"{prefix}.ip2_val", WDL, hidden),
        **(_linear(f"{prefix}.ip_val_err", 1, hidden) if head.error_output else {}),
        **(_linear(f"{prefix}.ip_val_cat", buckets, hidden) if buckets else {}),
    }


def _movesleft_head(head: MovesLeftHeadConfig, config: ModelConfig) -> Shapes:
    return {
        **_linear("ip_mov", head.channels, config.embedding_size),
        **_linear("ip1_mov", head.hidden_size, SQUARES * head.channels),
        **_linear("ip2_mov", 1, head.hidden_size),
    }
