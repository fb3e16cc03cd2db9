"""chunkdump's command line."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from lczero_training.user_paths import user_path
from tools.chunkdump.game import read_game
from tools.chunkdump.listing import list_games
from tools.chunkdump.show_game import show_game
from tools.chunkdump.source import Source, open_source

_FINE, _BAD, _USAGE = 0, 1, 2

_DESCRIPTION = """\
Shows a game of training data: the board, values and moves of a frame, and what is wrong with it.
FILE is a .gz, a .tar or a chunk without gzip. Of a .tar, FILE alone lists the games, FILE#INDEX
shows one, numbered as in the loader's log.

exit codes: 0 nothing is wrong, 1 bad data or the file cannot be read, 2 bad usage"""


class _UsageError(Exception):
    """An argument cannot be used; one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage: that is in --help."""
        self.exit(_USAGE, f"chunkdump: {message}. --help tells more.\n")


def main(arguments: Sequence[str]) -> int:
    """Prints the game; returns the exit code. Bad usage leaves by SystemExit."""
    parser = _make_parser()
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except _UsageError as error:
        parser.error(str(error))
    except BrokenPipeError:
        # Whoever reads has seen enough; nothing may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FINE
    except OSError as error:
        print(f"chunkdump: {options.file}: {error.strerror or error}", file=sys.stderr)
        return _BAD


def _run(options: argparse.Namespace) -> int:
    path, index = _place(options.file)
    source = open_source(path)
    if index is None and source.is_tar:
        if options.frame is not None or options.all:
            raise _UsageError(f"{path} is an archive: say of which game, as in {path.name}#0")
        is_fine = list_games(source, print)
    else:
        is_fine = _show(options, source, index or 0)
    # Here, where a reader that has gone is noticed.
    sys.stdout.flush()
    return _FINE if is_fine else _BAD


def _show(options: argparse.Namespace, source: Source, index: int) -> bool:
    _check_index(source, index)
    game = read_game(source, index)
    frame = None if options.all else options.frame or 0
    count = len(game.chunk.frames)
    if frame is not None and frame >= count and not game.problems:
        raise _UsageError(f"there is no frame {frame}; the game has 0 to {count - 1}")
    ascii_only = options.ascii or not _can_show_figures()
    for line in show_game(game, frame, ascii_only=ascii_only, moves=options.moves):
        print(line)
    return not game.problems


def _place(argument: str) -> tuple[Path, int | None]:
    """The file, and the index behind #; a file whose own name has a # wins."""
    path = user_path(argument)
    name, separator, index = argument.rpartition("#")
    if path.exists() or not separator:
        return path, None
    if not (index.isascii() and index.isdigit() and len(index) < 10):
        raise _UsageError(f"{argument}: {index!r} is no index; say FILE#0 for the first game")
    return user_path(name), int(index)


def _check_index(source: Source, index: int) -> None:
    if index < len(source.members):
        return
    count = len(source.members)
    games = f"{count} games, 0 to {count - 1}" if count else "no whole game"
    raise _UsageError(f"{source.path}: there is no game {index}; it holds {games}")


def _can_show_figures() -> bool:
    try:
        "♔·".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="chunkdump",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE[#INDEX]")
    frames = parser.add_mutually_exclusive_group()
    frames.add_argument("--frame", type=_natural, metavar="N", help="default: 0, the first")
    frames.add_argument("--all", action="store_true", help="every frame")
    parser.add_argument("--ascii", action="store_true", help="draw pieces as letters")
    parser.add_argument(
        "--moves", type=_natural, default=8, metavar="N", help="most visited moves (default: 8)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
