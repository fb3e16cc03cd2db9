"""The games of an archive as a table."""

from collections.abc import Callable

import chess
import numpy as np

from tools.chunkdump.chunk import Chunk
from tools.chunkdump.game import Game, read_game
from tools.chunkdump.position import read_position
from tools.chunkdump.source import Source

_RESULTS = {1.0: "1-0", 0.0: "1/2", -1.0: "0-1"}


def list_games(source: Source, tell: Callable[[str], None]) -> bool:
    """Tells the table line by line; returns whether nothing is wrong with any game."""
    tell(f"{source.path}: {len(source.members)} games, {source.size:,} bytes")
    for problem in source.problems:
        tell(f"  ! {problem}")
    if not source.members:
        return not source.problems
    width = max(4, *(len(member.name) for member in source.members))
    tell(f"index  {'name':{width}}      bytes  frames  version  format  result")
    bad = 0
    for index in range(len(source.members)):
        game = read_game(source, index)
        bad += bool(game.problems)
        tell(_row(game, width))
    tell("nothing is wrong" if not bad else f"{bad} of {len(source.members)} games are bad")
    return not bad and not source.problems


def _row(game: Game, width: int) -> str:
    chunk, member = game.chunk, game.member
    version = "-" if chunk.version is None else chunk.version
    forms = sorted({int(form) for form in chunk.frames["input_format"]})
    form = "/".join(map(str, forms[:2])) or "-"
    line = (
        f"{game.index:>5}  {member.name:{width}}  {member.size:>9,}  {len(chunk.frames):>6}  "
        f"{version:>7}  {form:>6}  {_result(chunk):>6}"
    )
    if not game.problems:
        return line
    more = f", {len(game.problems) - 1} more" if len(game.problems) > 1 else ""
    return f"{line}  ! {game.problems[0]}{more}"


def _result(chunk: Chunk) -> str:
    """As it is written of games, white's points first."""
    if not len(chunk.frames):
        return "-"
    last = chunk.frames[-1]
    is_white = read_position(last).board.turn == chess.WHITE
    q = float(last["result_q"])
    return _RESULTS.get(q if is_white else -q, "?") if np.isfinite(q) else "?"
