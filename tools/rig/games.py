"""Real games, and archives made of a few of them."""

import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GAMES_FOLDER = Path("configs/quickstart_games")


@dataclass(frozen=True)
class Game:
    """A game as archives carry it: gzipped."""

    name: str
    data: bytes


def load_games(folder: Path = GAMES_FOLDER) -> tuple[Game, ...]:
    """All games of the archives in `folder`. FileNotFoundError if there is none."""
    games = []
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    games.append(Game(Path(member.name).name, file.read()))
    if not games:
        raise FileNotFoundError(f"{folder}: no archive with games; start at the workspace's root")
    return tuple(games)


def pack(games: Sequence[Game]) -> bytes:
    """A tar archive of `games`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for game in games:
            member = tarfile.TarInfo(game.name)
            member.size = len(game.data)
            archive.addfile(member, io.BytesIO(game.data))
    return buffer.getvalue()
