"""The loader soak's command line."""

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.loader_soak.soak import LoaderSoak, SoakOptions

_DESCRIPTION = """\
Runs the real loader over a folder in which files are added, grown, replaced, cut, deleted and
damaged all the time, stops it at random moments and goes on from its sampler state. Checks that
each game comes once in each pass, none is lost and none comes twice, that the window is the newest
N games, that bad ones are counted under their reasons, and that memory, descriptors and threads
stay flat.

exit codes: 0 all is well, 1 something is not, 2 bad usage"""


def main(arguments: Sequence[str]) -> int:
    """Runs the soak; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="loader_soak",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="default: 10")
    parser.add_argument("--seed", type=int, metavar="S", help="default: a new one, printed")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    folder = Path(tempfile.mkdtemp(prefix="loader-soak-"))
    print(f"seed {seed}, folder {folder}", flush=True)
    soak = LoaderSoak(SoakOptions(minutes=options.minutes, seed=seed, folder=folder))
    report = soak.run()
    print(report)
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
