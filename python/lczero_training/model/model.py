"""The whole network."""

import jax
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.model.embedding import InputEmbedding
from lczero_training.model.encoder import EncoderBlock
from lczero_training.model.layers import Linear
from lczero_training.model.movesleft_head import MovesLeftHead
from lczero_training.model.outputs import ModelOutput
from lczero_training.model.policy_head import PolicyEmbedding, PolicyHead
from lczero_training.model.smolgen import shared_projection
from lczero_training.model.value_head import ValueHead


class LczeroModel(nnx.Module):
    """A transformer over 64 squares with heads by name, as the engine computes it.

    Weights, norms and softmax are float32; matrix products have config.compute_dtype.
    """

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs) -> None:
        self.config = config
        self.embedding = InputEmbedding(config, rngs=rngs)
        self.smolgen_projection = (
            shared_projection(config, config.smolgen, rngs=rngs) if config.smolgen else None
        )
        self.encoder = nnx.List(
            [EncoderBlock(config, rngs=rngs) for _ in range(config.encoder_layers)]
        )
        # None when every policy head has its own.
        self.policy_embedding = (
            PolicyEmbedding(config, size=config.policy_embedding_size, rngs=rngs)
            if any(head.embedding_size is None for head in config.policy_heads.values())
            else None
        )
        self.policy_heads = nnx.Dict(
            {n: PolicyHead(config, h, rngs=rngs) for n, h in config.policy_heads.items()}
        )
        self.value_heads = nnx.Dict(
            {n: ValueHead(config, h, rngs=rngs) for n, h in config.value_heads.items()}
        )
        self.movesleft_heads = nnx.Dict(
            {n: MovesLeftHead(config, h, rngs=rngs) for n, h in config.movesleft_heads.items()}
        )

    def __call__(self, planes: jax.Array) -> ModelOutput:
        """Planes [B, 112, 8, 8] f32, plane 109 rule50 / 99 -> every head's output."""
        x = self.embedding(planes)
        run = _run_again if self.config.rematerialize == "blocks" else _run
        for block in self.encoder:
            x = run(block, x, self.smolgen_projection)
        return ModelOutput(
            policy={n: head(x, self.policy_embedding) for n, head in self.policy_heads.items()},
            value={n: head(x) for n, head in self.value_heads.items()},
            movesleft={n: head(x) for n, head in self.movesleft_heads.items()},
        )


def _run(block: EncoderBlock, x: jax.Array, projection: Linear | None) -> jax.Array:
    return block(x, projection)


# The backward pass keeps what goes into a block and computes the rest again.
_run_again = nnx.remat(_run)
