"""The exporter: weights files from checkpoints, checkpoints from weights files.

JAX loads only in the commands that need it: --help and describe answer at once.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from lczero_training.config import ConfigError, RootConfig, load_config
from lczero_training.export.describe import describe
from lczero_training.export.encodings import ENCODINGS, LINEAR16
from lczero_training.export.errors import NetError
from lczero_training.export.infer import differences, infer_config
from lczero_training.export.net_file import load_net, save_net
from lczero_training.schema.net_pb2 import Net
from lczero_training.user_paths import user_path

_SUCCESS, _FAILURE, _USAGE = 0, 1, 2


class _MismatchError(Exception):
    """The weights file and the config are of different models; one line a difference."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit code: 0 done, 1 failed, 2 bad config.

    argparse's own errors leave by SystemExit with code 2.
    """
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], None] = arguments.command
    try:
        command(arguments)
    except (ConfigError, _MismatchError) as error:
        return _complain(error, _USAGE)
    except (NetError, OSError) as error:
        return _complain(error, _FAILURE)
    return _SUCCESS


def _complain(error: Exception, code: int) -> int:
    print(f"exporter: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exporter", description="Converts and shows networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_export(commands.add_parser("export", help="write a checkpoint's weights file"))
    _add_import(commands.add_parser("import", help="make a checkpoint of a weights file"))
    _add_describe(commands.add_parser("describe", help="show what a weights file holds"))
    return parser


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint", type=_path, required=True, metavar="DIR", help="checkpoint folder"
    )
    parser.add_argument(
        "--config", type=_path, required=True, metavar="FILE", help="the run's config"
    )
    parser.add_argument(
        "--output", type=_path, required=True, metavar="X.pb.gz", help="file to write"
    )
    parser.add_argument("--step", type=int, metavar="N", help="default: the newest")
    parser.add_argument(
        "--encoding",
        choices=sorted(ENCODINGS),
        default=LINEAR16.name,
        help="of the tensors; others than LINEAR16 need engine 0.33",
    )
    parser.set_defaults(command=_export)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("weights", type=_path, metavar="WEIGHTS", help="weights file (*.pb.gz)")
    parser.add_argument(
        "--output", type=_path, required=True, metavar="DIR", help="checkpoint folder"
    )
    parser.add_argument(
        "--config",
        type=_path,
        metavar="FILE",
        help="config that will train it; its model must be the file's (default: one made for it)",
    )
    parser.set_defaults(command=_import)


def _add_describe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("weights", type=_path, metavar="WEIGHTS", help="weights file (*.pb.gz)")
    parser.set_defaults(command=_describe)


def _path(text: str) -> str:
    return str(user_path(text))


def _export(arguments: argparse.Namespace) -> None:
    config = load_config(arguments.config)
    # Here and not above: it loads JAX.
    from lczero_training.export.checkpoints import checkpoint_to_net

    net = checkpoint_to_net(
        arguments.checkpoint, config, step=arguments.step, encoding=ENCODINGS[arguments.encoding]
    )
    saved = save_net(net, arguments.output)
    print(
        f"wrote {saved.path}: step {net.training_params.training_steps}, "
        f"{saved.size_bytes} bytes, sha256 {saved.sha256}"
    )


def _import(arguments: argparse.Namespace) -> None:
    config = load_config(arguments.config) if arguments.config else None
    net = load_net(arguments.weights)
    if config is not None:
        _check_same_model(net, config)
    # Here and not above: it loads JAX.
    from lczero_training.export.checkpoints import net_to_checkpoint

    net_to_checkpoint(net, arguments.output, config)
    print(f"wrote a checkpoint at step 0 to {arguments.output}")


def _check_same_model(net: Net, config: RootConfig) -> None:
    found = differences(infer_config(net), config.model)
    if found:
        raise _MismatchError(
            "the weights file is of another model than the config's:\n  " + "\n  ".join(found)
        )


def _describe(arguments: argparse.Namespace) -> None:
    print(describe(load_net(arguments.weights)))
