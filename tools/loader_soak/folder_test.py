"""Whether files hold what the folder says that they hold, as Python's own tar reader sees them."""

import gzip
import io
import random
import tarfile
from pathlib import Path

import numpy as np
import pytest

from lczero_training.records.frame import FRAME_TYPES
from tools.loader_soak import archives
from tools.loader_soak.folder import File, Folder
from tools.loader_soak.games import IDENTITY_PLANE, Identity, make_chunk, make_frames


def contents(path: Path) -> list[bytes]:
    """Members of an archive up to where it breaks off."""
    found: list[bytes] = []
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is not None and not member.name.endswith("LICENSE"):
                    found.append(stream.read())
    except tarfile.ReadError:
        pass
    return found


def held_by(file: File) -> list[bytes]:
    if not file.is_archive:
        return [file.path.read_bytes()]
    whole = file.path.read_bytes()[: file.offsets[-1]] + archives.END
    copy = file.path.parent / "copy"
    copy.write_bytes(whole)
    return contents(copy)


@pytest.mark.parametrize("dialect", archives.DIALECTS)
def test_every_dialect_is_read_by_python(dialect: str) -> None:
    chunk = make_chunk(random.Random(1), Identity(3, 4, 5, 2, 0))
    tar = archives.member(dialect, 7, chunk) + archives.END
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        (member,) = archive.getmembers()
        assert member.name.endswith("7.gz")
        stream = archive.extractfile(member)
        assert stream is not None
        assert stream.read() == chunk.data


@pytest.mark.parametrize("seed", [1, 2])
def test_files_hold_what_the_folder_says(tmp_path: Path, seed: int) -> None:
    folder = Folder(tmp_path, random.Random(seed))
    folder.add_stable(3)
    for _ in range(300):
        folder.change(list(folder.files.values()), may_delete=True)
    folder.mark()
    folder.finish()
    for file in folder.files.values():
        assert held_by(file) == [chunk.data for chunk in file.chunks]
    assert len(folder.done) == 13, folder.done


def test_an_identity_is_read_back_from_its_bits() -> None:
    first = Identity(file=70_000, version=9_000_000, game=4000, length=6, place=0)
    frames = make_frames(first, 7)
    assert [Identity.from_bits(int(bits)) for bits in frames["planes"][:, IDENTITY_PLANE]] == [
        first._replace(place=place) for place in range(6)
    ]


def test_games_are_frames() -> None:
    chunk = make_chunk(random.Random(1), Identity(3, 4, 5, 2, 0))
    content = gzip.decompress(chunk.data)
    version = int.from_bytes(content[:4], "little")
    frames = np.frombuffer(content, FRAME_TYPES[version])
    assert Identity.from_bits(int(frames["planes"][1, IDENTITY_PLANE])).place == 1
