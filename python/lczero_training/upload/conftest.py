import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from lczero_training.upload.uploader_world import World


@pytest.fixture
def world(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    caplog.set_level(logging.DEBUG)
    world = World(tmp_path)
    yield world
    world.stop()
    world.server.close()
    for secret in ("hunter2", "sesame"):
        assert all(secret not in record.getMessage() for record in caplog.get_records("call"))
        assert secret not in repr(world.events.told)
        assert secret not in world.sidecars()


# In order.
