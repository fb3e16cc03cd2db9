"""Settings of the picture tests: where their pictures and the report on differing ones are."""

import os
import re
import tempfile
import time
from pathlib import Path

import pytest
import pytest_textual_snapshot as plugin  # type: ignore[import-untyped]  # No types.

# The plugin sets this under a name that syrupy no longer reads; ".raw" files open nowhere.
plugin.SVGImageExtension.file_extension = "svg"


def _report_path(node: pytest.Item) -> Path:
    """Of one test's entry in the report: unlike the plugin's own, short wherever the tests lie.

    The plugin's name has the whole path of the test in it, more than a file's name may have
    characters in Bazel's sandbox.
    """
    return Path(plugin.get_tempdir().name) / re.sub(r"\W", "_", node.name)


plugin.node_to_report_path = _report_path


def pytest_configure(config: pytest.Config) -> None:
    # Times are shown as local ones; the pictures' place is Greenwich.
    os.environ["TZ"] = "UTC"
    time.tzset()
    # Never into the source tree.
    folder = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or tempfile.gettempdir()
    config.option.snapshot_report = str(Path(folder) / "snapshot_report.html")
