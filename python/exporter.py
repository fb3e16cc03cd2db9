"""The exporter: see lczero_training/export/cli.py."""

import sys

from lczero_training.export.cli import main

if __name__ == "__main__":
    sys.exit(main())
