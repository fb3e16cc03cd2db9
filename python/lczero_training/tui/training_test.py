"""The pane as a whole: from the daemon's messages to the screen, in good and in bad hours."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Digits

from lczero_training.schema import messages as schema
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples, samples_training
from lczero_training.tui.history import TOTAL_LOSS
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.testing import PaneHost, Rig, text_of, until
from lczero_training.tui.training import TrainingPane
from lczero_training.tui.training_facts import Facts, FactsView, facts, facts_rows
from lczero_training.tui.training_metrics import MetricsView, total_loss
from lczero_training.tui.training_progress import Progress, ProgressView, progress


def board_of(statuses: Sequence[schema.TrainingStatus]) -> Dashboard:
    board = Dashboard()
    board.link = Link.UP
    for status in statuses:
        board.take_status(status)
    return board


async def test_a_run_reaches_the_pane() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(160, 48)) as pilot:
        await rig.play_session(pilot)
        names = [metric.name for metric in rig.app.screen.query_one(MetricsView).value]
        assert names == [
            "policy/vanilla",
            "value/winner",
            "movesleft/main",
            "policy/vanilla/accuracy",
            "value/winner/accuracy",
            "gradient_norm",
        ]
        shown = text_of(rig.app)
        for text in (
            "Step 123 / 200",
            "62 %",
            "lr 0.002",
            "daemon memory 812 MB",
            "steps 1.3/s  pos 163/s",
            "spent 1:37  left 1:01",
            "quickstart-00000400.pb.gz",
            "⇩ saved",
        ):
            assert text in shown
        assert re.search(r"policy/vanilla +1\.9393 .*█", shown)


async def test_held_out_values_device_memory_and_troubles_reach_the_pane() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(200, 60)) as pilot:
        rig.daemon.say(samples_training.in_trouble())
        await until(pilot, lambda: rig.app.board.status is not None)
        await pilot.pause()
        assert rig.app.board.status == samples_training.in_trouble()
        shown = text_of(rig.app)
        for text in (
            "(val 1.9465 test 1.9843)",
            "val 2.8931",
            "41.2 GB / 80.0 GB  peak 63.1 GB",
            "✖ 2 networks not written yet",
            "✖ 1 network parked",
            "! Upload fails: 3 networks waiting, next try in 0:42",
            "https://training.example: [red]503[/] Service Unavailable",
            "uploads failed 12 · exports failed 3 · sun flare 1 · uploads refused 1",
        ):
            assert text in shown


async def test_what_is_new_takes_its_room_and_gives_it_back() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        rig.daemon.say(samples_training.session()[-1])
        await until(pilot, lambda: "device" in text_of(rig.app))
        assert "not written" not in text_of(rig.app)
        rig.daemon.say(samples_training.in_trouble())
        await until(pilot, lambda: "✖ 2 networks not written" in text_of(rig.app))
        assert rig.app.screen.query_one(Digits).display
        rig.daemon.say(samples_training.session()[-1])
        await until(pilot, lambda: "not written" not in text_of(rig.app))


@pytest.mark.parametrize("size", [(100, 30), (30, 12), (2, 2), (0, 0)])
async def test_no_size_and_no_number_breaks_it(size: tuple[int, int]) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        for status in (samples_training.not_finite(), samples_training.huge()):
            rig.daemon.say(status)
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: rig.app.board.status is not None)
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: "-1.0e+308" in text_of(rig.app))


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


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"paused": True}, "‖ Paused. Press p to go on."),
        ({"state": DaemonState.EXPORTING}, "⇪ Writing the network"),
        ({"state": DaemonState.UPLOADING}, "⇧ Uploading"),
        ({"state": DaemonState.STOPPING}, "Saving a checkpoint"),
        ({"state": DaemonState.IDLE}, "Press s to start"),
        ({"link": Link.GONE}, "The daemon is not running."),
        ({}, "steps 1.3/s"),
    ],
)
def test_while_no_step_is_made_it_says_why(change: dict[str, Any], words: str) -> None:
    training = Progress(
        state=DaemonState.TRAINING, link=Link.UP, training=samples.progress(), schedule=None
    )
    drawn = ProgressView(Progress()).draw(replace(training, **change), 60, 3).plain
    assert words in drawn and "Step 123 / 200" in drawn and "spent 1:37" in drawn


def test_what_is_waited_for_comes_first_while_waiting() -> None:
    board = board_of([samples.status(DaemonState.WAITING_FOR_DATA, training=samples.progress())])
    drawn = ProgressView(Progress()).draw(progress(board), 60, 1).plain
    assert drawn.startswith("Waiting for chunks") and drawn.endswith("34 / 60 chunks")


def test_after_a_resume_no_loss_is_shown_before_one_is_measured() -> None:
    resumed = replace(samples.progress(), metrics={}, total_loss=0.0)
    board = board_of([samples.status(training=resumed)])
    assert total_loss(board) is None
    assert board.history.points(TOTAL_LOSS) == []
    assert "Compiling" in ProgressView(Progress()).draw(progress(board), 60, 3).plain


def test_facts_flow_over_the_rows_they_need() -> None:
    value = facts(board_of(samples_training.session()))
    assert facts_rows(value, 200) == 1 and facts_rows(value, 40) > 2
    assert facts_rows(Facts(), 40) == 0
    row = FactsView(Facts()).draw(value, 51, 1).plain
    assert row.startswith("lr 0.002  device ") and "41.2 GB / 80.0 GB" in row
    unlimited = replace(value, device_memory=schema.DeviceMemory(used_bytes=5, peak_bytes=7))
    assert "device memory 5 B  peak 7 B" in FactsView(Facts()).draw(unlimited, 90, 1).plain


@given(st.integers(0, 120), st.integers(0, 12))
def test_every_row_has_the_width_it_was_given(width: int, height: int) -> None:
    board = board_of([samples_training.huge()])
    for drawn in (
        ProgressView(Progress()).draw(progress(board), width, height),
        FactsView(Facts()).draw(facts(board), width, height),
    ):
        assert all(row.cell_length <= width for row in drawn.split("\n"))


PICTURES = {
    "waiting": ((55, 12), [samples.status(DaemonState.WAITING_FOR_DATA)]),
    "compiling": ((55, 12), [samples_training.compiling()]),
    "training": ((55, 12), samples.session()),
    "evaluated": ((88, 26), samples_training.session()),
    "paused": ((55, 12), [*samples.session(), replace(samples.session()[-1], paused=True)]),
    "exporting": ((55, 12), [*samples.session(), samples_training.exporting()]),
    "in_trouble": ((88, 26), [*samples_training.session(), samples_training.in_trouble()]),
    "not_finite": ((55, 12), [*samples.session(), samples_training.not_finite()]),
    "huge": ((55, 12), [samples_training.huge()]),
    "many_heads": ((88, 26), samples_training.many_heads()),
    "narrow": ((80, 14), samples_training.session()),
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture(snap_compare, name: str) -> None:  # type: ignore[no-untyped-def]
    size, statuses = PICTURES[name]
    pane = TrainingPane()

    async def fill(pilot: Pilot[Any]) -> None:
        pane.show(board_of(statuses))
        await pilot.pause()

    assert snap_compare(PaneHost(pane), terminal_size=size, run_before=fill)
