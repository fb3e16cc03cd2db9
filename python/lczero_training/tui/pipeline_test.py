"""The pane as the app has it: statuses, streams, details; and its pictures."""

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from lczero_training.schema import messages as schema
from lczero_training.schema.loader_stats import LoaderStats, PoolShare, ReservoirStats
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples
from lczero_training.tui.pipeline import PipelinePane
from lczero_training.tui.pipeline_part import Part
from lczero_training.tui.pool_view import PoolView
from lczero_training.tui.stage_details_panel import DetailsPanel
from lczero_training.tui.stage_view import StageView
from lczero_training.tui.state import Dashboard
from lczero_training.tui.testing import PaneHost, Rig, text_of, until


def names(rig: Rig) -> list[str]:
    return [part.stage_name for part in rig.app.query(Part)]


def part(rig: Rig, name: str) -> Part[Any]:
    return next(each for each in rig.app.query(Part) if each.stage_name == name)


async def told(rig: Rig, pilot: Pilot[Any], stats: LoaderStats) -> None:
    """Until the loader's stages are on screen."""
    rig.daemon.say(samples.status(loader=stats))
    await until(pilot, lambda: bool(rig.app.query(StageView)))
    await pilot.pause()


async def test_statuses_reach_the_blocks_in_place() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        stats = samples.loader_stats()
        await told(rig, pilot, stats)
        shown = text_of(rig.app)
        for text in ("load  0.8/2", " 850/1000", "12.3k/s", "312/400", "34/60", "bad chunks"):
            assert text in shown
        assert "✖ 12 = 0.013 % of 90,113" in shown
        before = list(rig.app.query_one(PipelinePane).views())
        filling = replace(stats.stages[5], reservoir=ReservoirStats(frames=3000, capacity=4000))
        stages = (*stats.stages[:5], filling, *stats.stages[6:])
        rig.daemon.say(samples.status(loader=replace(stats, stages=stages)))
        await until(pilot, lambda: "75 %" in text_of(rig.app))
        assert list(rig.app.query_one(PipelinePane).views()) == before


async def test_figures_are_smoothed() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        stats = samples.loader_stats()
        await told(rig, pilot, stats)
        busier = replace(stats.stages[4], load=2.0)
        stages = (*stats.stages[:4], busier, *stats.stages[5:])
        later = replace(samples.status(loader=replace(stats, stages=stages)), uptime_seconds=759.2)
        rig.daemon.say(later)
        # 63 % of the way from 0.84 to 2.
        await until(pilot, lambda: "load  1.6/2" in text_of(rig.app))


@pytest.mark.parametrize(
    ("status", "awaited"),
    [
        (samples.status(DaemonState.IDLE), "Press s to start"),
        (samples.status(DaemonState.WAITING_FOR_DATA), "Starting the loader"),
        (samples.status(DaemonState.STOPPING), "The loader has stopped"),
        (samples.status(DaemonState.ERROR), "see the log. s starts again"),
    ],
)
async def test_without_a_loader_it_says_why(status: schema.TrainingStatus, awaited: str) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        assert "Starting the daemon" in text_of(rig.app)
        rig.daemon.say(samples.status(loader=samples.loader_stats()))
        rig.daemon.say(status)
        await until(pilot, lambda: awaited in text_of(rig.app))
        assert not rig.app.query(StageView)


async def test_no_size_breaks_it() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await told(rig, pilot, samples.loader_stats())
        await pilot.press("tab", "enter")
        for size in ((1, 1), (2, 2), (7, 3), (20, 9), (80, 24), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert len(rig.app.query(StageView)) == 6
        rig.daemon.say(samples.status(loader=LoaderStats(stages=samples.loader_stats().stages[:3])))
        await until(pilot, lambda: len(rig.app.query(StageView)) == 2)


async def test_it_grows_and_shrinks_with_the_height_that_all_panes_share() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(200, 60)) as pilot:
        await told(rig, pilot, samples.twelve_stages())
        pane = rig.app.query_one(PipelinePane)
        assert pane.region.height == 30
        await pilot.resize_terminal(200, 30)
        await until(pilot, lambda: pane.region.height == 16)
        await pilot.resize_terminal(200, 60)
        await until(pilot, lambda: pane.region.height == 30)


# --- Streams ----------------------------------------------------------------------------------


