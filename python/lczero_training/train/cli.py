"""The trainer program: one training run without the daemon, and looks at what would be trained.

Light: JAX and the loader load only when a command runs, so that --help answers at once.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

from lczero_training.complaint import argument, complaint
from lczero_training.config import ConfigError, RootConfig, load_config
from lczero_training.config.checks import FieldError
from lczero_training.config.daemon import EXPORTED_WEIGHTS
from lczero_training.train.errors import (
    EXIT_FAILURE,
    EXIT_OK,
    EXIT_USAGE,
    CommandError,
    ConfigRefusedError,
)
from lczero_training.user_paths import user_path

_LOG = logging.getLogger(__name__)

_EPILOG = """\
SIGINT and SIGTERM finish the step, save what `train` has done as a checkpoint, and end with exit
code 0; a second signal ends at once with exit code 1.

exit codes: 0 done, 1 failed at work, 2 bad usage or bad config"""

_positive = argument(int, lambda number: number >= 1, "a number >= 1")
_step = argument(int, lambda number: number >= 0, "a number >= 0")
_seed = argument(int, lambda number: 0 <= number < 2**32, "a number from 0 to 2^32 - 1")
_rate = argument(float, lambda number: 0 < number < float("inf"), "a number > 0")

# Libraries that tell at level INFO what only their authors want to know.
_CHATTY = ("absl", "jax", "orbax", "flax")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        config = load_config(user_path(arguments.config), arguments.overrides)
    except ConfigError as error:
        return _complain(error, EXIT_USAGE)
    _start_log()
    if config.training.processes is not None and arguments.command is not _train:
        _LOG.info(
            "training.processes is for `train`: this command works in one process, with the "
            "devices of this host"
        )
    return _run(arguments, config)


def _run(arguments: argparse.Namespace, config: RootConfig) -> int:
    command: Callable[[argparse.Namespace, RootConfig], None] = arguments.command
    try:
        command(arguments, config)
    except (ConfigRefusedError, FieldError) as error:
        return _complain(error, EXIT_USAGE)
    except (CommandError, OSError) as error:
        return _complain(error, EXIT_FAILURE)
    return EXIT_OK


def _train(arguments: argparse.Namespace, config: RootConfig) -> None:
    from lczero_training.train.commands import train

    train(config, networks=arguments.networks)


def _overfit(arguments: argparse.Namespace, config: RootConfig) -> None:
    from lczero_training.train.commands import overfit

    overfit(config, steps=arguments.steps)


def _init(arguments: argparse.Namespace, config: RootConfig) -> None:
    from lczero_training.train.init import init_from_net, init_from_seed

    if arguments.net is not None:
        init_from_net(config, net_file=user_path(arguments.net))
    else:
        seed = config.training.seed if arguments.seed is None else arguments.seed
        init_from_seed(config, seed=seed)


def _migrate(arguments: argparse.Namespace, config: RootConfig) -> None:
    from lczero_training.train.migrate import migrate
    from lczero_training.train.migration_rules import make_rule, read_rules

    try:
        rules = [make_rule(*rule) for rule in arguments.rules]
        if arguments.rules_file:
            rules += read_rules(user_path(arguments.rules_file))
    except ValueError as error:
        raise ConfigRefusedError(str(error)) from error
    path = migrate(
        config,
        user_path(arguments.source),
        user_path(arguments.target),
        rules,
        step=arguments.step,
        new_optimizer=arguments.new_optimizer,
    )
    print(f"wrote {path}")


def _evaluate(arguments: argparse.Namespace, config: RootConfig) -> None:
    from lczero_training.train.commands import evaluate

    evaluate(
        config,
        step=arguments.step,
        weights=arguments.weights,
        output=arguments.output,
        batches=arguments.batches,
    )


def _tune_lr(arguments: argparse.Namespace, config: RootConfig) -> None:
    from lczero_training.train.commands import tune_lr

    tune_lr(
        config,
        lowest=arguments.lowest,
        highest=arguments.highest,
        steps=arguments.steps,
        picture=user_path(arguments.picture),
    )


def _describe(arguments: argparse.Namespace, config: RootConfig) -> None:
    from lczero_training.train.describe import describe

    print(describe(config, compiled=arguments.compile))


def _complain(error: Exception, code: int) -> int:
    print(f"trainer: {complaint(error)}", file=sys.stderr)
    return code


def _start_log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trainer",
        description="Trains networks without the daemon.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, help: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=help,
            description=help,
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    _add_train(add("train", "train networks, with checkpoints"))
    _add_init(add("init", "begin a run: a checkpoint at step 0, from a file or seed"))
    _add_migrate(add("migrate", "make a checkpoint fit another model or optimizer"))
    _add_eval(add("eval", "losses of a checkpoint on held-out games"))
    _add_overfit(add("overfit", "train on one batch: fails unless every loss comes near zero"))
    _add_tune_lr(add("tune-lr", "suggest a learning rate: try growing ones; saves no checkpoint"))
    _add_describe(add("describe", "parameters by path, FLOPs per position, memory"))
    return parser


def _add_describe(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the step too, for the memory that it works in; takes its time",
    )
    parser.set_defaults(command=_describe)


def _add_train(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument(
        "--steps",
        dest="overrides",
        action="append",
        type=lambda text: f"training.steps_per_network={_positive(text)}",
        metavar="N",
        help="steps of a network (default: training.steps_per_network)",
    )
    parser.add_argument(
        "--networks", type=_positive, default=1, metavar="N", help="networks to train (default: 1)"
    )
    parser.set_defaults(command=_train)


def _add_init(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--from", dest="net", metavar="NET.pb.gz", help="weights file of the config's model"
    )
    source.add_argument(
        "--seed", type=_seed, metavar="N", help="of random weights (default: training.seed)"
    )
    parser.set_defaults(command=_init)


def _add_migrate(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument("source", metavar="FROM_FOLDER", help="folder of checkpoints; only read")
    parser.add_argument("target", metavar="TO_FOLDER", help="an empty folder, or a new one")
    parser.add_argument(
        "--step", type=_step, metavar="N", help="which checkpoint (default: newest)"
    )
    parser.add_argument("--rules", dest="rules_file", metavar="FILE", help="rules, as YAML")
    _add_rule(parser, "--map", "OLD=NEW", "weights of the checkpoint that get another path")
    _add_rule(parser, "--drop", "GLOB", "weights of the checkpoint that go nowhere")
    _add_rule(parser, "--init", "GLOB", "weights of the model that get initial values")
    parser.add_argument("--new-optimizer", action="store_true", help="initialise all its state")
    parser.set_defaults(command=_migrate, rules=[])


def _add_rule(parser: argparse.ArgumentParser, flag: str, value: str, text: str) -> None:
    """An option that may be repeated; all kinds are kept in one list, in their order."""
    kind = flag.removeprefix("--")

    def rule(text: str) -> tuple[str, ...]:
        parts = text.split("=") if kind == "map" else [text]
        if len(parts) != value.count("=") + 1:
            raise argparse.ArgumentTypeError(f"expected {value}")
        return (kind, *parts)

    parser.add_argument(flag, dest="rules", action="append", type=rule, metavar=value, help=text)


def _add_eval(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument(
        "--step", type=_step, metavar="N", help="which checkpoint (default: newest)"
    )
    parser.add_argument(
        "--weights",
        choices=EXPORTED_WEIGHTS,
        default="current",
        help="those of the step, or an average of them (default: current)",
    )
    parser.add_argument(
        "--output",
        default="validation",
        metavar="NAME",
        help="whose games, of data_loader.outputs (default: validation)",
    )
    parser.add_argument(
        "--batches",
        type=_positive,
        metavar="N",
        help="batches to measure on (default: metrics.evaluation.batches, or 8)",
    )
    parser.set_defaults(command=_evaluate)


def _add_overfit(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument(
        "--steps", type=_positive, default=200, metavar="N", help="steps to take (default: 200)"
    )
    parser.set_defaults(command=_overfit)


def _add_tune_lr(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument(
        "--steps",
        type=_positive,
        default=100,
        metavar="N",
        help="rates to try, each with a batch of its own (default: 100)",
    )
    parser.add_argument(
        "--lowest", type=_rate, default=1e-6, metavar="R", help="first rate (default: 1e-6)"
    )
    parser.add_argument(
        "--highest", type=_rate, default=1.0, metavar="R", help="last rate (default: 1.0)"
    )
    parser.add_argument(
        "--picture",
        default="tune-lr.png",
        metavar="FILE",
        help="where to draw loss over rate, as PNG (default: tune-lr.png)",
    )
    parser.set_defaults(command=_tune_lr)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, metavar="FILE", help="the run's config")
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="overrides",
        action="append",
        default=[],
        help="override a value of the config, e.g. training.batch_size=256; may be repeated",
    )
