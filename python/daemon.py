"""The training daemon, for production: see lczero_training/daemon."""

import sys

from lczero_training.daemon.__main__ import run

if __name__ == "__main__":
    sys.exit(run())
