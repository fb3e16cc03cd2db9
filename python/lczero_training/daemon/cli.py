"""The daemon's command line: checks it, sets up the process, runs the daemon."""

import argparse
import os
import queue
import sys
from collections.abc import Callable, Sequence

from lczero_training.config import ConfigError, dump_config, load_config
from lczero_training.daemon import logs, signals
from lczero_training.daemon.daemon import (
    STOP_SECONDS,
    DaemonOptions,
    LoadedConfig,
    TrainingDaemon,
)
from lczero_training.daemon.events import Event, StopRequested
from lczero_training.daemon.ports import Parts
from lczero_training.daemon.transport import STDIN_FD, Transport, claim_protocol_fd
from lczero_training.user_paths import user_path

EXIT_OK = 0
EXIT_BAD_USAGE = 2

_DESCRIPTION = """\
Trains networks as games arrive: waits for chunks, trains, exports, starts over.

stdin takes commands, stdout carries notifications, one JSON object a line; stderr is the log.
Without --config the daemon waits for the command start_training."""

_EPILOG = """\
SIGINT, SIGTERM and the command shutdown finish the step in flight, save a checkpoint and end
with exit code 0; a second signal ends at once with exit code 1.

A training session that fails leaves the daemon in state ERROR, where start_training starts it
again. Where nobody could send that (with --max-networks, or when stdin has ended, as under
systemd) the daemon ends with exit code 1 instead.

exit codes: 0 ended in order, 1 failed at work, 2 bad usage or bad config"""


def main(
    arguments: Sequence[str], *, load_parts: Callable[[], Parts], stop_seconds: float = STOP_SECONDS
) -> int:
    """Runs the daemon; returns the exit code. `load_parts` brings loader, trainer, exporter."""
    options = _parse(arguments)
    initial = None
    if options.config is not None:
        try:
            initial = load(options.config, options.overrides)
        except ConfigError as error:
            print(f"error: {error}", file=sys.stderr)
            return EXIT_BAD_USAGE
        if options.check:
            print(dump_config(initial.config), end="")
            return EXIT_OK
    return _serve(
        DaemonOptions(
            initial=initial,
            max_networks=options.max_networks,
            exit_on_eof=options.exit_on_eof,
            stop_seconds=stop_seconds,
        ),
        log_level=options.log_level,
        load_parts=load_parts,
    )


def load(path: str, overrides: Sequence[str]) -> LoadedConfig:
    """Loads a config; a relative path is relative to where the user is. Raises ConfigError."""
    filepath = user_path(path)
    return LoadedConfig(config=load_config(filepath, overrides), filepath=str(filepath))


def _serve(options: DaemonOptions, *, log_level: str, load_parts: Callable[[], Parts]) -> int:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    signals.install(lambda name: events.put(StopRequested(name)))
    transport = Transport(input_fd=STDIN_FD, output_fd=claim_protocol_fd(), post=events.put)
    log = logs.start_logging(log_level)
    daemon = TrainingDaemon(
        options=options,
        events=events,
        transport=transport,
        load_config=load,
        load_parts=load_parts,
        pid=os.getpid(),
    )
    code = daemon.run()
    log.stop()
    if daemon.abandoned_session:
        # The interpreter's own end would wait for, or trip over, threads that still compute.
        os._exit(code)
    return code


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="daemon",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", help="start training with this config at once")
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="overrides",
        action="append",
        default=[],
        help="override a value of the config, e.g. training.batch_size=256; may be repeated",
    )
    parser.add_argument(
        "--check", action="store_true", help="check the config, print it resolved, and exit"
    )
    parser.add_argument(
        "--max-networks",
        metavar="N",
        type=_positive,
        default=0,
        help="end with exit code 0 after N networks; a failure ends with exit code 1",
    )
    parser.add_argument("--exit-on-eof", action="store_true", help="end in order when stdin ends")
    parser.add_argument("--log-level", choices=logs.LEVELS, default="info", help="default: info")
    options = parser.parse_args(arguments)
    if options.config is None and (options.check or options.overrides):
        parser.error("--check and --set need --config")
    return options


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a number >= 1")
    return number
