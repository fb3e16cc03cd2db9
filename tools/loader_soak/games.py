"""Games whose positions carry their identity, good ones and ones that are bad for one reason.

The identity of a position is the 64 bits of one bitboard of its history, where no rule looks. It
comes back bit for bit in plain and packed batches.
"""

import gzip
import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lczero_training.loader import Batch, PackedBatch
from lczero_training.records.frame import FRAME_TYPES, Frames, InputFormat
from lczero_training.records.policy_map import MOVES

# Of the oldest step of the history: our pawns.
IDENTITY_PLANE = 7 * 13
_OUR_KING, _THEIR_KING = 5, 11
MOST_POSITIONS = 6
# Bits of the fields, lowest first.
_PLACE_BITS, _LENGTH_BITS, _GAME_BITS, _VERSION_BITS = 4, 4, 12, 24


class Identity(NamedTuple):
    """Where a position comes from; the fields of its 64 bits, highest first."""

    file: int
    # Of the game's content: each writing of a game has another.
    version: int
    # Of the game within its file.
    game: int
    # Positions of the game, and this one's place in it.
    length: int
    place: int

    def to_bits(self) -> int:
        """As one number."""
        bits = self.file
        bits = bits << _VERSION_BITS | self.version
        bits = bits << _GAME_BITS | self.game
        bits = bits << _LENGTH_BITS | self.length
        return bits << _PLACE_BITS | self.place

    @classmethod
    def from_bits(cls, bits: int) -> "Identity":
        """Undo to_bits."""
        fields = []
        for width in (_PLACE_BITS, _LENGTH_BITS, _GAME_BITS, _VERSION_BITS):
            fields.append(bits & ((1 << width) - 1))
            bits >>= width
        return cls(bits, *reversed(fields))


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A game as it stands in a file."""

    # As members of archives hold it.
    data: bytes
    is_gzipped: bool
    # The game's positions have its version; a bad game never comes, and has the reason under
    # which each visit of it is counted.
    version: int = 0
    reason: str = ""


def make_frames(first: Identity, version: int) -> Frames:
    """Make the frames [N] of a game, valid, V6 or V7; the identity is seen in several fields."""
    frames = np.zeros(first.length, FRAME_TYPES[version])
    places = np.arange(first.length)
    frames["version"] = version
    frames["input_format"] = InputFormat.CLASSICAL
    frames["probabilities"] = -1.0
    # Two legal moves, other ones at each place.
    moves = (first.game * 31 + places * 7) % (MOVES - 1)
    frames["probabilities"][places, moves] = 0.75
    frames["probabilities"][places, moves + 1] = 0.25
    frames["planes"][:, _OUR_KING] = np.uint64(1) << np.uint64(3)
    frames["planes"][:, _THEIR_KING] = np.uint64(1) << np.uint64(59)
    frames["planes"][:, IDENTITY_PLANE] = [
        first._replace(place=int(place)).to_bits() for place in places
    ]
    frames["rule50"] = places
    frames["plies_left"] = first.length - places
    frames["best_m"] = first.game
    return frames


def identities_in(batch: Batch | PackedBatch) -> list[Identity]:
    """Say what each row of a batch is. ValueError if the fields of a row are of different ones."""
    if isinstance(batch, PackedBatch):
        rows = np.ascontiguousarray(batch.bitboards[:, IDENTITY_PLANE])
        rule50 = batch.scalars[:, 5].astype(np.int64)
    else:
        rows = np.packbits(batch.planes[:, IDENTITY_PLANE].astype(np.uint8), axis=-1)[..., 0]
        rule50 = np.rint(batch.planes[:, 109, 0, 0] * 99).astype(np.int64)
    bits = np.ascontiguousarray(rows).view("<u8")[:, 0].tolist()
    identities = [Identity.from_bits(row) for row in bits]
    _check_rows(identities, batch.probabilities, batch.values, rule50)
    return identities


def _check_rows(
    identities: list[Identity],
    probabilities: NDArray[np.float32],
    values: NDArray[np.float32],
    rule50: NDArray[np.int64],
) -> None:
    expected = np.array(identities, np.int64)
    index, length, place = expected[:, 2], expected[:, 3], expected[:, 4]
    moves = (index * 31 + place * 7) % (MOVES - 1)
    is_whole = (
        (rule50 == place)
        & (values[:, 0, 2] == length - place)
        & (values[:, 1, 2] == index)
        & (probabilities[np.arange(len(moves)), moves] == np.float32(0.75))
    )
    if not is_whole.all():
        row = int(np.argmin(is_whole))
        raise ValueError(f"row {row} is mixed of several positions; one is {identities[row]}")


def make_chunk(draw: random.Random, first: Identity, *, is_gzipped: bool = True) -> Chunk:
    """Make a good game."""
    content = make_frames(first, draw.choice((6, 7))).tobytes()
    data = gzip.compress(content, 1) if is_gzipped else content
    return Chunk(data=data, is_gzipped=is_gzipped, version=first.version)


def make_bad_chunk(draw: random.Random, first: Identity) -> Chunk:
    """Make a game that is bad for one reason."""
    reason = draw.choice(sorted(_SPOILERS))
    frames = make_frames(first, draw.choice((6, 7)))
    return Chunk(data=_SPOILERS[reason](draw, frames), is_gzipped=True, reason=reason)


def flipped(draw: random.Random, gzipped: bytes) -> bytes:
    """One bit of the compressed stream, one that its checksum gives away."""
    while True:
        changed = bytearray(gzipped)
        # Neither the header's fields, which mean nothing to a reader, nor the trailer's length.
        changed[draw.randrange(10, len(changed) - 4)] ^= 1 << draw.randrange(8)
        try:
            # A copy from elsewhere in a run of zeros is the same.
            gzip.decompress(changed)
        except (OSError, EOFError, zlib.error):
            return bytes(changed)


def _with_field(name: str, value: object) -> Callable[[random.Random, Frames], bytes]:
    def spoil(draw: random.Random, frames: Any) -> bytes:
        frames[name][draw.randrange(len(frames))] = value
        return gzip.compress(frames.tobytes(), 1)

    return spoil


def _corrupt(draw: random.Random, frames: Frames) -> bytes:
    data = gzip.compress(frames.tobytes(), 1)
    return draw.choice(
        (
            flipped(draw, data),
            data[: -draw.randrange(1, 60)],
            b"",
            # Claims to inflate to more than any game can be.
            data[:-4] + b"\xff\xff\xff\xff",
        )
    )


def _mixed_versions(draw: random.Random, frames: Any) -> bytes:
    return gzip.compress(frames[:1].tobytes() + _other_version(frames).tobytes(), 1)


def _other_version(frames: Any) -> Any:
    """[1]: of the same size, so that only its number tells."""
    other = frames[:1].copy()
    other["version"] = 13 - other["version"]
    return other


# By the reason that the loader counts.
_SPOILERS: Mapping[str, Callable[[random.Random, Frames], bytes]] = {
    "corrupt": _corrupt,
    "size": lambda draw, frames: gzip.compress(frames.tobytes()[: -draw.randrange(1, 1000)], 1),
    "empty": lambda draw, frames: gzip.compress(b"", 1),
    "q": _with_field("best_q", 7.0),
    "d": _with_field("root_d", -0.5),
    "kings": _with_field("planes", 0),
    "no_legal_move": _with_field("probabilities", -1.0),
    "policy_sum": _with_field("probabilities", 0.5),
    "not_finite": _with_field("result_q", np.nan),
    "plies_left": _with_field("plies_left", -1.0),
    "move_index": _with_field("played_idx", MOVES),
    "input_format": _with_field("input_format", int(InputFormat.CANONICAL)),
    "unknown_input_format": _with_field("input_format", 77),
    "version": lambda draw, frames: gzip.compress(b"\x05" + frames.tobytes()[1:], 1),
    "mixed_versions": _mixed_versions,
}
