"""From the command line's options to a daemon, or to a recording of one."""

import argparse
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lczero_training.client.link import DaemonLink
from lczero_training.client.process import DaemonClient
from lczero_training.client.replay import ReplayLink
from lczero_training.schema.recording import read_recording
from lczero_training.tui import locate
from lczero_training.user_paths import user_path


class CannotConnect(Exception):
    """The options lead nowhere; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What the app is made with; see there."""

    connect: Callable[[], DaemonLink]
    config_filepath: str = ""
    overrides: tuple[str, ...] = ()
    start_when_idle: bool = False
    source: str = ""


def connection(args: argparse.Namespace) -> Connection:
    """Chooses and checks. Raises CannotConnect."""
    if args.replay is not None:
        return _replay(args)
    if args.speed is not None:
        raise CannotConnect("--speed is for --replay FILE.")
    return _local(args) if args.attach is None else _attached(args)


def _local(args: argparse.Namespace) -> Connection:
    config = user_path(args.config) if args.config else locate.quickstart_config()
    if config is None or not config.is_file():
        wanted = config or "configs/quickstart.yaml"
        raise CannotConnect(f"{wanted}: no such file. Give a config with --config FILE.")
    program = locate.daemon_program()
    if program is None:
        raise CannotConnect(
            "the daemon's program was not found. Start with: bazel run //python:tui"
        )
    argv = [*program.argv, "--config", str(config), "--exit-on-eof"]
    for override in args.set:
        argv += ["--set", override]
    env = program.env
    return Connection(
        connect=lambda: DaemonClient(argv, env=env),
        config_filepath=str(config),
        overrides=tuple(args.set),
    )


def _attached(args: argparse.Namespace) -> Connection:
    try:
        argv = shlex.split(args.attach)
    except ValueError as error:
        raise CannotConnect(f"--attach {args.attach!r} is not a command: {error}.") from error
    if not argv:
        raise CannotConnect('--attach needs a command, e.g. --attach "ssh host lc0-daemon".')
    # Where the user is, also under `bazel run`.
    here = user_path(".")
    if shutil.which(here / argv[0] if "/" in argv[0] else argv[0]) is None:
        raise CannotConnect(f"--attach: {argv[0]}: no such command.")
    if args.set and args.config is None:
        raise CannotConnect("--set needs --config here; or put both into the command of --attach.")
    return Connection(
        connect=lambda: DaemonClient(argv, cwd=here),
        config_filepath=args.config or "",
        overrides=tuple(args.set),
        start_when_idle=args.config is not None,
        source=f"attached: {args.attach}",
    )


def _replay(args: argparse.Namespace) -> Connection:
    for option in ("config", "set", "attach", "record"):
        if getattr(args, option):
            raise CannotConnect(
                f"--replay plays a recording and runs no daemon: leave out --{option}."
            )
    path = user_path(args.replay)
    _check_recording(path)
    speed = 1.0 if args.speed is None else args.speed
    return Connection(connect=lambda: ReplayLink(path, speed=speed))


def _check_recording(path: Path) -> None:
    if not path.exists():
        raise CannotConnect(f"--replay: {path}: no such file.")
    bad = 0

    def count(_: str) -> None:
        nonlocal bad
        bad += 1

    try:
        if not path.is_file():
            raise CannotConnect(f"--replay: {path}: not a file.")
        first = next(read_recording(path, on_bad=count), None)
    except OSError as error:
        raise CannotConnect(f"--replay: {path}: {error.strerror}.") from error
    if first is None:
        found = f"none of its {bad} lines was written by --record" if bad else "it is empty"
        raise CannotConnect(f"--replay: {path}: no recorded session, {found}.")
