"""The daemon with the real loader, trainer and exporter: python -m lczero_training.daemon."""

import sys

from lczero_training.config.errors import ConfigError, ConfigProblem
from lczero_training.daemon.cli import main
from lczero_training.daemon.ports import Parts
from lczero_training.schema.loader_config import DataLoaderConfig


def load_parts() -> Parts:
    """Imports JAX and the extension, which takes seconds: only when a session needs them."""
    from lczero_training.daemon.parts import real_parts

    return real_parts()


def check_loader(config: DataLoaderConfig) -> None:
    """Raises ConfigError if the loader would refuse the config; needs only the extension."""
    from lczero_training.loader import BadConfig, check_config

    try:
        check_config(config)
    except BadConfig as error:
        problems = str(error).splitlines()
        raise ConfigError(ConfigProblem("", "data_loader", text) for text in problems) from error


def run() -> int:
    """Runs the daemon as the command line says; returns the exit code."""
    return main(sys.argv[1:], load_parts=load_parts, check_loader=check_loader)


if __name__ == "__main__":
    sys.exit(run())