async def test_keys_clicks_and_palette_choose_the_stream() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await told(rig, pilot, samples.loader_stats_with_splits())
        shared = ["files", "sources", "splitter"]
        assert names(rig)[:4] == [*shared, "train_pool"] and len(names(rig)) == 8
        assert "● F1 train   ○ F2 validation   ○ F3 test" in text_of(rig.app)
        assert "test_pool" not in text_of(rig.app)
        await pilot.press("f3")
        await until(pilot, lambda: names(rig)[3] == "test_pool")
        assert names(rig)[:3] == shared and rig.app.board.stream == "test"
        row = text_of(rig.app).splitlines()[1]
        await pilot.click(offset=(row.index("F2"), 1))
        await until(pilot, lambda: names(rig)[3] == "validation_pool")
        assert "○ F1 train   ● F2 validation   ○ F3 test" in text_of(rig.app)
        titles = [each.title for each in rig.app.get_system_commands(rig.app.screen)]
        assert "Show test stream" in titles and "Show next stream" not in titles


async def test_an_output_of_another_name_has_a_key_too() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        stats = samples.loader_stats_with_splits()
        queues = tuple(
            replace(queue, to_stage="holdout") if queue.to_stage == "test" else queue
            for queue in stats.queues
        )
        await told(rig, pilot, replace(stats, queues=queues))
        await pilot.press("f3")
        await pilot.press("f2", "f4")
        await until(pilot, lambda: "○ F2 validation   ● holdout" in text_of(rig.app))
        assert names(rig)[3] == "test_pool"


async def test_with_one_output_there_is_nothing_to_choose() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await told(rig, pilot, samples.loader_stats())
        await pilot.press("f1", "f2", "f4")
        assert rig.app.board.stream is None and len(names(rig)) == 7
        assert "F1" not in text_of(rig.app)
        titles = [each.title for each in rig.app.get_system_commands(rig.app.screen)]
        assert not any("stream" in each for each in titles)


async def test_the_focus_stays_with_a_stage_that_both_streams_have() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await told(rig, pilot, samples.loader_stats_with_splits())
        part(rig, "splitter").focus()
        await pilot.press("f2")
        await until(pilot, lambda: names(rig)[3] == "validation_pool")
        await until(pilot, lambda: part(rig, "splitter").has_focus)


# --- Details ----------------------------------------------------------------------------------


def panel(rig: Rig) -> DetailsPanel:
    return rig.app.screen.query_one(DetailsPanel)


async def test_keys_open_the_details_beside_the_block_and_close_them() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await told(rig, pilot, samples.loader_stats_with_splits())
        part(rig, "train_validator").focus()
        await pilot.pause()
        assert "╔▶…validator╗" in text_of(rig.app), "marked by more than a colour"
        assert not panel(rig).display
        await pilot.press("enter")
        await pilot.pause()
        assert panel(rig).display and "policy sum" in text_of(rig.app)
        assert not panel(rig).region.overlaps(part(rig, "train_validator").region)
        await pilot.press("right")
        await until(pilot, lambda: panel(rig).border_title == "train_unpacker")
        await pilot.press("up")
        await until(pilot, lambda: panel(rig).border_title == "train_pool")
        assert not panel(rig).region.overlaps(part(rig, "train_pool").region)
        await pilot.press("escape")
        await pilot.pause()
        assert not panel(rig).display and part(rig, "train_pool").has_focus


async def test_a_pool_tells_where_its_chunks_come_from_and_scrolls() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await told(rig, pilot, samples.loader_stats_with_splits())
        part(rig, "train_pool").focus()
        await pilot.press("enter")
        await pilot.pause()
        shown = text_of(rig.app)
        for words in ("Chunks by source", "20260101-0817…0937 (9)", "page up/down scrolls"):
            assert words in shown, words
        assert "20260102-0647" not in shown
        await pilot.press("pagedown")
        await pilot.pause()
        assert "20260102-0647…0807 (9)" in text_of(rig.app)


async def test_clicks_open_and_leaving_closes() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await told(rig, pilot, samples.loader_stats())
        await pilot.click(PoolView)
        await pilot.pause()
        assert panel(rig).display and part(rig, "pool").has_focus
        rig.app.screen.query_one("LogView").focus()
        await until(pilot, lambda: not panel(rig).display)


