"""The whole screen: every size, every theme, every state; what redraws and what does not."""

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from lczero_training.schema import messages as schema
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples
from lczero_training.tui.header import HeaderBar
from lczero_training.tui.key_bar import KeyBar
from lczero_training.tui.logs import LogPane
from lczero_training.tui.state import Link
from lczero_training.tui.testing import Rig, text_of, until
from lczero_training.tui.theme import THEMES

_SIZES = [(100, 30), (20, 5), (0, 0), (1, 1), (200, 60), (80, 24), (5, 40), (300, 3), (160, 48)]
_KEYS = {
    "dashboard": [],
    "help": ["question_mark"],
    "stop": ["x"],
    "quit": ["q"],
    "search": ["slash", "a"],
    "palette": ["ctrl+p"],
}


@pytest.mark.parametrize("keys", _KEYS.values(), ids=_KEYS)
async def test_any_size_will_do(keys: list[str]) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await rig.play_session(pilot)
        await pilot.press(*keys)
        for width, height in _SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            rig.daemon.say(samples.status(training=samples.progress(width + 1000)))
            rig.daemon.log(f"line {width}")
        await pilot.pause()
        assert rig.app.is_running


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (100, 30), (160, 48), (200, 60)])
async def test_header_and_keys_are_always_there(size: tuple[int, int]) -> None:
    rig = Rig()
    async with rig.app.run_test(size=size) as pilot:
        await rig.play_session(pilot)
        rows = text_of(rig.app).splitlines()
        assert "TRAINING" in rows[0] or size[0] < 24
        assert rig.app.screen.query_one(HeaderBar).region.y == 0
        assert rig.app.screen.query_one(KeyBar).region.bottom == size[1]
        assert " p " in rows[-1]


async def test_a_narrow_page_scrolls_to_everything() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(80, 24)) as pilot:
        await rig.play_session(pilot)
        main = rig.app.screen.query_one("#main")
        assert main.max_scroll_y > 0
        assert main.scroll_y == 0 and "Data pipeline" in text_of(rig.app)
        await pilot.press("end")
        await until(pilot, lambda: "═ Log ═" in text_of(rig.app))
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: rig.app.focused is rig.app.screen.query_one(LogPane).view)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
async def test_keys_are_shown_whole_or_not_at_all(width: int) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await rig.play_session(pilot)
        await pilot.resize_terminal(width, 30)
        await pilot.pause()
        await pilot.pause()
        bar = rig.app.screen.query_one(KeyBar)
        regions = [key.region for key in bar.children]
        assert regions
        assert max(region.right for region in regions) <= width or width < 80
        row = text_of(rig.app).splitlines()[-1]
        assert ("v Level" in row) is (width >= 100)
        assert ("q Quit" in row and "? Help" in row) or width < 60


async def settled(rig: Rig, pilot: Pilot[Any], status: schema.TrainingStatus) -> None:
    """Says the status until what is smoothed does not move any more."""
    for _ in range(30):
        rig.daemon.say(status)
        await pilot.pause()


@pytest.mark.parametrize(
    "status",
    [samples.session()[-1], samples.status(DaemonState.IDLE)],
    ids=["training", "idle"],
)
async def test_an_equal_status_redraws_nothing_and_a_like_one_no_layout(
    status: schema.TrainingStatus, refreshed: list[tuple[Widget, bool]]
) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(160, 48)) as pilot:
        await rig.play_session(pilot)
        await settled(rig, pilot, status)
        refreshed.clear()
        rig.daemon.say(status)
        await pilot.pause()
        await pilot.pause()
        assert [widget for widget, _ in refreshed] == []
        rig.daemon.say(replace(status, uptime_seconds=status.uptime_seconds + 1))
        await until(pilot, lambda: bool(refreshed))
        assert {type(widget) for widget, _ in refreshed} == {HeaderBar}


async def test_a_further_step_makes_no_layout(refreshed: list[tuple[Widget, bool]]) -> None:
    rig = Rig()
    status = samples.session()[-1]
    async with rig.app.run_test(size=(160, 48)) as pilot:
        await rig.play_session(pilot)
        await settled(rig, pilot, status)
        refreshed.clear()
        later = replace(status, training=samples.progress(536, 136))
        rig.daemon.say(later)
        await until(pilot, lambda: rig.app.board.status == later)
        await pilot.pause()
        assert refreshed
        assert [widget for widget, layout in refreshed if layout] == []


@pytest.fixture
def refreshed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Widget, bool]]:
    """Each widget that asks to be drawn anew, and whether it asks for a layout too."""
    asked: list[tuple[Widget, bool]] = []
    plain_refresh = Widget.refresh

    def refresh(self: Widget, *regions: Any, **options: Any) -> Widget:
        asked.append((self, bool(options.get("layout") or options.get("recompose"))))
        return plain_refresh(self, *regions, **options)

    monkeypatch.setattr(Widget, "refresh", refresh)
    return asked


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_can_be_chosen(theme: str) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await rig.play_session(pilot)
        for _ in range(list(THEMES).index(theme)):
            await pilot.press("t")
        assert rig.app.theme == theme
        assert set(rig.app.available_themes) == set(THEMES)
        background = rig.app.screen.query_one(LogPane).background_colors[1]
        surface = THEMES[theme].surface
        assert surface is not None and background.hex.lower() == surface


# --- Pictures -----------------------------------------------------------------------------

_STATES = {
    "starting": None,
    "waiting": DaemonState.WAITING_FOR_DATA,
    "exporting": DaemonState.EXPORTING,
    "error": DaemonState.ERROR,
}


@pytest.mark.parametrize("state", _STATES.values(), ids=_STATES)
def test_picture_of_a_state(snap_compare, state: DaemonState | None) -> None:  # type: ignore[no-untyped-def]
    rig = Rig()

    async def come_to_it(pilot: Pilot[Any]) -> None:
        if state is None:
            rig.app.board.link = Link.STARTING
            return
        if state is DaemonState.EXPORTING:
            await rig.play_session(pilot)
        if state is DaemonState.ERROR:
            rig.daemon.log("2026-01-01 08:17:31,440 ERROR daemon: session failed: disk full")
        rig.daemon.say(_status(state))
        await until(pilot, lambda: rig.app.board.state == state)
        await pilot.pause()

    assert snap_compare(rig.app, terminal_size=(100, 30), run_before=come_to_it)


def _status(state: DaemonState) -> schema.TrainingStatus:
    if state is DaemonState.ERROR:
        return replace(samples.status(state), problems={"SESSION_FAILED": 1})
    if state is DaemonState.EXPORTING:
        return samples.status(
            state,
            training=samples.progress(),
            loader=samples.loader_stats(),
            networks=samples.NETWORKS,
        )
    return samples.status(state, loader=samples.loader_stats())


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])
def test_picture_of_a_size(snap_compare, size: tuple[int, int]) -> None:  # type: ignore[no-untyped-def]
    rig = Rig()
    assert snap_compare(rig.app, terminal_size=size, run_before=rig.play_session)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_picture_of_a_theme(snap_compare, theme: str) -> None:  # type: ignore[no-untyped-def]
    rig = Rig()

    async def choose(pilot: Pilot[Any]) -> None:
        await rig.play_session(pilot)
        rig.app.theme = theme
        await pilot.pause()

    assert snap_compare(rig.app, terminal_size=(100, 30), run_before=choose)
