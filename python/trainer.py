"""Trains networks without the daemon: see lczero_training/train."""

import sys

from lczero_training.train.cli import main

if __name__ == "__main__":
    sys.exit(main())
