"""Times gradients of the network and its parts, each in two ways that give the same.

The two take turns, round by round, so that whatever else the machine does slows down both; the
ratio is the median of the rounds'.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence

import jax

from lczero_training.config import ConfigError, load_config
from lczero_training.model.bench.cases import Case, cases
from lczero_training.user_paths import user_path


def main(argv: Sequence[str]) -> int:
    """Measures and prints; exit code 2 for a bad config."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--config", required=True, metavar="FILE", help="whose model is measured")
    parser.add_argument("--batch", type=int, default=64, help="positions; default: 64")
    parser.add_argument("--rounds", type=int, default=15, help="default: 15")
    args = parser.parse_args(argv)
    try:
        config = load_config(user_path(args.config)).model
    except ConfigError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(f"{jax.devices()[0].device_kind}, {os.cpu_count()} processors, batch {args.batch}")
    for case in cases(config, args.batch):
        print(measure(case, batch=args.batch, rounds=args.rounds), flush=True)
    return 0


def measure(case: Case, *, batch: int, rounds: int) -> str:
    """A line: microseconds a position of both, and their ratio."""
    for program in (case.first, case.second):
        _seconds(program, case)
    times = [(_seconds(case.first, case), _seconds(case.second, case)) for _ in range(rounds)]
    first, second = (1e6 * statistics.median(column) / batch for column in zip(*times, strict=True))
    ratios = sorted(a / b for a, b in times)
    ratio = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    return f"{case.name:<38} {first:9.2f} / {second:9.2f} us a position = {ratio}"


def _seconds(program: object, case: Case) -> float:
    assert callable(program)
    start = time.perf_counter()
    jax.block_until_ready(program(*case.arguments))
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
