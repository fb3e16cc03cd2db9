"""Writes games into files as the training server names and packs them."""

import gzip
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

from lczero_training.records.frame import Frames

# The first archive's time; one follows each hour.
_FIRST = datetime(2026, 1, 1, 0, 17, tzinfo=UTC)
# Two zero blocks end an archive.
_END = bytes(2 * tarfile.BLOCKSIZE)


class Form(Enum):
    """What a file holds."""

    TAR = "tar"
    TAR_RAW = "tar-raw"
    GZ = "gz"


@dataclass(frozen=True, kw_only=True)
class Packing:
    """How games are put into files."""

    form: Form = Form.TAR
    games_per_archive: int = 100
    # Of zlib, 0 to 9.
    level: int = 3


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a file holds."""

    path: Path
    games: int
    frames: int
    # Inflated.
    chunk_bytes: int
    file_bytes: int


def plan_files(packing: Packing, games: int) -> list[range]:
    """The games of each file."""
    step = 1 if packing.form is Form.GZ else packing.games_per_archive
    return [range(first, min(first + step, games)) for first in range(0, games, step)]


def write_file(
    folder: Path,
    packing: Packing,
    number: int,
    games: Sequence[int],
    make: Callable[[int], Frames],
) -> Written:
    """Writes file `number` of `folder` with the given games; it appears when it is whole."""
    time = _FIRST + timedelta(hours=number)
    # Names sort in time order.
    path = folder / f"training-run1-{time:%Y%m%d-%H%M}{_suffix(packing.form)}"
    part = path.with_suffix(".part")
    frames = chunk_bytes = 0
    with part.open("wb") as file:
        for game in games:
            made = make(game)
            frames += len(made)
            chunk_bytes += made.nbytes
            file.write(_packed(made.tobytes(), game, packing, time))
        if packing.form is not Form.GZ:
            file.write(_END)
    part.rename(path)
    return Written(
        path=path,
        games=len(games),
        frames=frames,
        chunk_bytes=chunk_bytes,
        file_bytes=path.stat().st_size,
    )


def _suffix(form: Form) -> str:
    return ".gz" if form is Form.GZ else ".tar"


def _packed(chunk: bytes, game: int, packing: Packing, time: datetime) -> bytes:
    """What a chunk adds to its file."""
    name = f"training.{game:07d}"
    if packing.form is not Form.TAR_RAW:
        # No time in the header: the same seed gives the same bytes.
        chunk = gzip.compress(chunk, packing.level, mtime=0)
        name += ".gz"
    if packing.form is Form.GZ:
        return chunk
    member = tarfile.TarInfo(name)
    member.size = len(chunk)
    member.mtime = int(time.timestamp())
    padding = bytes(-len(chunk) % tarfile.BLOCKSIZE)
    return member.tobuf(tarfile.USTAR_FORMAT) + chunk + padding
