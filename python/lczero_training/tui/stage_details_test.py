"""What the details say and where they stand, without a terminal."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region

from lczero_training.schema.loader_stats import (
    DiscoveryStats,
    FrameCacheStats,
    LoaderStats,
    PoolShare,
    PoolStats,
    StageStats,
)
from lczero_training.tui import samples
from lczero_training.tui.smoothing import Flow, Smoother
from lczero_training.tui.stage_details import Details, details, verdict
from lczero_training.tui.stage_details_choice import DetailsChoice
from lczero_training.tui.stage_details_place import place
from lczero_training.tui.stage_details_shares import shares
from lczero_training.tui.stage_details_view import picture
from lczero_training.tui.stage_view import stage_figures


def flow(stats: LoaderStats) -> Flow:
    shown = Smoother().take(samples.status(loader=stats))
    assert shown is not None
    return shown


def of(stats: LoaderStats, name: str) -> Details:
    found = details(flow(stats), name, None)
    assert found is not None
    return found


def text(value: Details, width: int = 62) -> str:
    return "\n".join(row.plain for row in picture(value, width))


def test_a_stage_tells_its_time_its_output_what_was_bad_and_its_queues() -> None:
    shown = text(of(samples.loader_stats_with_splits(), "train_validator"))
    for words in (
        "kind            chunk_validator",
        "0.3/1 threads",
        "31 %     7:28:13",
        "46 %    11:05:06",
        "✖ 244 = 0.00012 % of 209,077,384",
        "87 %",
        "from train_pool",
        "to train_unpacker",
        "put 209M 2.4k/s  got 209M 2.4k/s",
    ):
        assert words in shown, words
    assert "mostly" not in shown, "nothing takes half of the time"


def test_a_splitter_shows_the_queues_of_all_streams() -> None:
    splitter = of(samples.loader_stats_with_splits(), "splitter")
    assert [each.queue.to_stage for each in splitter.outputs] == [
        "train_pool",
        "validation_pool",
        "test_pool",
    ]
    assert [each.queue.from_stage for each in splitter.inputs] == ["sources"]


def test_counters_have_their_units() -> None:
    stage = StageStats(
        name="s",
        counters={
            "read_bytes": samples.counter(8_412_160, 2_000_000.0),
            "stalled_seconds": samples.counter(75, 0.5),
            "notices": samples.counter(3, 0.1),
        },
    )
    shown = text(of(LoaderStats(stages=(stage,)), "s"))
    for words in ("8.4 MB     2.0 MB/s", "1:15", "notices                 3        0.1/s"):
        assert words in shown, words


def test_a_frame_cache_shows_memory_and_file() -> None:
    cache = FrameCacheStats(
        chunks=1234, used_bytes=3_200_000_000, capacity_bytes=8_000_000_000, spilled_chunks=5678
    )

    def shown(cache: FrameCacheStats) -> str:
        stage = StageStats(name="pool", pool=PoolStats(cache=cache))
        return text(of(LoaderStats(stages=(stage,)), "pool"))

    alone = shown(cache)
    for words in ("Frame cache ─", "memory", "3.2 GB/8.0 GB 40 %", "1,234 games"):
        assert words in alone, words
    assert "file" not in alone
    both = replace(cache, spilled_bytes=10_000_000_000, spill_capacity_bytes=20_000_000_000)
    for words in ("10.0 GB/20.0 GB 50 %", "5,678 games"):
        assert words in shown(both), words
    assert "✖" not in shown(both)
    assert "✖ the file failed, see the log" in shown(replace(both, spill_failures=1))


@pytest.mark.parametrize(
    ("discovery", "words"),
    [
        (DiscoveryStats(quiet_seconds=3723.5), "no file for       1:02:03"),
        (DiscoveryStats(quiet_seconds=0.0), "no file for          0:00"),
        (DiscoveryStats(), None),
        (None, None),
    ],
)
def test_discovery_shows_for_how_long_no_file_came(
    discovery: DiscoveryStats | None, words: str | None
) -> None:
    stage = StageStats(name="files", kind="file_discovery", discovery=discovery)
    assert ("quiet" in [label for label, _, _ in stage_figures(stage)]) == (words is not None)
    shown = text(of(LoaderStats(stages=(stage,)), "files"))
    assert (words or "kind") in shown
    assert ("no file" in shown) == (words is not None)


def test_of_an_unknown_stage_there_are_none() -> None:
    assert details(flow(samples.loader_stats()), "nobody", None) is None


@pytest.mark.parametrize(
    ("busy", "waits_in", "waits_out", "words"),
    [
        (6, 2, 2, "mostly at work"),
        (2, 6, 2, "mostly waits for input"),
        (2, 2, 6, "mostly waits for room"),
        (4, 4, 2, ""),
        (0, 0, 0, ""),
    ],
)
def test_the_verdict_needs_half_of_the_time(
    busy: float, waits_in: float, waits_out: float, words: str
) -> None:
    stage = StageStats(
        busy_seconds=busy, input_wait_seconds=waits_in, output_wait_seconds=waits_out
    )
    assert verdict(Details(stage=stage)) == words


def test_shares_of_time_are_of_all_threads() -> None:
    stage = StageStats(name="s", threads=4, busy_seconds=10.0)
    assert Details(stage=stage, loader_uptime_seconds=20.0).thread_seconds == 80.0
    late = replace(stage, input_wait_seconds=71.0)
    assert Details(stage=late, loader_uptime_seconds=20.0).thread_seconds == 81.0


def window(*ranges: tuple[str, str, int]) -> PoolStats:
    parts = tuple(
        PoolShare(first_key=first, last_key=last, sources=2, chunks=chunks)
        for first, last, chunks in ranges
    )
    return PoolStats(chunks=sum(chunks for *_, chunks in ranges), shares=parts)


def test_a_share_shows_where_its_keys_differ() -> None:
    pool = window(
        ("run1-20260101-0817.tar", "run1-20260101-0937.tar", 300),
        ("run1-20260102-0000.tar", "run1-20260102-0000.tar", 100),
    )
    drawn = [row.plain for row in shares(pool, 46)]
    assert drawn[0].strip() == "run1-….tar (number of sources)"
    assert drawn[1].startswith("20260101-0817…0937 (2)") and drawn[1].endswith("300  75 %")
    assert drawn[2].startswith("20260102-0000 ") and drawn[2].endswith("100  25 %")
    assert drawn[1].count("█") > 2 * drawn[2].count("█") > 0


def test_shares_of_any_keys_are_drawn_in_their_width() -> None:
    assert shares(PoolStats(), 46) == []
    pool = window(("", "", 0), ("x" * 60, "[b]\x1b" * 9, 10**15))
    for width in (0, 7, 46, 200):
        assert all(row.cell_length == width for row in shares(pool, width))
    same = window(("a", "a", 1))
    assert shares(same, 30)[0].plain.startswith("a ")


SIDE = st.integers(0, 210)


@given(SIDE, st.integers(0, 60), st.integers(1, 210), st.integers(1, 8), st.integers(0, 80))
def test_the_panel_never_hides_its_block(
    x: int, y: int, width: int, height: int, rows: int
) -> None:
    screen = Region(0, 1, 210, 58)
    block = Region(x, y, width, height)
    panel = place(block, screen, lambda columns: rows)
    assert not panel.overlaps(block)
    assert not panel.area or screen.contains_region(panel)


def test_the_panel_takes_the_first_place_where_all_is_seen() -> None:
    screen = Region(0, 1, 100, 28)
    assert place(Region(10, 2, 13, 5), screen, lambda columns: 10) == Region(10, 7, 66, 12)
    assert place(Region(90, 2, 9, 5), screen, lambda columns: 10) == Region(34, 7, 66, 12)
    assert place(Region(10, 2, 13, 5), screen, lambda columns: 25) == Region(23, 2, 66, 27)
    assert place(Region(0, 20, 100, 5), screen, lambda columns: 10) == Region(0, 8, 66, 12)
    # Two columns of rows where one is too long.
    wide = place(Region(0, 8, 100, 4), screen, lambda columns: 30 if columns < 90 else 15)
    assert wide == Region(0, 12, 100, 17)


def test_what_was_asked_for_stays_and_what_the_mouse_opened_goes() -> None:
    choice = DetailsChoice()
    choice.hover("a")
    choice.focus("b")
    assert choice.name == "a", "the focus moves nothing that the mouse has opened"
    choice.hover(None)
    assert choice.name is None
    choice.hover("a")
    choice.toggle("a")
    choice.hover(None)
    assert choice.name == "a", "a click keeps what the mouse had opened"
    choice.hover("b")
    choice.focus("c")
    assert choice.name == "c", "and it follows the focus"
    choice.toggle("c")
    assert choice.name is None
    choice.toggle("c")
    choice.focus(None)
    assert choice.name is None
