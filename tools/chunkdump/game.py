"""One game of a file, as far as it can be read."""

from dataclasses import dataclass

from tools.chunkdump.chunk import Chunk, read_chunk
from tools.chunkdump.problem import Problem
from tools.chunkdump.source import Source
from tools.chunkdump.tar_members import Member


@dataclass(frozen=True)
class Game:
    """A game, where it lies, and all that is wrong with it."""

    source: Source
    index: int
    # Of the chunk after inflating.
    size: int
    chunk: Chunk
    # Of the file's bytes first, then of the chunk and its frames.
    problems: tuple[Problem, ...]

    @property
    def member(self) -> Member:
        """Its place in the file."""
        return self.source.members[self.index]


def read_game(source: Source, index: int) -> Game:
    """Reads game `index`. OSError if the file cannot be read."""
    content = source.read(index)
    chunk = read_chunk(content.data)
    return Game(source, index, len(content.data), chunk, (*content.problems, *chunk.problems))
