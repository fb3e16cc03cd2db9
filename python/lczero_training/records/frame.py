"""The record of one position, V6 and V7, as numpy structures; docs/formats.md explains the fields.

cc/records/frame.h says the same to the loader.
"""

from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lczero_training.records.policy_map import MOVES

# The frames of one game, [N] of FRAME_V6 or FRAME_V7. (Fields of a structure have no static types.)
Frames = NDArray[Any]

HISTORY_STEPS = 8
# Of a step: our P N B R Q K, their P N B R Q K, repetition.
STEP_BITBOARDS = 13
# In opp_played_idx and next_played_idx: the game ended before.
NO_MOVE = 0xFFFF

_V6_FIELDS: list[tuple[str, Any]] = [
    ("version", "<u4"),
    ("input_format", "<u4"),
    ("probabilities", ("<f4", (MOVES,))),
    ("planes", ("<u8", (HISTORY_STEPS * STEP_BITBOARDS,))),
    # us ooo, us oo, them ooo, them oo
    ("castling", ("u1", (4,))),
    ("side_or_enpassant", "u1"),
    ("rule50", "u1"),
    ("invariance", "u1"),
    ("dummy", "u1"),
    ("root_q", "<f4"),
    ("best_q", "<f4"),
    ("root_d", "<f4"),
    ("best_d", "<f4"),
    ("root_m", "<f4"),
    ("best_m", "<f4"),
    ("plies_left", "<f4"),
    ("result_q", "<f4"),
    ("result_d", "<f4"),
    ("played_q", "<f4"),
    ("played_d", "<f4"),
    ("played_m", "<f4"),
    ("orig_q", "<f4"),
    ("orig_d", "<f4"),
    ("orig_m", "<f4"),
    ("visits", "<u4"),
    ("played_idx", "<u2"),
    ("best_idx", "<u2"),
    ("policy_kld", "<f4"),
    ("q_st", "<f4"),
]
_V7_FIELDS: list[tuple[str, Any]] = [
    ("d_st", "<f4"),
    ("opp_played_idx", "<u2"),
    ("next_played_idx", "<u2"),
    ("reserved", ("<f4", (8,))),
]

FRAME_V6 = np.dtype(_V6_FIELDS)
FRAME_V7 = np.dtype(_V6_FIELDS + _V7_FIELDS)
FRAME_TYPES = {6: FRAME_V6, 7: FRAME_V7}


class InputFormat(IntEnum):
    """Numbers in `input_format`; they differ in the board's orientation and planes 104 to 110."""

    CLASSICAL = 1
    CASTLING_PLANE = 2
    CANONICAL = 3
    HECTOPLIES = 4
    V2 = 5
    HECTOPLIES_ARMAGEDDON = 132
    V2_ARMAGEDDON = 133

    @property
    def has_castling_masks(self) -> bool:
        """Castling bytes hold the files of rooks as masks."""
        return self != InputFormat.CLASSICAL

    @property
    def is_canonical(self) -> bool:
        """The board may be transformed; bit 7 of `invariance` has the side to move."""
        return self >= InputFormat.CANONICAL

    @property
    def skips_non_repeats(self) -> bool:
        """Of earlier positions the history has only those that repeat one."""
        return self in (InputFormat.V2, InputFormat.V2_ARMAGEDDON)

    @property
    def rule50_divisor(self) -> int:
        """Plane 109 in training is `rule50` over this (in cc/: Rule50Divisor)."""
        return 99 if self <= InputFormat.CANONICAL else 100


class Invariance(IntFlag):
    """Bits of `invariance`."""

    FLIP = 1 << 0
    MIRROR = 1 << 1
    TRANSPOSE = 1 << 2
    BEST_Q_PROVEN = 1 << 3
    MAX_LENGTH = 1 << 4
    ADJUDICATED = 1 << 5
    MARKED_FOR_DELETION = 1 << 6
    BLACK_TO_MOVE = 1 << 7
