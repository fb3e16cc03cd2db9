import re
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from lczero_training.client.events import LogLine
from lczero_training.tui import samples
from lczero_training.tui.log_lines import presentable
from lczero_training.tui.logs import LogPane
from lczero_training.tui.state import LOG_LINES
from lczero_training.tui.testing import PaneHost, Rig, text_of, until


def numbered(start: int, end: int, level: str = "info") -> list[LogLine]:
    return [LogLine(f"line {number}", level) for number in range(start, end)]


def subtitle(pane: LogPane) -> str:
    return str(pane._border_subtitle)


def count_of_hits(pane: LogPane) -> str:
    return str(pane.query_one("#log-hits").render()).strip()


async def test_lines_reach_the_pane_as_text() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(160, 48)) as pilot:
        rig.daemon.log(
            "2026-01-01 08:17:09,002 WARNING lczero_training.train: [b]bold[/b] \x1b[2J\x07"
        )
        rig.daemon.garble("not a notification")
        await until(pilot, lambda: len(rig.app.board.log) == 2)
        await until(pilot, lambda: "! 08:17:09 train: [b]bold[/b] ␇" in text_of(rig.app))
        assert "! protocol: not a notification" in text_of(rig.app)
        assert [line.level for line in rig.app.board.log] == ["warning", "warning"]


async def test_keeps_the_last_lines_and_follows_them_unless_scrolled_up() -> None:
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(60, 12)) as pilot:
        pane.add(numbered(0, LOG_LINES + 20))
        await until(pilot, lambda: f"line {LOG_LINES + 19}" in text_of(pilot.app))
        assert f"{LOG_LINES:,} lines" in subtitle(pane)
        pane.view.focus()
        await pilot.press("home")
        await until(pilot, lambda: pane.view.held and "line 20" in text_of(pilot.app))
        pane.add(numbered(5000, 5012, "error"))
        await until(pilot, lambda: "+12 new" in subtitle(pane))
        await pilot.press("end")
        await until(pilot, lambda: "line 5011" in text_of(pilot.app))
        assert not pane.view.held and "new" not in subtitle(pane)


async def test_held_it_shows_the_same_lines_until_they_are_dropped() -> None:
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(60, 12)) as pilot:
        pane.add(numbered(0, LOG_LINES))
        await until(pilot, lambda: f"line {LOG_LINES - 1}" in text_of(pilot.app))
        pane.toggle_hold()
        before = re.findall(r"line \d+", text_of(pilot.app))
        pane.add(numbered(LOG_LINES, LOG_LINES + 300))
        await until(pilot, lambda: "+300 new" in subtitle(pane))
        assert re.findall(r"line \d+", text_of(pilot.app)) == before != []
        pane.add(numbered(LOG_LINES + 300, LOG_LINES + 2000))
        await until(pilot, lambda: "+2,000 new" in subtitle(pane))
        assert f"line {LOG_LINES + 1000}" in text_of(pilot.app)
        pane.toggle_hold()
        await until(pilot, lambda: f"line {LOG_LINES + 1999}" in text_of(pilot.app))


async def test_the_wheel_holds_too() -> None:
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(60, 12)) as pilot:
        pane.add(numbered(0, 100))
        await until(pilot, lambda: "line 99" in text_of(pilot.app))
        pane.view.scroll_up(animate=False, immediate=True)
        assert pane.view.held
        pane.view.scroll_down(animate=False, immediate=True)
        assert not pane.view.held


async def test_wraps_anew_when_resized() -> None:
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(60, 12)) as pilot:
        pane.add([LogLine("x" * 100, "info")])
        await until(pilot, lambda: len(pane.view.model.rows) == 2)
        await pilot.resize_terminal(160, 12)
        await until(pilot, lambda: len(pane.view.model.rows) == 1)


async def test_a_flood_costs_a_few_batches_and_one_line_each_of_what_is_kept() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        pane = rig.app.screen.query_one(LogPane)
        before = pane.batches
        for number in range(5000):
            rig.daemon.log(f"line {number}")
        await until(pilot, lambda: "line 4999" in text_of(rig.app))
        assert pane.batches - before <= 5000 / 50
        assert len(pane.view.model) == LOG_LINES


