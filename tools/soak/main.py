"""The soak's command line."""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lczero_training.user_paths import user_path
from tools.soak.soak import Soak, SoakOptions

_DESCRIPTION = """\
Runs the real daemon for some minutes and feeds it with real and with broken archives, while a
client sends commands and nonsense, and an upload server fails half of the time. At the end: what
happened, and whether memory, descriptors and threads stayed flat.

exit codes: 0 all is well, 1 something is not, 2 bad usage"""


def main(arguments: Sequence[str]) -> int:
    """Runs the soak; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="soak", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="default: 10")
    parser.add_argument("--seed", type=int, metavar="S", help="default: a new one, printed")
    parser.add_argument("--config", metavar="FILE", help="default: a tiny network")
    parser.add_argument("--folder", metavar="DIR", help="of the run; empty or new (default: new)")
    parser.add_argument("--report", metavar="FILE", help="write the report as JSON, too")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    if options.folder is not None:
        folder = user_path(options.folder)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            parser.error(f"{folder} is not empty; name another folder")
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}, folder {folder}", flush=True)
    soak = Soak(
        SoakOptions(
            minutes=options.minutes,
            seed=seed,
            folder=folder,
            config=None if options.config is None else user_path(options.config),
        ),
        tell=lambda line: print(line, flush=True),
    )
    report = asyncio.run(soak.run())
    print(report)
    if options.report is not None:
        user_path(options.report).write_text(json.dumps(report.to_json(), indent=2) + "\n")
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
