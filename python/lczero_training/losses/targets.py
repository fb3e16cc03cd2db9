"""What losses compare outputs with."""

from typing import NamedTuple

import jax


class Targets(NamedTuple):
    """What the data say about B positions.

    Attributes:
        probabilities: [B, 1858] f32, visit fractions, negative for illegal moves.
        values: [B, 6, 3] f32; rows result, best, played, orig, root, st; columns q, d, m. NaN
            where a frame does not have one.
        opponent_moves: [B] int, policy index of the move that the opponent answered with; any
            other number where it is not known, -1 by custom. None: batches do not carry it.
    """

    probabilities: jax.Array
    values: jax.Array
    opponent_moves: jax.Array | None = None
