"""A folder of games that is written to all the time, and what a loader should find in it."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tools.loader_soak import archives
from tools.loader_soak.games import (
    MOST_POSITIONS,
    Chunk,
    Identity,
    flipped,
    make_bad_chunk,
    make_chunk,
)

# Archives grow to about this many games.
_MOST_GAMES = 24


@dataclass(kw_only=True)
class File:
    """A data file as it will stand once everything written has arrived."""

    # In the identities of its games.
    number: int
    path: Path
    dialect: str
    chunks: list[Chunk] = field(default_factory=list)
    # Where each member of an archive begins, and where the last one ends.
    offsets: list[int] = field(default_factory=lambda: [0])

    @property
    def is_archive(self) -> bool:
        """Several games, not one."""
        return self.path.suffix == ".tar"


class Folder:
    """Adds, grows, replaces, cuts, deletes and damages files; one thread at a time.

    Names sort by age: churning files "a...", then stable ones "s...", which nobody touches, then
    one "z...", the newest (mark). Determinism: everything follows from `draw`.
    """

    def __init__(self, path: Path, draw: random.Random) -> None:
        self._path = path
        self._draw = draw
        self._numbers = 0
        self._versions = 0
        # By name.
        self.files: dict[str, File] = {}
        # Held open by a writer, with what it has yet to write.
        self._unfinished: dict[str, tuple[BinaryIO, bytes]] = {}
        # Of which no reader can make sense.
        self._noise: list[Path] = []
        # What was done, in words.
        self.done: Counter[str] = Counter()
        self._game_changes = (self._rewrite_game, self._replace_game)
        self._archive_changes = (
            self._append,
            self._append,
            self._append_slowly,
            self._replace,
            self._cut,
            self._flip,
            self._break_header,
        )

    def add_stable(self, games: int) -> File:
        """An archive that stays as it is; no game in it is bad."""
        return self._add_archive("s", games, bad_share=0.0)

    def add_good(self, games: int) -> File:
        """An archive of good games."""
        return self._add_archive("a", games, bad_share=0.0)

    def mark(self) -> Identity:
        """Put a new game into the newest file of all; when it comes, all before it was seen.

        The folder is told of in the order in which it changes, and a file that was replaced since
        a loader saw it cannot be read until the loader has seen it again.
        """
        marks = [file for file in self.files.values() if file.path.name.startswith("z")]
        mark = marks[0] if marks else self._new_file("z", ".tar")
        mark.chunks, mark.offsets = [], [0]
        self._move_into_place(mark, self._more(mark, 1, bad_share=0.0))
        return Identity(mark.number, mark.chunks[0].version, 0, 0, 0)

    def change(self, newest: Sequence[File], *, may_delete: bool) -> None:
        """Do something, at random, to one of the files `newest` or beside them."""
        if self._unfinished and self._draw.random() < 0.3:
            self._finish(next(iter(self._unfinished)))
            return
        file = self._draw.choice(newest) if newest else None
        if file is None or self._draw.random() < 0.4:
            self._draw.choice((self._add, self._add_game, self._add_noise, self._add_empty))()
        elif file.path.name in self._unfinished:
            self._finish(file.path.name)
        elif may_delete and self._draw.random() < 0.15:
            self._delete(file)
        else:
            self._draw.choice(self._archive_changes if file.is_archive else self._game_changes)(
                file
            )

    def finish(self) -> None:
        """Write what is only half written."""
        for name in list(self._unfinished):
            self._finish(name)

    def forget(self, files: Sequence[File]) -> None:
        """Delete files that no window has any more, and those that none ever had."""
        for file in files:
            self._remove(file)
        for path in self._noise:
            path.unlink()
        self._noise.clear()

    def _add(self) -> None:
        self.done["archives added"] += 1
        self._add_archive("a", self._draw.randint(1, 12), bad_share=0.15)

    def _add_game(self) -> None:
        self.done["games added"] += 1
        self._write_game(self._new_file("a", ".gz"), 0.2)

    def _rewrite_game(self, file: File) -> None:
        self.done["games rewritten"] += 1
        self._write_game(file, 0.2)

    def _replace_game(self, file: File) -> None:
        self.done["games replaced"] += 1
        file.chunks = [self._chunk(file, 0, 0.2)]
        self._move_into_place(file, file.chunks[0].data)

    def _add_noise(self) -> None:
        """An archive that is none."""
        self.done["noise added"] += 1
        file = self._new_file("a", ".tar")
        file.path.write_bytes(self._draw.randbytes(self._draw.randrange(600, 5000)))
        self._noise.append(file.path)
        del self.files[file.path.name]

    def _add_empty(self) -> None:
        self.done["empty archives added"] += 1
        file = self._new_file("a", ".tar")
        file.path.write_bytes(b"")

    def _append(self, file: File) -> None:
        if len(file.chunks) < _MOST_GAMES:
            self.done["archives grown"] += 1
            self._write_from(file, file.offsets[-1], self._more(file, self._draw.randint(1, 6)))

    def _append_slowly(self, file: File) -> None:
        """In two steps, between which a game is there by half, and a writer has the file open."""
        # It must not leave the window before it is whole, and come in again then.
        is_new = file.number > self._numbers - 30
        if len(file.chunks) >= _MOST_GAMES or not is_new:
            return
        self.done["archives grown slowly"] += 1
        begin = file.offsets[-1]
        data = self._more(file, self._draw.randint(1, 4))
        cut = self._draw.randrange(len(data))
        # Kept open.
        stream = file.path.open("r+b", buffering=0)
        stream.seek(begin)
        stream.write(data[:cut])
        stream.truncate()
        self._unfinished[file.path.name] = (stream, data[cut:])

    def _replace(self, file: File) -> None:
        self.done["archives replaced"] += 1
        file.chunks, file.offsets = [], [0]
        self._move_into_place(file, self._more(file, self._draw.randint(1, 12)))

    def _cut(self, file: File) -> None:
        """Within a game, which is not there then."""
        if not file.chunks:
            return
        self.done["archives cut"] += 1
        keep = self._draw.randrange(len(file.chunks))
        begin, behind = file.offsets[keep : keep + 2]
        # A member is whole without the padding behind it.
        whole = behind - -len(file.chunks[keep].data) % archives.BLOCK
        del file.chunks[keep:], file.offsets[keep + 1 :]
        with file.path.open("r+b") as stream:
            stream.truncate(self._draw.randrange(begin, max(begin + 1, whole)))

    def _flip(self, file: File) -> None:
        """A wrong bit within a game, in place."""
        places = [
            index
            for index, chunk in enumerate(file.chunks)
            if chunk.is_gzipped and not chunk.reason
        ]
        if not places:
            return
        self.done["games damaged in place"] += 1
        index = self._draw.choice(places)
        good = file.chunks[index]
        bad = flipped(self._draw, good.data)
        # Content is the last thing of a member.
        end = file.offsets[index + 1]
        begin = end - len(archives.padded(good.data))
        file.chunks[index] = Chunk(data=bad, is_gzipped=True, reason="corrupt")
        with file.path.open("r+b") as stream:
            stream.seek(begin)
            stream.write(bad)

    def _delete(self, file: File) -> None:
        self.done["files deleted"] += 1
        self._remove(file)

    def _break_header(self, file: File) -> None:
        """Behind the games; a later growth writes over it."""
        self.done["headers broken"] += 1
        self._write_from(file, file.offsets[-1], archives.broken_header(self._draw))

    def _add_archive(self, kind: str, games: int, bad_share: float) -> File:
        file = self._new_file(kind, ".tar")
        data = self._more(file, games, bad_share)
        self._draw.choice((self._move_into_place, self._write_in_place))(file, data)
        return file

    def _new_file(self, kind: str, suffix: str) -> File:
        self._numbers += 1
        file = File(
            number=self._numbers,
            path=self._path / f"{kind}{self._numbers:07}{suffix}",
            dialect=self._draw.choice(archives.DIALECTS),
        )
        self.files[file.path.name] = file
        return file

    def _write_game(self, file: File, bad_share: float) -> None:
        file.chunks = [self._chunk(file, 0, bad_share, is_gzipped=True)]
        self._write_in_place(file, file.chunks[0].data)

    def _chunk(self, file: File, index: int, bad_share: float, *, is_gzipped: bool = True) -> Chunk:
        self._versions += 1
        first = Identity(
            file=file.number,
            version=self._versions,
            game=index,
            length=self._draw.randint(2, MOST_POSITIONS),
            place=0,
        )
        if self._draw.random() < bad_share:
            return make_bad_chunk(self._draw, first)
        return make_chunk(self._draw, first, is_gzipped=is_gzipped)

    def _more(self, file: File, games: int, bad_share: float = 0.15) -> bytes:
        """Further members of an archive, and perhaps its end."""
        begin, data = file.offsets[-1], b""
        for _ in range(games):
            if self._draw.random() < 0.1:
                data += archives.dressing(self._draw)
            index = len(file.chunks)
            is_gzipped = self._draw.random() < 0.8
            file.chunks.append(self._chunk(file, index, bad_share, is_gzipped=is_gzipped))
            data += archives.member(file.dialect, index, file.chunks[-1])
            file.offsets.append(begin + len(data))
        return data + (archives.END if self._draw.random() < 0.7 else b"")

    def _write_in_place(self, file: File, data: bytes) -> None:
        file.path.write_bytes(data)

    def _move_into_place(self, file: File, data: bytes) -> None:
        part = self._path / "part"
        part.write_bytes(data)
        part.rename(file.path)

    def _write_from(self, file: File, begin: int, data: bytes) -> None:
        with file.path.open("r+b") as stream:
            stream.seek(begin)
            stream.write(data)
            stream.truncate()

    def _remove(self, file: File) -> None:
        if file.path.name in self._unfinished:
            self._unfinished.pop(file.path.name)[0].close()
        file.path.unlink()
        del self.files[file.path.name]

    def _finish(self, name: str) -> None:
        stream, rest = self._unfinished.pop(name)
        stream.write(rest)
        stream.close()
