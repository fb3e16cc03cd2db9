"""How fast the dashboard starts, and what it costs while it runs.

    tools/bazelw run //python/lczero_training/tui/bench

runs the built program in a terminal of its own, on a daemon that speaks once a second.
"""

import argparse
import os
import shlex
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from runfiles import Runfiles

from lczero_training.tui.bench.terminal import Terminal

_TUI = "_main/python/tui"
# In the frame, from the first picture on; and only with the first status.
_FIRST_PICTURE = "Data pipeline"
_FIRST_STATUS = "TRAINING"
_PATIENCE_SECONDS = 60.0
# The first statuses fill caches; that is not what every second costs.
_WARM_UP_SECONDS = 5.0
START_TARGET_SECONDS = 1.0
CPU_TARGET_PERCENT = 5.0


def main(argv: Sequence[str]) -> int:
    """Measures and prints; exit code 1 if a target is missed."""
    args = _parser().parse_args(argv)
    size = {"columns": args.columns, "rows": args.rows}
    starts = [first_picture(**size) for _ in range(args.starts)]
    start = statistics.median(wall for wall, _ in starts)
    print(
        f"start-up: first picture after {start:.2f} s (median of {args.starts}), "
        f"{statistics.median(cpu for _, cpu in starts):.2f} s of them computing; "
        f"target {START_TARGET_SECONDS:.0f} s"
    )
    percent = running(args.seconds, **size)
    return int(start > START_TARGET_SECONDS or percent > CPU_TARGET_PERCENT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--starts", type=int, default=5, help="default: 5")
    parser.add_argument("--seconds", type=float, default=30.0, help="of running; default: 30")
    parser.add_argument("--columns", type=int, default=160, help="default: 160")
    parser.add_argument("--rows", type=int, default=48, help="default: 48")
    return parser


def first_picture(*, columns: int, rows: int) -> tuple[float, float]:
    """Seconds from the start of the process to its first picture, and what it computed then."""
    terminal = start(columns=columns, rows=rows)
    try:
        wall = terminal.until_drawn(_FIRST_PICTURE, _PATIENCE_SECONDS)
        return wall, terminal.cpu_seconds()
    finally:
        terminal.close()


def running(seconds: float, *, columns: int, rows: int) -> float:
    """Runs for so long; prints what that costs, and returns the percentage of one core."""
    terminal = start(columns=columns, rows=rows)
    try:
        terminal.until_drawn(_FIRST_STATUS, _PATIENCE_SECONDS)
        terminal.watch(min(_WARM_UP_SECONDS, seconds))
        cpu, drawn = terminal.cpu_seconds(), terminal.bytes_drawn
        terminal.watch(seconds)
        percent = 100 * (terminal.cpu_seconds() - cpu) / seconds
        drawn = terminal.bytes_drawn - drawn
        memory = terminal.memory_bytes()
    finally:
        terminal.close()
    print(
        f"running: {percent:.1f} % of one core at one status a second and {columns}x{rows}, over "
        f"{seconds:.0f} s; target {CPU_TARGET_PERCENT:.0f} %\n"
        f"drawn: {drawn / seconds / 1000:.1f} kB/s; memory: {memory / 1e6:.0f} MB"
    )
    return percent


def start(*, columns: int, rows: int) -> Terminal:
    """The dashboard on a chatty daemon."""
    chatty = [sys.executable, "-m", "lczero_training.tui.bench.chatty"]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    command = shlex.join(["env", f"PYTHONPATH={path}", *chatty])
    return Terminal([*_program(), "--attach", command], os.environ, columns=columns, rows=rows)


def _program() -> list[str]:
    """The built program, else the script of the checkout."""
    runfiles = Runfiles.Create()
    built = runfiles.Rlocation(_TUI) if runfiles is not None else None
    if built and os.access(built, os.X_OK):
        return [built]
    # .../python/lczero_training/tui/bench/main.py
    return [sys.executable, str(Path(__file__).parents[3] / "tui.py")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
