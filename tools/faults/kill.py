"""Kills the daemon at random points and checks that nothing is lost: see --help."""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lczero_training.user_paths import user_path
from tools.faults.harness import Harness, InvariantBrokenError

_DESCRIPTION = """\
Starts the real daemon with a tiny network, feeds it with games, and kills it (SIGKILL) at random
points: inside checkpoints, exports, ledger lines, uploads. After each restart it checks that
training goes on from the newest checkpoint, that no game is lost or counted twice, and that no
partial file is visible. The first violation ends it, with exit code 1."""


def main(arguments: Sequence[str]) -> int:
    """Runs the harness; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="kill", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="default: 50")
    parser.add_argument("--seed", type=int, metavar="S", help="default: a new one, printed")
    parser.add_argument("--folder", metavar="DIR", help="of the run; empty or new (default: new)")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    folder = Path(tempfile.mkdtemp(prefix="kill-"))
    if options.folder is not None:
        folder = user_path(options.folder)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            parser.error(f"{folder} is not empty; name another folder")
    print(f"seed {seed}, folder {folder}", flush=True)
    harness = Harness(folder, seed=seed, tell=lambda line: print(line, flush=True))
    try:
        summary = asyncio.run(harness.run(options.kills))
    except InvariantBrokenError as error:
        print(error, file=sys.stderr)
        return 1
    print(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
