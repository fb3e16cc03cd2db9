import pytest

from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples
from lczero_training.tui.header import HeaderBar, headline
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
    assert "PAUSED" in headline(board).badge
    board.link = Link.STOPPING
    assert "STOPPING" in headline(board).badge
    board.take_exit("ended with signal SIGKILL", (), clean=False)
    assert "DAEMON GONE" in headline(board).badge


@pytest.mark.parametrize("width", [0, 1, 10, 30, 60])
def test_figures_give_way_to_the_state(width: int) -> None:
    board = Dashboard()
    board.take_status(samples.status(training=samples.progress()))
    drawn = HeaderBar().draw(headline(board), width, 1).plain
    assert "TRAINING" in drawn
    assert len(drawn) <= max(width, len("quickstart  ▶ TRAINING "))


def test_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    board = Dashboard()
    board.take_status(samples.status(training=samples.progress()))
    bar = HeaderBar()
    bar.value = headline(board)
    assert snap_compare(PaneHost(bar), terminal_size=(100, 2))
