from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples
from lczero_training.tui.pipeline import PipelinePane
from lczero_training.tui.queue_view import Health, health
from lczero_training.tui.stage_view import StageView
from lczero_training.tui.state import Dashboard
from lczero_training.tui.testing import PaneHost, Rig, text_of, until


async def test_statuses_reach_the_blocks_in_place() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        stats = samples.loader_stats()
        rig.daemon.say(samples.status(loader=stats))
        await until(pilot, lambda: len(rig.app.query(StageView)) == 6)
        await pilot.pause()
        shown = text_of(rig.app)
        for text in ("load  0.8/2", " 850/1000", "12.3k/s", "312/400", "34/60", "bad chunks"):
            assert text in shown
        assert "✖ 12 = 0.013 % of 90,113" in shown
        before = list(rig.app.query_one(PipelinePane).views())
        busier = replace(stats.stages[4], load=2.0)
        stages = (*stats.stages[:4], busier, *stats.stages[5:])
        rig.daemon.say(samples.status(loader=replace(stats, stages=stages)))
        await until(pilot, lambda: "load  2.0/2" in text_of(rig.app))
        assert list(rig.app.query_one(PipelinePane).views()) == before


@pytest.mark.parametrize(
    ("status", "awaited"),
    [
        (samples.status(DaemonState.IDLE), "Press s to start"),
        (samples.status(DaemonState.WAITING_FOR_DATA), "Starting the loader"),
        (samples.status(DaemonState.STOPPING), "The loader has stopped"),
        (samples.status(DaemonState.ERROR), "see the log. s starts again"),
    ],
)
async def test_without_a_loader_it_says_why(status, awaited: str) -> None:  # type: ignore[no-untyped-def]
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        assert "Starting the daemon" in text_of(rig.app)
        rig.daemon.say(samples.status(loader=samples.loader_stats()))
        rig.daemon.say(status)
        await until(pilot, lambda: awaited in text_of(rig.app))
        assert not rig.app.query(StageView)


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
def test_health_tells_who_limits(size: int, capacity: int, rate: float, expected: Health) -> None:
    queue = replace(samples.loader_stats().queues[0], size=size, capacity=capacity)
    assert health(replace(queue, put=samples.counter(1, rate))) is expected


async def test_no_size_breaks_it() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        rig.daemon.say(samples.status(loader=samples.loader_stats(), training=samples.progress()))
        await until(pilot, lambda: len(rig.app.query(StageView)) == 6)
        for size in ((1, 1), (2, 2), (7, 3), (20, 9), (80, 24), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert len(rig.app.query(StageView)) == 6
        rig.daemon.say(samples.status(loader=LoaderStats(stages=samples.loader_stats().stages[:3])))
        await until(pilot, lambda: len(rig.app.query(StageView)) == 2)


def test_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    pane = PipelinePane()

    async def fill(pilot: Pilot[Any]) -> None:
        board = Dashboard()
        board.take_status(samples.status(loader=samples.loader_stats()))
        pane.show(board)
        await pilot.pause()

    assert snap_compare(PaneHost(pane), terminal_size=(100, 17), run_before=fill)
