"""One synthetic game as the bytes of a chunk, from a seed and a number."""

from dataclasses import dataclass

import numpy as np

from lczero_training.records.frame import FRAME_TYPES, Frames, InputFormat
from tools.make_chunks.encode import encode_positions
from tools.make_chunks.play import play, random_moves
from tools.make_chunks.search import invent_search

# Of the mean length: the shortest and the longest game.
_SHORTEST, _LONGEST = 0.5, 1.5


@dataclass(frozen=True, kw_only=True)
class GameOptions:
    """What games are like."""

    seed: int = 0
    # Mean of the lengths at which games are cut off; a few end before.
    frames: int = 125
    version: int = 6
    input_format: InputFormat = InputFormat.CLASSICAL
    # Mean of the visits of a position: the more, the less a game compresses.
    visits: int = 800


def make_game(options: GameOptions, number: int) -> Frames:
    """Game `number` of a seed; it depends on nothing else."""
    rng = np.random.default_rng([options.seed, number])
    shortest = max(1, round(options.frames * _SHORTEST))
    longest = max(shortest, round(options.frames * _LONGEST))
    plies = int(rng.integers(shortest, longest + 1))
    game = play(random_moves(rng), plies)
    frames = np.zeros(game.plies, FRAME_TYPES[options.version])
    frames["version"] = options.version
    encoded = encode_positions(game, options.input_format, frames)
    invent_search(game, encoded, options.visits, rng, frames)
    return frames
