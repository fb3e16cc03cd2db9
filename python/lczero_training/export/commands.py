"""What the exporter's commands do. Each returns whether it ends well.

JAX is imported within the commands that need it.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lczero_training.config import load_config
from lczero_training.config.engine import engine_remarks
from lczero_training.config.root import RootConfig
from lczero_training.export.average import average
from lczero_training.export.describe import describe
from lczero_training.export.diff import diff, report
from lczero_training.export.encodings import ENCODINGS
from lczero_training.export.errors import BadUsageError
from lczero_training.export.infer import differences, infer_config
from lczero_training.export.net_file import SavedFile, load_net, save_net
from lczero_training.export.older_files import modernised
from lczero_training.schema.net_pb2 import Net

if TYPE_CHECKING:
    from lczero_training.model import LczeroModel


def export(arguments: argparse.Namespace) -> bool:
    """A weights file of a checkpoint."""
    config = load_config(arguments.config, arguments.overrides)
    from lczero_training.export.checkpoints import checkpoint_to_net

    net = checkpoint_to_net(
        _checkpoint(arguments, config),
        config,
        step=arguments.step,
        encoding=ENCODINGS[arguments.encoding],
    )
    saved = save_net(net, arguments.output)
    _tell(saved, net)
    for remark in engine_remarks(config.model):
        print(f"note: {remark}")
    if arguments.verify:
        _verify_checkpoint(load_net(saved.path), arguments, config)
    return True


def import_net(arguments: argparse.Namespace) -> bool:
    """A checkpoint at step 0 of a weights file."""
    if arguments.overrides and not arguments.config:
        raise BadUsageError("--set needs --config")
    config = load_config(arguments.config, arguments.overrides) if arguments.config else None
    net = load_net(arguments.weights)
    if config is not None:
        _check_same_model(net, config)
    from lczero_training.export.checkpoints import net_to_checkpoint

    net_to_checkpoint(net, arguments.output, config)
    for change in modernised(net)[1]:
        print(f"an older file, read as a new one: {change}")
    print(f"wrote a checkpoint at step 0 to {arguments.output}")
    return True


def describe_net(arguments: argparse.Namespace) -> bool:
    """Prints what a weights file holds."""
    print(describe(load_net(arguments.weights)))
    return True


def diff_nets(arguments: argparse.Namespace) -> bool:
    """Prints how two weights files differ; whether they do not."""
    a, b = load_net(arguments.a), load_net(arguments.b)
    for letter, path, net in (("A", arguments.a, a), ("B", arguments.b, b)):
        print(f"{letter}: {path}, step {net.training_params.training_steps}")
    found = diff(a, b)
    print(report(found))
    return found.is_empty


def average_nets(arguments: argparse.Namespace) -> bool:
    """A weights file that is the mean of others."""
    if arguments.weights and len(arguments.weights) != len(arguments.nets):
        raise BadUsageError(f"{len(arguments.weights)} weights for {len(arguments.nets)} networks")
    net = average(
        [load_net(path) for path in arguments.nets],
        weights=arguments.weights or [1.0] * len(arguments.nets),
        encoding=ENCODINGS[arguments.encoding],
        names=[Path(path).name for path in arguments.nets],
    )
    _tell(save_net(net, arguments.output), net)
    return True


def verify(arguments: argparse.Namespace) -> bool:
    """Compares a weights file's outputs with a checkpoint's or another file's."""
    if (arguments.config is None) == (arguments.against is None):
        raise BadUsageError("either --config of the checkpoint's run, or --against")
    if arguments.config is None and (arguments.checkpoint or arguments.overrides):
        raise BadUsageError("--checkpoint and --set need --config")
    net = load_net(arguments.weights)
    if arguments.config is not None:
        _verify_checkpoint(net, arguments, load_config(arguments.config, arguments.overrides))
    else:
        from lczero_training.export.convert import net_to_model
        from lczero_training.export.verify import tolerance_of

        other = load_net(arguments.against)
        _, model = net_to_model(other)
        _verify(net, model, arguments, tolerance_of(net, other))
    return True


def _verify_checkpoint(net: Net, arguments: argparse.Namespace, config: RootConfig) -> None:
    from lczero_training.export.checkpoints import checkpoint_model
    from lczero_training.export.verify import tolerance_of

    model, _ = checkpoint_model(_checkpoint(arguments, config), config, step=arguments.step)
    _verify(net, model, arguments, tolerance_of(net))


def _checkpoint(arguments: argparse.Namespace, config: RootConfig) -> str:
    directory: str = arguments.checkpoint or config.training.checkpoint.directory
    return directory


def _verify(
    net: Net, expected: "LczeroModel", arguments: argparse.Namespace, tolerance: float
) -> None:
    from lczero_training.export.convert import net_to_model
    from lczero_training.export.verify import POSITIONS, check, compare, table

    asked = getattr(arguments, "tolerance", None)
    _, model = net_to_model(net)
    found = compare(model, expected, tolerance=tolerance if asked is None else asked)
    print(table(found))
    check(found)
    print(f"verified on {POSITIONS} positions of the bundled games")


def _tell(saved: SavedFile, net: Net) -> None:
    print(
        f"wrote {saved.path}: step {net.training_params.training_steps}, "
        f"{saved.size_bytes} bytes, sha256 {saved.sha256}"
    )


def _check_same_model(net: Net, config: RootConfig) -> None:
    found = differences(infer_config(net), config.model)
    if found:
        raise BadUsageError(
            "the weights file is of another model than the config's:\n  " + "\n  ".join(found)
        )
