"""What the network computes."""

import jax
from flax import struct


@struct.dataclass
class ValueOutput:
    """A value head's outputs.

    Attributes:
        logits: [B, 3] f32, of win, draw and loss for the side to move.
        error: [B] f32 in (0, 1), the predicted squared error of q; None without that output.
        categorical: [B, buckets] f32, logits of the buckets of q; None without that output.
    """

    logits: jax.Array
    error: jax.Array | None = None
    categorical: jax.Array | None = None


@struct.dataclass
class ModelOutput:
    """Every head's output, by the head's name.

    Attributes:
        policy: [B, 1858] f32 logits; illegal moves are not masked.
        value: see ValueOutput.
        movesleft: [B] f32, plies to the end of the game, >= 0.
    """

    policy: dict[str, jax.Array]
    value: dict[str, ValueOutput]
    movesleft: dict[str, jax.Array]
