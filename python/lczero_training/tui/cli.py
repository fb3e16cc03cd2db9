"""Command line of the dashboard. Imports the user interface only when one is needed."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lczero_training.tui.locate import Program

EXIT_OK, EXIT_FAILURE, EXIT_USAGE = 0, 1, 2


def main(argv: Sequence[str]) -> int:
    """Runs the dashboard until it is quit; returns the exit code."""
    args = _parser().parse_args(argv)
    from lczero_training.tui import locate
    from lczero_training.user_paths import user_path

    config = user_path(args.config) if args.config else locate.quickstart_config()
    if config is None or not config.is_file():
        wanted = config or "configs/quickstart.yaml"
        return _refuse(f"{wanted}: no such file. Give a config with --config FILE.")
    program = locate.daemon_program()
    if program is None:
        return _refuse("the daemon's program was not found. Start with: bazel run //python:tui")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _refuse("this is not a terminal. Without one, run //python:daemon instead.")
    return _run(program, str(config), tuple(args.set))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tui",
        description="Starts a training daemon, shows what it does, and steers it. "
        "Without arguments: the quickstart, from bundled games to a network in two minutes.",
        epilog="Keys are in the last row; ctrl+p has them all. "
        "Exit codes: 0 success, 1 the daemon failed, 2 bad usage.",
    )
    parser.add_argument(
        "--config", metavar="FILE", help="what to train (default: configs/quickstart.yaml)"
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="overrides one value of the config, e.g. training.batch_size=256; repeatable",
    )
    return parser


def _run(program: "Program", config: str, overrides: tuple[str, ...]) -> int:
    from lczero_training.client.process import DaemonClient
    from lczero_training.tui.app import TrainingTuiApp

    argv = [*program.argv, "--config", config, "--exit-on-eof"]
    for override in overrides:
        argv += ["--set", override]
    app = TrainingTuiApp(
        connect=lambda: DaemonClient(argv, env=program.env),
        config_filepath=config,
        overrides=overrides,
    )
    code = app.run()
    for line in app.last_words():
        print(line, file=sys.stderr)
    return EXIT_FAILURE if code is None else code


def _refuse(why: str) -> int:
    print(f"tui: {why}", file=sys.stderr)
    return EXIT_USAGE
