"""The dashboard: see lczero_training/tui."""

import sys

from lczero_training.tui.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
