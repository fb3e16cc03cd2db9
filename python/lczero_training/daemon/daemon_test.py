import queue
from pathlib import Path
from typing import Any, cast

import pytest

from lczero_training.config import load_config
from lczero_training.daemon.daemon import TrainingDaemon
from lczero_training.daemon.options import DaemonOptions, LoadedConfig
from lczero_training.daemon.testing.configs import write_tiny_config


@pytest.mark.parametrize("seconds", [0.05, 7.0])
def test_statuses_come_in_the_interval_of_the_config(tmp_path: Path, seconds: float) -> None:
    override = f"daemon.status_interval_seconds={seconds}"
    config = load_config(write_tiny_config(tmp_path), [override])
    daemon = TrainingDaemon(
        options=DaemonOptions(),
        events=queue.SimpleQueue(),
        transport=cast(Any, None),
        load_config=lambda path, overrides: pytest.fail("not asked for"),
        load_parts=lambda: pytest.fail("not asked for"),
        pid=1,
    )
    daemon._loaded = LoadedConfig(config=config, filepath="x")
    assert daemon._status_seconds() == seconds
