"""The training daemon, for production: see lczero_training/daemon."""

import sys

from lczero_training.daemon.cli import main
from lczero_training.daemon.ports import Parts


def _load_parts() -> Parts:
    # Here and not above: JAX takes seconds to load, and --help should not wait for it.
    from lczero_training.daemon.parts import real_parts

    return real_parts()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], load_parts=_load_parts))
