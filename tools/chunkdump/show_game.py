"""A game as text: where it lies, what it holds, what is wrong, and frames of it."""

from collections.abc import Iterator

from lczero_training.records.frame import InputFormat
from tools.chunkdump.game import Game
from tools.chunkdump.show_frame import show_frame

# Problems in the head; all of a frame's stand with the frame.
_MOST_PROBLEMS = 10


def show_game(game: Game, frame: int | None, *, ascii_only: bool, moves: int) -> Iterator[str]:
    """Lines about the game and one of its frames, or all for None."""
    yield from _head(game)
    count = len(game.chunk.frames)
    if frame is not None and frame >= count:
        yield f"  ! frame {frame} cannot be shown: {count} whole frames are there"
        return
    for number in range(count) if frame is None else (frame,):
        yield from show_frame(game.chunk, number, ascii_only=ascii_only, moves=moves)


def _head(game: Game) -> Iterator[str]:
    source, member = game.source, game.member
    yield f"{source.path}#{game.index}" if source.is_tar else f"{source.path}"
    if source.is_tar:
        place = f"game {game.index} of {len(source.members)}"
        yield f"  {place}: {member.name}, at byte {member.offset:,}"
    version = "no version" if game.chunk.version is None else f"V{game.chunk.version}"
    yield (
        f"  {len(game.chunk.frames)} frames, {version}, input format {_formats(game)}, "
        f"{member.size:,} bytes, {game.size:,} inflated"
    )
    for problem in game.problems[:_MOST_PROBLEMS]:
        yield f"  ! {problem}"
    if len(game.problems) > _MOST_PROBLEMS:
        yield f"  ! {len(game.problems) - _MOST_PROBLEMS} more"
    yield ""


def _formats(game: Game) -> str:
    numbers = dict.fromkeys(int(form) for form in game.chunk.frames["input_format"])
    return ", ".join(map(_format_name, list(numbers)[:3])) or "none"


def _format_name(number: int) -> str:
    if number not in list(InputFormat):
        return f"{number} (unknown)"
    return f"{number} ({InputFormat(number).name.lower().replace('_', ' ')})"
