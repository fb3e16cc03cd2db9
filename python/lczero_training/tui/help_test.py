"""The help: everything that a key does is in it; pictures of it and of the dialogs."""

from typing import Any

import pytest
from textual.pilot import Pilot

from lczero_training.schema.messages import DaemonState
from lczero_training.tui import header
from lczero_training.tui.controls import CONTROLS, LOG_CONTROLS
from lczero_training.tui.help_screen import HelpScreen
from lczero_training.tui.help_text import balanced, draw, sections
from lczero_training.tui.testing import Rig, text_of, until


def plain(width: int) -> str:
    return "\n".join(row.plain for row in draw(sections(), width))


def test_every_key_and_every_state_is_in_it() -> None:
    text = plain(200)
    for control in (*CONTROLS, *LOG_CONTROLS):
        assert f"  {control.title}: {control.help[0].lower()}{control.help[1:]}" in text
    for state in DaemonState:
        assert header.STATES[state].words in text


@pytest.mark.parametrize("width", [0, 1, 5, 20, 60, 109])
def test_any_width_will_do(width: int) -> None:
    assert all(row.cell_length <= max(width, 0) for row in draw(sections(), width))


def test_columns_are_even() -> None:
    rows = balanced(sections(), 140)
    assert {row.cell_length for row in rows} == {139}
    assert len(rows) < 0.65 * len(draw(sections(), 68))


@pytest.mark.parametrize("key", ["escape", "question_mark", "q", "enter"])
async def test_opens_and_closes(key: str) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(rig.app.screen, HelpScreen))
        assert "Start now: train the next network" in text_of(rig.app)
        await pilot.press("end")
        await until(pilot, lambda: "Other signs" in text_of(rig.app))
        await pilot.press(key)
        await until(pilot, lambda: not isinstance(rig.app.screen, HelpScreen))
        assert rig.sent() == []


def test_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    rig = Rig()

    async def ask(pilot: Pilot[Any]) -> None:
        await pilot.press("question_mark")
        await pilot.pause()

    assert snap_compare(rig.app, terminal_size=(100, 30), run_before=ask)
