from dataclasses import replace

import pytest

from lczero_training.tui import samples
from lczero_training.tui.paint import ratio
from lczero_training.tui.pipeline_health import Health, health


@pytest.mark.parametrize(
    ("size", "capacity", "rate", "expected"),
    [
        (0, 16, 0.0, Health.IDLE),
        (0, 16, 1.0, Health.EMPTY),
        (4, 4, 0.0, Health.FULL),
        (1100, 2048, 5.0, Health.BETWEEN),
        (0, 0, 1.0, Health.EMPTY),
    ],
)
def test_it_tells_who_limits(size: int, capacity: int, rate: float, expected: Health) -> None:
    queue = replace(samples.loader_stats().queues[0], size=size, capacity=capacity)
    queue = replace(queue, put=samples.counter(1, rate))
    assert health(queue, ratio(size, capacity)) is expected


def test_it_holds_around_its_limits() -> None:
    queue = samples.loader_stats().queues[2]
    judged = []
    before = None
    for fullness in (0.74, 0.76, 0.70, 0.66, 0.70, 0.74, 0.24, 0.30, 0.34, 0.30):
        before = health(queue, fullness, before)
        judged.append(before.glyph)
    assert "".join(judged) == "◆▲▲◆◆◆▼▼◆◆"
