"""The daemon's command line."""

import argparse
from collections.abc import Sequence

from lczero_training.daemon.log_formats import FORMATS, LEVELS

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

Under systemd (Type=notify, WatchdogSec=...) it tells that it is ready, what it does and that it
is alive. Where metrics.http_port is set, http://127.0.0.1:PORT/metrics is for Prometheus and
/healthz tells whether all is well. If the config has export.upload, the server's password
must be in the environment variable that export.upload.password_variable names.

exit codes:
  0  ended in order
  1  failed at work, or ended at once by a second signal
  2  bad usage, bad config, no password for the upload, or a file of --log-file or --record
     that cannot be opened; nothing was started"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; ends the process for --help and for bad usage."""
    parser = argparse.ArgumentParser(
        prog="daemon",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_training_options(parser)
    _add_log_options(parser)
    options = parser.parse_args(arguments)
    if options.config is None and (options.check or options.overrides):
        parser.error("--check and --set need --config")
    return options


def _add_training_options(parser: argparse.ArgumentParser) -> None:
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
        type=_count,
        default=0,
        help="end with exit code 0 after N networks; a failure ends with exit code 1",
    )
    parser.add_argument(
        "--retry-parked",
        action="store_true",
        help="try networks that the training server refused once more",
    )
    parser.add_argument("--exit-on-eof", action="store_true", help="end in order when stdin ends")


def _add_log_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--record",
        metavar="FILE",
        help="append every line of stdin, stdout and the log with its time to FILE, for replay",
    )
    parser.add_argument("--log-level", choices=LEVELS, default="info", help="default: info")
    parser.add_argument(
        "--log-format",
        choices=FORMATS,
        default="text",
        help="of stderr and the log file; json: one object a line; default: text",
    )
    parser.add_argument("--log-file", metavar="FILE", help="log to FILE too, besides stderr")
    parser.add_argument(
        "--log-file-megabytes",
        metavar="MB",
        type=_size,
        default=10.0,
        help="rename FILE to FILE.1, FILE.1 to FILE.2, ... when it has this size; default: 10",
    )
    parser.add_argument(
        "--log-files",
        metavar="N",
        type=_count,
        default=5,
        help="renamed log files to keep; default: 5",
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a number >= 1")
    return number


def _size(text: str) -> float:
    number = float(text)
    if not 0.001 <= number <= 1e6:
        raise argparse.ArgumentTypeError("expected megabytes, 0.001 to 1000000")
    return number
