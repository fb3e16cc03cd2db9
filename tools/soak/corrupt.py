"""Files as bad servers, disks and downloads make them."""

import gzip
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.rig.games import Game, pack

_BLOCK = 512


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """A file to deliver."""

    data: bytes
    suffix: str
    # Chunks that the loader counts: bad ones among them show only when they are read.
    chunks: int
    # The reason under which the loader counts something of it as bad; empty: it skips silently
    # what is not there yet, or nothing is wrong.
    reason: str = ""


def good_archive(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """Nothing is wrong with it."""
    return MadeFile(data=pack(games), suffix=".tar", chunks=len(games))


def good_game(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """A game of its own, without an archive."""
    return MadeFile(data=games[0].data, suffix=".gz", chunks=1)


def truncated(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """Ends within its last game, which is not there yet as far as anyone knows."""
    whole = len(pack_without_end(games[:-1]))
    cut = whole + _BLOCK + draw.randrange(1, len(games[-1].data))
    return MadeFile(data=pack(games)[:cut], suffix=".tar", chunks=len(games) - 1)


def flipped_in_archive(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """One game has a wrong bit."""
    bad = Game(games[-1].name, flip(draw, games[-1].data))
    return MadeFile(
        data=pack([*games[:-1], bad]), suffix=".tar", chunks=len(games), reason="corrupt"
    )


def flipped_game(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """A game of its own has a wrong bit."""
    return MadeFile(data=flip(draw, games[0].data), suffix=".gz", chunks=1, reason="corrupt")


def wrong_size(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """One game's frames are some bytes short."""
    short = gzip.decompress(games[-1].data)[: -draw.randrange(1, 1000)]
    bad = Game(games[-1].name, gzip.compress(short, 1))
    return MadeFile(data=pack([*games[:-1], bad]), suffix=".tar", chunks=len(games), reason="size")


def wrong_header(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """The header of one member has a wrong bit, so that nobody can tell what follows it."""
    data = bytearray(pack(games))
    place = len(pack_without_end(games[:-1])) + draw.randrange(100)
    data[place] ^= 1 << draw.randrange(8)
    return MadeFile(data=bytes(data), suffix=".tar", chunks=len(games) - 1, reason="member")


def noise(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """Anything but an archive."""
    return MadeFile(
        data=draw.randbytes(draw.randrange(1, 20_000)), suffix=".tar", chunks=0, reason="corrupt"
    )


def empty_archive(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """No bytes at all."""
    return MadeFile(data=b"", suffix=".tar", chunks=0)


def empty_game(draw: random.Random, games: Sequence[Game]) -> MadeFile:
    """No bytes at all."""
    return MadeFile(data=b"", suffix=".gz", chunks=1, reason="corrupt")


Maker = Callable[[random.Random, Sequence[Game]], MadeFile]
GOOD: tuple[Maker, ...] = (good_archive, good_game)
CORRUPTIONS: tuple[Maker, ...] = (
    truncated,
    flipped_in_archive,
    flipped_game,
    wrong_size,
    wrong_header,
    noise,
    empty_archive,
    empty_game,
)


def flip(draw: random.Random, data: bytes) -> bytes:
    """One bit of the compressed stream's second half, which its checksum then gives away."""
    changed = bytearray(data)
    # Neither the header's fields, which mean nothing to a reader, nor the trailer's length.
    place = draw.randrange(len(changed) // 2, len(changed) - 8)
    changed[place] ^= 1 << draw.randrange(8)
    return bytes(changed)


def pack_without_end(games: Sequence[Game]) -> bytes:
    """The archive of `games` up to where another one would follow."""
    return pack(games)[: sum(_BLOCK + -(-len(game.data) // _BLOCK) * _BLOCK for game in games)]
