"""Command line of the dashboard. Imports the user interface only when one is needed."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from lczero_training.client.recording import SharedRecording
    from lczero_training.tui.app import TrainingTuiApp
    from lczero_training.tui.connection import Connection

EXIT_OK, EXIT_FAILURE, EXIT_USAGE = 0, 1, 2
# How long the last lines of a recording may take to be written.
_LAST_LINES_SECONDS = 2.0
_FASTEST = ("0", "max")
# Of theme.py, which is not imported to answer --help.
THEME_NAMES = ("classic", "dark", "light")

_DESCRIPTION = """\
Starts a training daemon, shows what it does, and steers it. Without arguments: the quickstart,
from bundled games to a network in two minutes."""

_EPILOG = """\
--attach runs COMMAND as the daemon, split into words as a shell would, e.g.
  --attach "ssh host /opt/lczero/current/daemon --config /etc/lczero/run.yaml --exit-on-eof"
It must not ask for a password: the dashboard has the terminal. Quitting stops that daemon too.
If the command names no config, --config does: it, and --set, are sent to the daemon, so FILE is a
path on the daemon's machine.

--replay plays what --record, here or of the daemon, has written. Pauses over 5 s are cut short.
--speed 0 or max is as fast as possible. Keys: . holds, + and - change the speed.

Keys are in the last row; ? explains them, ctrl+p has them all.
Exit codes: 0 success, 1 the daemon failed, 2 bad usage."""


def main(argv: Sequence[str]) -> int:
    """Runs the dashboard until it is quit; returns the exit code."""
    args = make_parser().parse_args(argv)
    from lczero_training.schema.recorder import RecordError
    from lczero_training.tui.connection import CannotConnect, connection

    try:
        chosen = connection(args)
        # The picture goes to stderr.
        if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
            return _refuse("this is not a terminal. Without one, run //python:daemon instead.")
        recording = open_recording(args.record) if args.record else None
    except (CannotConnect, RecordError) as error:
        return _refuse(str(error))
    return _run(chosen, recording, args.theme)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage: that is in --help."""
        self.exit(EXIT_USAGE, f"tui: {message}. --help tells more.\n")


def make_parser() -> argparse.ArgumentParser:
    """The options; main() says what they do."""
    parser = _Parser(
        prog="tui",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
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
    parser.add_argument("--attach", metavar="COMMAND", help="run any command as the daemon")
    parser.add_argument("--record", metavar="FILE", help="append all that is said to FILE")
    parser.add_argument("--replay", metavar="FILE", help="play a recorded session; no daemon runs")
    parser.add_argument(
        "--theme",
        choices=THEME_NAMES,
        default=THEME_NAMES[0],
        help="colours (default: %(default)s)",
    )
    parser.add_argument(
        "--speed", metavar="N", type=_speed, help="of the replay (default: 1)", default=None
    )
    return parser


def _speed(text: str) -> float:
    """Infinite for as fast as possible."""
    if text in _FASTEST:
        return float("inf")
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is none of 0.01 to 10000, 0 or max")
    return speed


def open_recording(file: str) -> "SharedRecording":
    """For --record. Raises RecordError."""
    from lczero_training.client.recording import SharedRecording
    from lczero_training.schema.recorder import Recorder
    from lczero_training.user_paths import user_path

    return SharedRecording(lambda on_failed: Recorder(user_path(file), on_failed=on_failed))


def make_app(
    chosen: "Connection", recording: "SharedRecording | None", theme: str
) -> "TrainingTuiApp":
    """The app as the command line asks for it."""
    from lczero_training.client.recording import RecordingLink
    from lczero_training.tui.app import TrainingTuiApp
    from lczero_training.tui.terminal import TerminalDriver

    def recorded_link() -> RecordingLink:
        assert recording is not None
        return RecordingLink(chosen.connect(), recording)

    return TrainingTuiApp(
        connect=chosen.connect if recording is None else recorded_link,
        config_filepath=chosen.config_filepath,
        overrides=chosen.overrides,
        start_when_idle=chosen.start_when_idle,
        source=chosen.source,
        handle_signals=True,
        driver_class=TerminalDriver,
        theme=theme,
    )


def _run(chosen: "Connection", recording: "SharedRecording | None", theme: str) -> int:
    app = make_app(chosen, recording, theme)
    code = app.run()
    words = app.last_words()
    if recording is not None and (failure := recording.close(_LAST_LINES_SECONDS)):
        words.append(failure)
    # The terminal may be gone.
    with contextlib.suppress(OSError):
        print(*words, sep="\n", end="\n" if words else "", file=sys.stderr, flush=True)
    return EXIT_FAILURE if code is None else code


def _refuse(why: str) -> int:
    print(f"tui: {why}", file=sys.stderr)
    return EXIT_USAGE
