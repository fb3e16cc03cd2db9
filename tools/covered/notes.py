"""Notes which lines run in a test, and in the programs that it starts."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import coverage

# Daemons end by os._exit, which would leave nothing behind.
SETTINGS = """[run]
data_file = {folder}/coverage.data
parallel = true
patch = _exit
include =
    */python/lczero_training/*
    */tools/*
"""


@contextlib.contextmanager
def lines_noted(folder: Path, scratch: Path) -> Iterator[None]:
    """Writes files `coverage.data.*` into `folder`, one for each process that ends by itself.

    Programs that tests start run `sitecustomize`, which they find where this process would: tests
    hand sys.path on.
    """
    settings = scratch / "coverage.ini"
    settings.write_text(SETTINGS.format(folder=folder))
    (scratch / "sitecustomize.py").write_text("import coverage\n\ncoverage.process_startup()\n")
    os.environ["COVERAGE_PROCESS_START"] = str(settings)
    sys.path.append(str(scratch))
    notes = coverage.Coverage(config_file=str(settings))
    with notes.collect():
        yield
    notes.save()
