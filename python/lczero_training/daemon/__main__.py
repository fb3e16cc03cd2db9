"""The daemon with the real loader, trainer and exporter: python -m lczero_training.daemon."""

import sys

from lczero_training.daemon.cli import main
from lczero_training.daemon.ports import Parts


def load_parts() -> Parts:
    """Imports JAX and the extension, which takes seconds: only when a session needs them."""
    from lczero_training.daemon.parts import real_parts

    return real_parts()


def run() -> int:
    """Runs the daemon as the command line says; returns the exit code."""
    return main(sys.argv[1:], load_parts=load_parts)


if __name__ == "__main__":
    sys.exit(run())
