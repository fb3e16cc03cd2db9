"""Settings of the picture tests: where their pictures and the report on differing ones are."""

import os
import tempfile
import time
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]  # No types.

# The plugin sets this under a name that syrupy no longer reads; ".raw" files open nowhere.
SVGImageExtension.file_extension = "svg"


def pytest_configure(config: pytest.Config) -> None:
    # Times are shown as local ones; the pictures' place is Greenwich.
    os.environ["TZ"] = "UTC"
    time.tzset()
    # Never into the source tree.
    folder = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or tempfile.gettempdir()
    config.option.snapshot_report = str(Path(folder) / "snapshot_report.html")
