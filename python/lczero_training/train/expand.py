"""Expands packed batches to the network's input, on the device and within the train step.

cc/batches/tensors.cc does the same for plain batches; the results are equal to the bit.
"""

import jax
import jax.numpy as jnp
import numpy as np

from lczero_training.records.frame import InputFormat

_SQUARES = (8, 8)
# Columns of `scalars`.
_US_OOO, _US_OO, _THEM_OOO, _THEM_OO, _SIDE_OR_ENPASSANT, _RULE50, _INVARIANCE = range(7)
_BLACK_TO_MOVE_BIT = 7


def expand_planes(
    bitboards: jax.Array, scalars: jax.Array, *, input_format: InputFormat
) -> jax.Array:
    """The planes of a packed batch; to be compiled, with `input_format` a constant.

    Args:
        bitboards: [B, 104, 8] u8, as PackedBatch has them.
        scalars: [B, 8] u8.
        input_format: of every position.

    Returns:
        [B, 112, 8, 8] f32.
    """
    high_bit_first = jnp.arange(7, -1, -1, dtype=jnp.uint8)
    pieces = (bitboards[..., None] >> high_bit_first) & 1
    rest = [
        *_castling(scalars, input_format),
        _side_or_enpassant(scalars, input_format),
        _full(_rule50(scalars[:, _RULE50], input_format)),
        _armageddon(scalars, input_format),
        _full(jnp.ones(scalars.shape[0])),
    ]
    return jnp.concatenate([pieces.astype(jnp.float32), jnp.stack(rest, axis=1)], axis=1)


def _full(value: jax.Array) -> jax.Array:
    """[B, 8, 8] f32 of [B]: the same on every square."""
    return jnp.broadcast_to(value.astype(jnp.float32)[:, None, None], (*value.shape, *_SQUARES))


def _rows(files_of_row: dict[int, jax.Array]) -> jax.Array:
    """[B, 8, 8] f32: in each row given the bits of a mask, [B] u8, bit 0 at file a; else 0."""
    low_bit_first = jnp.arange(8, dtype=jnp.uint8)
    empty = jnp.zeros_like(next(iter(files_of_row.values())))
    masks = jnp.stack([files_of_row.get(row, empty) for row in range(8)], axis=1)
    return ((masks[..., None] >> low_bit_first) & 1).astype(jnp.float32)


def _castling(scalars: jax.Array, input_format: InputFormat) -> list[jax.Array]:
    """Planes 104 to 107."""
    if not input_format.has_castling_masks:
        order = (_US_OOO, _US_OO, _THEM_OOO, _THEM_OO)
        return [_full(scalars[:, column] != 0) for column in order]
    nothing = _full(jnp.zeros(scalars.shape[0]))
    return [
        _rows({0: scalars[:, _US_OOO], 7: scalars[:, _THEM_OOO]}),
        _rows({0: scalars[:, _US_OO], 7: scalars[:, _THEM_OO]}),
        nothing,
        nothing,
    ]


def _side_or_enpassant(scalars: jax.Array, input_format: InputFormat) -> jax.Array:
    """Plane 108."""
    value = scalars[:, _SIDE_OR_ENPASSANT]
    return _rows({7: value}) if input_format.is_canonical else _full(value != 0)


def _rule50(plies: jax.Array, input_format: InputFormat) -> jax.Array:
    """Plane 109, from a table: compilers turn a division into a product, which rounds otherwise."""
    shares = np.arange(256, dtype=np.float32) / np.float32(input_format.rule50_divisor)
    return jnp.asarray(shares)[plies]


def _armageddon(scalars: jax.Array, input_format: InputFormat) -> jax.Array:
    """Plane 110."""
    black = (scalars[:, _INVARIANCE] >> _BLACK_TO_MOVE_BIT) & 1
    is_armageddon = input_format in (
        InputFormat.HECTOPLIES_ARMAGEDDON,
        InputFormat.V2_ARMAGEDDON,
    )
    return _full(black if is_armageddon else jnp.zeros_like(black))