async def test_the_mouse_opens_and_takes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PipelinePane, "HOVER_SECONDS", 0.001)
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await told(rig, pilot, samples.loader_stats())
        await pilot.hover(part(rig, "batches"))
        await until(pilot, lambda: panel(rig).display)
        assert "║load" in text_of(rig.app), "the block is marked without the focus"
        await pilot.hover(panel(rig))
        for _ in range(5):
            await pilot.pause()
        assert panel(rig).display, "the mouse may go there to scroll"
        await pilot.hover("#training")
        await until(pilot, lambda: not panel(rig).display)
        await pilot.hover(part(rig, "files"))
        await until(pilot, lambda: panel(rig).display)
        await pilot.press("escape")
        await until(pilot, lambda: not panel(rig).display)


async def test_details_follow_the_statuses_and_end_with_their_stage() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        stats = samples.loader_stats()
        await told(rig, pilot, stats)
        part(rig, "shuffle").focus()
        await pilot.press("enter")
        reservoir = ReservoirStats(frames=3123, capacity=4000)
        stages = (*stats.stages[:5], replace(stats.stages[5], reservoir=reservoir))
        rig.daemon.say(samples.status(loader=replace(stats, stages=(*stages, stats.stages[6]))))
        await until(pilot, lambda: "3,123/4,000" in text_of(rig.app))
        rig.daemon.say(samples.status(loader=replace(stats, stages=stages[:5])))
        await until(pilot, lambda: not panel(rig).display)


# --- Pictures ---------------------------------------------------------------------------------


def huge() -> LoaderStats:
    """Numbers and names that no loader has."""
    stats = samples.loader_stats()
    most = 2**64 - 1
    long = "a stage with [b]a name[/b] of more than sixty characters, ünïcödé 漢字 too"

    def named(name: str) -> str:
        return long if name == "unpacker" else name

    counter = samples.counter(most, 1e18)
    stages = tuple(
        replace(
            stage,
            name=named(stage.name),
            load=1e9,
            threads=2**32 - 1,
            items=counter,
            positions=counter,
            counters={"bad." + "reason" * 9: counter, "x" * 60 + "_bytes": counter},
        )
        for stage in stats.stages
    )
    queues = tuple(
        replace(
            queue,
            from_stage=named(queue.from_stage),
            to_stage=named(queue.to_stage),
            size=most,
            capacity=most,
            get=samples.counter(most, float("inf")),
            dropped=counter,
        )
        for queue in stats.queues
    )
    pool = stats.stages[2].pool
    assert pool is not None
    share = PoolShare(first_key="k" * 60, last_key="l" * 60, sources=most, chunks=most)
    pool = replace(pool, chunks=most, capacity=most, sources=most, shares=(share,))
    stages = (*stages[:2], replace(stages[2], pool=pool), *stages[3:])
    return replace(stats, stages=stages, queues=queues, chunks_since_anchor=most, anchor="a" * 90)


_SPLITS, _TWELVE = samples.loader_stats_with_splits(), samples.twelve_stages()
# Statistics, size of the terminal, the stage whose details are open.
_PICTURES = {
    "quickstart": (samples.loader_stats(), (100, 30), ""),
    "streams": (_SPLITS, (100, 30), ""),
    "twelve_narrow": (_TWELVE, (80, 24), ""),
    "twelve_normal": (_TWELVE, (100, 30), ""),
    "twelve_large": (_TWELVE, (160, 48), ""),
    "details_stage": (_SPLITS, (100, 30), "train_validator"),
    "details_pool": (_SPLITS, (100, 30), "train_pool"),
    "details_of_a_line": (_TWELVE, (80, 24), "sources"),
    "huge": (huge(), (100, 30), "pool"),
    "empty": (None, (100, 30), ""),
}


class Host(PaneHost):
    """Nothing has the focus until a test gives it."""

    AUTO_FOCUS = None


@pytest.mark.parametrize("name", _PICTURES)
def test_picture(snap_compare, name: str) -> None:  # type: ignore[no-untyped-def]
    stats, size, focused = _PICTURES[name]
    pane = PipelinePane()

    async def fill(pilot: Pilot[Any]) -> None:
        board = Dashboard()
        board.take_status(samples.status(loader=stats))
        pane.show(board)
        await until(pilot, lambda: bool(pane.query(Part)) or stats is None)
        if focused:
            next(each for each in pane.query(Part) if each.stage_name == focused).focus()
            await pilot.press("enter")
        await pilot.pause()

    assert snap_compare(Host(pane), terminal_size=size, run_before=fill)
