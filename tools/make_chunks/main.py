"""make_chunks' command line."""

import argparse
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from lczero_training.records.frame import FRAME_TYPES, InputFormat
from lczero_training.user_paths import user_path
from tools.make_chunks.archives import Form, Packing, Written, plan_files, write_file
from tools.make_chunks.games import GameOptions, make_game

_DONE, _FAILED, _USAGE = 0, 1, 2

_DESCRIPTION = """\
Writes games of random legal moves as training data, for tests and benchmarks. What a search would
add (visits, values) is invented. The same options and the same seed give the same bytes.

exit codes: 0 written, 1 a file cannot be written, 2 bad usage"""


class _UsageError(Exception):
    """An option cannot be used; one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage: that is in --help."""
        self.exit(_USAGE, f"make_chunks: {message}. --help tells more.\n")


def main(arguments: Sequence[str]) -> int:
    """Writes the games; returns the exit code. Bad usage leaves by SystemExit."""
    parser = _make_parser()
    options = parser.parse_args(arguments)
    folder = user_path(options.out)
    try:
        games, packing = _options(options)
        _check_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return _write(folder, games, packing, options.games)
    except _UsageError as error:
        parser.error(str(error))
    except OSError as error:
        print(f"make_chunks: {error}", file=sys.stderr)
        return _FAILED


def _write(folder: Path, options: GameOptions, packing: Packing, games: int) -> int:
    start = time.monotonic()
    written = []
    for number, numbers in enumerate(plan_files(packing, games)):
        written.append(write_file(folder, packing, number, numbers, partial(make_game, options)))
        if len(written) == 1 or packing.form is not Form.GZ:
            print(_line(written[-1]), flush=True)
    print(_summary(written, time.monotonic() - start))
    return _DONE


def _line(written: Written) -> str:
    ratio = written.chunk_bytes / written.file_bytes
    return (
        f"{written.path}: {_count(written.games, 'game')}, {_count(written.frames, 'frame')}, "
        f"{written.file_bytes / 1e6:.1f} MB, {ratio:.1f} to 1"
    )


def _summary(written: Sequence[Written], seconds: float) -> str:
    games, frames = (sum(getattr(w, name) for w in written) for name in ("games", "frames"))
    chunk_bytes, file_bytes = (
        sum(getattr(w, name) for w in written) for name in ("chunk_bytes", "file_bytes")
    )
    return (
        f"{_count(games, 'game')} with {frames / games:.1f} frames each in "
        f"{_count(len(written), 'file')}, {file_bytes / 1e6:.1f} MB for {chunk_bytes / 1e6:.1f}, "
        f"{chunk_bytes / file_bytes:.1f} to 1, {seconds:.1f} s"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _options(options: argparse.Namespace) -> tuple[GameOptions, Packing]:
    try:
        input_format = InputFormat(options.input_format)
    except ValueError:
        known = ", ".join(str(form.value) for form in InputFormat)
        raise _UsageError(
            f"--input-format: {options.input_format} is not defined; there are {known}"
        ) from None
    games = GameOptions(
        seed=options.seed,
        frames=options.frames,
        version=options.version,
        input_format=input_format,
        visits=options.visits,
    )
    return games, Packing(
        form=Form(options.form), games_per_archive=options.games_per_archive, level=options.compress
    )


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise _UsageError(f"--out: {folder} is a file; name a folder")
    for suffix in ("tar", "gz"):
        for found in folder.glob(f"*.{suffix}"):
            raise _UsageError(f"--out: {folder} holds {found.name}; name another folder")


def _at_least(low: int, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if number < low:
        raise argparse.ArgumentTypeError(f"{number} is less than {low}")
    return number


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="make_chunks",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    game, packing = GameOptions(), Packing()
    add = parser.add_argument
    positive = partial(_at_least, 1)
    add("--out", required=True, metavar="DIR", help="folder without training files, or a new one")
    add("--games", type=positive, default=100, metavar="N", help="default: 100")
    add(
        "--games-per-archive",
        type=positive,
        default=packing.games_per_archive,
        metavar="N",
        help=f"default: {packing.games_per_archive}",
    )
    add(
        "--frames",
        type=positive,
        default=game.frames,
        metavar="N",
        help="mean length of a game; lengths are spread between a half and one and a half of it, "
        f"and some games end before by the rules (default: {game.frames})",
    )
    add("--version", type=int, choices=FRAME_TYPES, default=game.version, help="default: 6")
    add(
        "--input-format",
        type=int,
        default=game.input_format.value,
        metavar="N",
        help=f"one of {', '.join(str(form.value) for form in InputFormat)} (default: 1)",
    )
    add("--seed", type=partial(_at_least, 0), default=game.seed, metavar="N", help="default: 0")
    _add_packing(parser, packing)
    add(
        "--visits",
        type=positive,
        default=game.visits,
        metavar="N",
        help="mean visits of a position; more of them compress less, "
        f"for there are more different fractions (default: {game.visits})",
    )
    return parser


def _add_packing(parser: argparse.ArgumentParser, packing: Packing) -> None:
    parser.add_argument(
        "--form",
        choices=[form.value for form in Form],
        default=packing.form.value,
        help="archives of gzipped games, archives of games without gzip, "
        f"or a gzipped file for each game (default: {packing.form.value})",
    )
    parser.add_argument(
        "--compress",
        type=int,
        choices=range(10),
        default=packing.level,
        metavar="0-9",
        help=f"zlib's level (default: {packing.level}, which gives some 25 to 1)",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