async def test_v_filters_by_level_and_says_so() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(160, 48)) as pilot:
        await rig.play_session(pilot)
        pane = rig.app.screen.query_one(LogPane)
        assert "7 lines" in subtitle(pane)
        seen = []
        for _ in range(4):
            await pilot.press("v")
            await pilot.pause()
            seen.append((subtitle(pane).split("  ")[:2], len(list(pane.view.model.visible()))))
        assert seen == [
            (["1 of 7 hidden", "info+"], 6),
            (["5 of 7 hidden", "warnings+"], 2),
            (["6 of 7 hidden", "errors"], 1),
            (["7 lines", "all"], 7),
        ]


async def test_search_while_typing_from_hit_to_hit_and_away() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        for number in range(60):
            rig.daemon.log(f"line {number}")
        await until(pilot, lambda: "line 59" in text_of(rig.app))
        pane = rig.app.screen.query_one(LogPane)
        await pilot.press("slash", *"LINE")
        await until(pilot, lambda: count_of_hits(pane) == "60/60")
        await pilot.press("space", "3")
        await until(pilot, lambda: count_of_hits(pane) == "11/11")
        await pilot.press("enter", "N", "N")
        await until(pilot, lambda: count_of_hits(pane) == "9/11")
        assert " ▸line 37" in text_of(rig.app) and pane.view.held
        await pilot.press("n", "n", "n")
        await until(pilot, lambda: count_of_hits(pane) == "1/11")
        assert " ▸line 3 " in text_of(rig.app)
        await pilot.press("escape")
        await until(pilot, lambda: not pane.searching)
        assert "▸line" not in text_of(rig.app) and not pane.view.search.active
        # n is a key of the search only.
        await pilot.press("n")
        assert pane.view.search.current is None


async def test_search_and_filter_together() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(160, 48)) as pilot:
        await rig.play_session(pilot)
        pane = rig.app.screen.query_one(LogPane)
        await pilot.press("slash", *"08", "enter")
        await until(pilot, lambda: count_of_hits(pane) == "6/6")
        await pilot.press("v", "v")
        await until(pilot, lambda: count_of_hits(pane) == "0/2" or count_of_hits(pane) == "2/2")
        await pilot.press("slash", *"nowhere")
        await until(pilot, lambda: count_of_hits(pane) == "not found")
        await pilot.press("escape")
        await until(pilot, lambda: not pane.searching)


@pytest.mark.parametrize(
    ("keys", "copied", "told"),
    [
        (["y"], samples.LOG[-1].text, "the last line shown"),
        (["slash", *"server", "enter", "y"], samples.LOG[5].text, "the line found"),
        (["v", "v", "v", "Y"], samples.LOG[5].text, "1 lines"),
        (["v", "v", "Y"], f"{samples.LOG[2].text}\n{samples.LOG[5].text}", "2 lines"),
    ],
)
async def test_copies(keys: list[str], copied: str, told: str) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(160, 48)) as pilot:
        await rig.play_session(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        expected = "\n".join(presentable(LogLine(each, "info")).text for each in copied.split("\n"))
        assert rig.app.clipboard == expected
        assert any(told in each.message for each in rig.app._notifications)


async def test_copying_nothing_is_told() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await pilot.press("y", "Y")
        assert rig.app.clipboard == "" and len(rig.app._notifications) == 2


async def test_the_mouse_selects_text_over_wrapped_lines() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        rig.daemon.log("alpha " * 12 + "omega")
        rig.daemon.log("second line")
        await until(pilot, lambda: "second line" in text_of(rig.app))
        view = rig.app.screen.query_one(LogPane).view
        await pilot.mouse_down(view, offset=(8, 0))
        await pilot.hover(view, offset=(7, len(view.model.rows) - 1))
        await pilot.mouse_up(view, offset=(7, len(view.model.rows) - 1))
        await pilot.press("y")
        assert rig.app.clipboard == "alpha " * 11 + "omega\nsecond"


def test_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    pane = LogPane()

    async def fill(pilot: Pilot[Any]) -> None:
        pane.add([presentable(line) for line in samples.LOG])
        await pilot.pause()

    assert snap_compare(PaneHost(pane), terminal_size=(60, 14), run_before=fill)


def test_picture_of_a_search(snap_compare) -> None:  # type: ignore[no-untyped-def]
    pane = LogPane()

    async def search(pilot: Pilot[Any]) -> None:
        pane.add([presentable(line) for line in samples.LOG])
        pane.next_filter()
        pane.open_search()
        pane.query_one(Input).cursor_blink = False
        await pilot.press(*"08:17")
        pane.find_next(-1)
        pane.add(numbered(0, 12))
        await pilot.pause()

    assert snap_compare(PaneHost(pane), terminal_size=(60, 14), run_before=search)
