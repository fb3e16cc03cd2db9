import math
import re
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples
from lczero_training.tui.history import TOTAL_LOSS
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.testing import PaneHost, Rig, text_of, until
from lczero_training.tui.training import TrainingPane
from lczero_training.tui.training_views import (
    MetricsView,
    Progress,
    ProgressView,
    loss_series,
    metric_series,
    progress,
)


async def test_a_run_reaches_the_pane() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(160, 48)) as pilot:
        await rig.play_session(pilot)
        names = [series.name for series in rig.app.query_one(MetricsView).value]
        assert names == [
            "movesleft/main",
            "policy/vanilla",
            "value/winner",
            "policy/vanilla/accuracy",
            "value/winner/accuracy",
            "gradient_norm",
        ]
        shown = text_of(rig.app)
        for text in (
            "Step 123 / 200",
            "62 %  lr 0.002",
            "steps 1.3/s  pos 163/s",
            "spent 1:37  left 1:01",
            "Next network",
            "34 / 60 chunks",
            "quickstart-00000400.pb.gz  …",
            "runs/quickstart/networks",
            "1.3 MB  ⇩ saved",
        ):
            assert text in shown
        assert re.search(r"policy/vanilla +1\.9393 █", shown)


async def test_losses_that_are_no_numbers_are_shown_as_such() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        training = replace(
            samples.progress(),
            total_loss=math.nan,
            metrics={"policy/vanilla": math.inf, "nonfinite_steps": 2.0},
        )
        rig.daemon.say(samples.status(training=training))
        await until(pilot, lambda: "inf" in text_of(rig.app))
        assert re.search(r"policy/vanilla +inf", text_of(rig.app))
        assert re.search(r"nonfinite ste… +2\.0", text_of(rig.app))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (DaemonState.STATE_UNSPECIFIED, "Starting the daemon"),
        (DaemonState.IDLE, "Press s to start"),
        (DaemonState.WAITING_FOR_DATA, "Waiting for games"),
        (DaemonState.TRAINING, "Compiling"),
        (DaemonState.EXPORTING, "No step"),
        (DaemonState.ERROR, "see the log"),
    ],
)
def test_before_the_first_step_it_says_what_goes_on(state: DaemonState, words: str) -> None:
    view = ProgressView(Progress())
    assert words in view.draw(Progress(state=state, link=Link.UP), 60, 3).plain


def test_after_a_resume_no_loss_is_shown_before_one_is_measured() -> None:
    board = Dashboard()
    resumed = replace(samples.progress(), metrics={}, total_loss=0.0)
    board.take_status(samples.status(training=resumed))
    assert loss_series(board) is None
    assert board.history.points(TOTAL_LOSS) == []
    assert "Compiling" in ProgressView(Progress()).draw(progress(board), 60, 3).plain


def test_metrics_without_room_are_counted() -> None:
    board = Dashboard()
    metrics = {f"policy/head{number}": 1.0 for number in range(20)}
    board.take_status(samples.status(training=replace(samples.progress(), metrics=metrics)))
    drawn = MetricsView(()).draw(metric_series(board), 80, 3).plain.split("\n")
    assert len(drawn) == 3 and drawn[-1].endswith("… 15 more")


def test_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    pane = TrainingPane()

    async def fill(pilot: Pilot[Any]) -> None:
        board = Dashboard()
        for status in samples.session():
            board.take_status(status)
        pane.show(board)
        await pilot.pause()

    assert snap_compare(PaneHost(pane), terminal_size=(55, 12), run_before=fill)
