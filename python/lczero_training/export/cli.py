"""The exporter: weights files from checkpoints, checkpoints from weights files, and looks at both.

Light: JAX loads only in the commands that need it, so that --help answers at once.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from lczero_training.complaint import argument, complaint
from lczero_training.config import ConfigError
from lczero_training.export import commands
from lczero_training.export.encodings import ENCODINGS, LINEAR16
from lczero_training.export.errors import BadUsageError, NetError
from lczero_training.user_paths import user_path

_SUCCESS, _FAILURE, _USAGE = 0, 1, 2

_DESCRIPTION = "Converts, shows, compares and averages networks."
_EPILOG = "exit codes: 0 done, 1 failed at work, 2 bad usage or bad config"
_DIFF_EPILOG = "exit codes: 0 the same network, 1 another one or unreadable, 2 bad usage"
_VERIFY_EPILOG = "exit codes: 0 verified, 1 not verified or unreadable, 2 bad usage or bad config"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit code.

    argparse's own errors leave by SystemExit with code 2.
    """
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], bool] = arguments.command
    try:
        return _SUCCESS if command(arguments) else _FAILURE
    except (ConfigError, BadUsageError) as error:
        return _complain(error, _USAGE)
    except (NetError, OSError) as error:
        return _complain(error, _FAILURE)


def _complain(error: Exception, code: int) -> int:
    print(f"exporter: {complaint(error)}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exporter", description=_DESCRIPTION, epilog=_EPILOG)
    adder = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, help: str, command: Callable[[argparse.Namespace], bool], epilog: str = _EPILOG
    ) -> argparse.ArgumentParser:
        added = adder.add_parser(name, help=help, description=help, epilog=epilog)
        added.set_defaults(command=command)
        return added

    _export_arguments(add("export", "write a checkpoint's weights file", commands.export))
    _import_arguments(add("import", "make a checkpoint of a weights file", commands.import_net))
    _weights(add("describe", "show what a weights file holds", commands.describe_net))
    _diff_arguments(add("diff", "compare two weights files", commands.diff_nets, _DIFF_EPILOG))
    _average_arguments(add("average", "average weights files of one model", commands.average_nets))
    _verify_arguments(
        add(
            "verify",
            "load a weights file and compute with it on positions of the bundled games",
            commands.verify,
            _VERIFY_EPILOG,
        )
    )
    return parser


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    _checkpoint(parser, required=True)
    _output(parser, "X.pb.gz", "file to write; one that is there is replaced")
    _encoding(parser)
    parser.add_argument(
        "--verify",
        action="store_true",
        help="load what was written and compare its outputs with the checkpoint's",
    )


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    _weights(parser)
    _output(parser, "DIR", "checkpoint folder; an empty one, or a new one")
    parser.add_argument(
        "--config",
        type=_path,
        metavar="FILE",
        help="config that will train it; its model must be the file's (default: one made for it)",
    )
    _overrides(parser)


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    for name in ("a", "b"):
        parser.add_argument(name, type=_path, metavar=name.upper(), help="weights file (*.pb.gz)")


def _average_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "nets", type=_path, nargs="+", metavar="WEIGHTS", help="weights files (*.pb.gz)"
    )
    parser.add_argument(
        "--weights",
        type=_numbers,
        metavar="W,W,...",
        help="how much each file counts (default: all the same)",
    )
    _output(parser, "X.pb.gz", "file to write; one that is there is replaced")
    _encoding(parser)


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    _weights(parser)
    _checkpoint(parser, required=False)
    parser.add_argument(
        "--against", type=_path, metavar="WEIGHTS", help="compare with another weights file"
    )
    parser.add_argument(
        "--tolerance",
        type=_tolerance,
        metavar="T",
        help="largest difference of policy logits; of probabilities a tenth, of plies ten times "
        "as much (default: what the file's encoding loses)",
    )


def _weights(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("weights", type=_path, metavar="WEIGHTS", help="weights file (*.pb.gz)")


def _checkpoint(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--config",
        type=_path,
        required=required,
        metavar="FILE",
        help="the run's config; export.weights says which weights",
    )
    _overrides(parser)
    parser.add_argument(
        "--checkpoint",
        type=_path,
        metavar="DIR",
        help="checkpoint folder (default: the config's training.checkpoint.directory)",
    )
    parser.add_argument(
        "--step", type=_step, metavar="N", help="of the checkpoint (default: the newest)"
    )


def _overrides(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="overrides",
        action="append",
        default=[],
        help="override a value of the config, e.g. export.weights=swa; may be repeated",
    )


def _output(parser: argparse.ArgumentParser, metavar: str, help: str) -> None:
    parser.add_argument("--output", type=_path, required=True, metavar=metavar, help=help)


def _encoding(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--encoding",
        choices=sorted(ENCODINGS),
        default=LINEAR16.name,
        help=f"of the tensors (default: {LINEAR16.name}); others need engine 0.33",
    )


def _path(text: str) -> str:
    return str(user_path(text))


def _numbers(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected numbers like 1,0.5, got {text!r}") from None


_step = argument(int, lambda number: number >= 0, "a number >= 0")
_tolerance = argument(float, lambda number: 0 <= number < float("inf"), "a number >= 0")
