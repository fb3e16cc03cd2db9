"""What the training loop costs beside the step itself.

    tools/bazelw run -c opt //python/lczero_training/train/bench -- --config FILE

trains on the config's games, in a scratch folder, and compares the wall time of the loop, loader
and all, with that of the same compiled step on one batch that stays on the device. Fails if the
loop is slower than the target although the loader, measured by itself, can keep up.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import jax

from lczero_training.config import ConfigError, load_config
from lczero_training.schema.bottleneck import bottleneck_text
from lczero_training.schema.messages import TimeShares
from lczero_training.train.bench.measure import TARGET, Figures, measure
from lczero_training.user_paths import user_path


def main(argv: Sequence[str]) -> int:
    """Measures and prints; exit code 1 if the target is missed, 2 for a bad config."""
    args = _parser().parse_args(argv)
    try:
        config = load_config(user_path(args.config), args.overrides)
    except ConfigError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(f"waits for games and compiles, then {args.rounds} rounds of two", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(config, Path(scratch), steps=args.steps, rounds=args.rounds)
    print(as_text(found, batch_size=config.training.batch_size))
    return int(found.missed)


def as_text(found: Figures, *, batch_size: int) -> str:
    """The figures, and what they mean."""
    shares = [each.shares for each in found.rounds]
    mean = {part: sum(getattr(s, part) for s in shares) / len(shares) for part in _PARTS}
    ratios = [each.ratio for each in found.rounds]
    keeps_up = "can keep up" if found.loader_keeps_up else "cannot keep up: the target says nothing"
    return "\n".join(
        [
            f"device      {jax.devices()[0].device_kind}, {os.cpu_count()} processors",
            f"bare step   {_step(found.bare_seconds, batch_size)}, on a batch that stays there",
            f"loop        {_step(found.loop_seconds, batch_size)}",
            f"loop / bare {found.ratio:.3f} (median of {len(ratios)} rounds of "
            f"{found.rounds[0].steps} steps, {min(ratios):.3f} to {max(ratios):.3f}); "
            f"target {TARGET}",
            f"loader      {_step(found.loader_seconds, batch_size)} by itself: {keeps_up}",
            bottleneck_text(TimeShares(**mean), digits=1),
        ]
    )


_PARTS = ("loader", "host", "device")


def _step(seconds: float, batch_size: int) -> str:
    return f"{1000 * seconds:.2f} ms, {batch_size / seconds:,.0f} positions/s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", required=True, metavar="FILE", help="model and games")
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--steps", type=int, default=50, help="of a round; default: 50")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
