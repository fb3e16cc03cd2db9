from dataclasses import replace

import pytest

from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples
from lczero_training.tui.header import GONE, PAUSED, HeaderBar, headline
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.testing import PaneHost, Rig, text_of, until


async def test_a_status_reaches_the_header() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        assert "STARTING" in text_of(rig.app)
        rig.daemon.say(samples.status(training=samples.progress()))
        await until(pilot, lambda: rig.app.board.state == DaemonState.TRAINING)
        header = rig.app.query_one(HeaderBar)
        assert header.value.network == 3
        for shown in ("quickstart", "TRAINING", "up 12:34", "step 523", "pos 163/s", "on cpu"):
            assert shown in header.render().plain


def test_states_that_the_daemon_does_not_tell() -> None:
    board = Dashboard()
    board.take_status(samples.status(paused=True))
    assert headline(board).badge == PAUSED
    board.link = Link.STOPPING
    assert headline(board).badge.words == "STOPPING"
    board.take_exit("ended with signal SIGKILL", (), clean=False)
    assert headline(board).badge == GONE


@pytest.mark.parametrize("width", [0, 1, 10, 30, 60, 100])
@pytest.mark.parametrize("name", ["", "quickstart", "a-name-of-60-cells-" * 3])
def test_figures_and_then_the_name_give_way_to_the_state(name: str, width: int) -> None:
    board = Dashboard(source="ssh host")
    status = samples.status(training=samples.progress())
    board.take_status(replace(status, name=name, problems={"UPLOAD_FAILED": 3}))
    drawn = HeaderBar().draw(headline(board), width, 1).plain
    assert len(drawn) <= width
    assert "▶ TRAINING"[: max(width - 2, 0)] in drawn
    assert ("! 3" in drawn and "ssh host" in drawn) is (width >= 30)


def test_problems_and_source_are_badges() -> None:
    board = Dashboard(source="replay [b]4x")
    board.take_status(replace(samples.status(), problems={"UPLOAD_FAILED": 1200, "X": 34}))
    assert " ! 1,234 " in HeaderBar().draw(headline(board), 100, 1).plain
    assert " replay [b]4x " in HeaderBar().draw(headline(board), 100, 1).plain
    board.take_status(samples.status())
    assert "!" not in HeaderBar().draw(headline(board), 100, 1).plain


def test_a_dead_daemon_has_no_speed() -> None:
    board = Dashboard()
    board.take_status(samples.status(training=samples.progress()))
    assert headline(board).positions_per_second is not None
    board.take_exit("ended with exit code 1", (), clean=False)
    assert headline(board).positions_per_second is None


def test_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    board = Dashboard()
    board.take_status(samples.status(training=samples.progress()))
    bar = HeaderBar()
    bar.value = headline(board)
    assert snap_compare(PaneHost(bar), terminal_size=(100, 2))
