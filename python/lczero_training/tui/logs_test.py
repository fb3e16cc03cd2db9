from typing import Any

from textual.pilot import Pilot

from lczero_training.client.events import LogLine
from lczero_training.tui import samples
from lczero_training.tui.logs import LogPane
from lczero_training.tui.paint import safe
from lczero_training.tui.state import LOG_LINES
from lczero_training.tui.testing import PaneHost, Rig, text_of, until


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
        for number in range(LOG_LINES + 20):
            pane.show(LogLine(f"line {number}", "info"))
        await pilot.pause()
        assert f"line {LOG_LINES + 20 - 1}" in text_of(pilot.app)
        assert f"lines {LOG_LINES}" in str(pane.border_subtitle)
        pane.scroll_to(y=100, animate=False, immediate=True)
        await pilot.pause()
        pane.show(LogLine("another", "info"))
        await pilot.pause()
        assert not pane.is_vertical_scroll_end


async def test_wraps_anew_when_resized() -> None:
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(60, 12)) as pilot:
        pane.show(LogLine("x" * 100, "info"))
        await until(pilot, lambda: len(pane.lines) >= 2)
        await pilot.resize_terminal(160, 12)
        await until(pilot, lambda: len(pane.lines) == 1)


def test_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    pane = LogPane()

    async def fill(pilot: Pilot[Any]) -> None:
        for line in samples.LOG:
            pane.show(LogLine(safe(line.text), line.level))
        await pilot.pause()

    assert snap_compare(PaneHost(pane), terminal_size=(60, 14), run_before=fill)
