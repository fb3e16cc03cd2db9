"""Keys, quitting, and the daemon's death; pictures of the whole screen."""

from typing import Any

import pytest
from textual.pilot import Pilot

from lczero_training.schema import messages as schema
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples
from lczero_training.tui.banner import DaemonBanner
from lczero_training.tui.dialog import Dialog
from lczero_training.tui.quit_dialog import QuitDialog
from lczero_training.tui.state import Link
from lczero_training.tui.stop_dialog import StopDialog
from lczero_training.tui.testing import Rig, text_of, until

WAITING = samples.status(DaemonState.WAITING_FOR_DATA)
TRAINING = samples.status(DaemonState.TRAINING, training=samples.progress())
PAUSED = samples.status(DaemonState.TRAINING, paused=True)
FAILED = samples.status(DaemonState.ERROR)
IDLE = samples.status(DaemonState.IDLE)


@pytest.mark.parametrize(
    ("status", "key", "command"),
    [
        (WAITING, "s", "start_training_immediately"),
        (IDLE, "s", "start_training"),
        (FAILED, "s", "start_training"),
        (TRAINING, "p", "pause"),
        (PAUSED, "p", "resume"),
        (TRAINING, "e", "export_now"),
        (TRAINING, "s", None),
        (IDLE, "e", None),
        (TRAINING, "r", None),
    ],
)
async def test_keys_send_their_command(
    status: schema.TrainingStatus, key: str, command: str | None
) -> None:
    rig = Rig()
    async with rig.app.run_test() as pilot:
        rig.daemon.say(status)
        await until(pilot, lambda: rig.app.board.status == status)
        await pilot.press(key)
        if command is None:
            await pilot.pause()
            assert rig.sent() == []
            return
        await until(pilot, lambda: rig.sent() == [command])
        if command == "start_training":
            payload = rig.daemon.commands[0].payload
            assert payload == schema.StartTraining(
                config_filepath="quickstart.yaml", overrides=("a=1",)
            )


async def test_stopping_asks_first() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        rig.daemon.say(TRAINING)
        await until(pilot, lambda: rig.app.board.status == TRAINING)
        await pilot.press("x", "x")
        assert isinstance(rig.app.screen, StopDialog) and rig.sent() == []
        await pilot.press("escape")
        assert not isinstance(rig.app.screen, StopDialog) and rig.sent() == []
        await pilot.press("x", "enter")
        await until(pilot, lambda: rig.sent() == ["stop_training"])
        await until(pilot, lambda: not isinstance(rig.app.screen, StopDialog))


@pytest.mark.parametrize(("key", "dialog"), [("x", StopDialog), ("q", QuitDialog)])
async def test_dialogs_are_answered_by_mouse_too(key: str, dialog: type[Dialog]) -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        rig.daemon.say(TRAINING)
        await until(pilot, lambda: rig.app.board.status == TRAINING)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(rig.app.screen, dialog))
        await pilot.click("#no")
        await until(pilot, lambda: not isinstance(rig.app.screen, dialog))
        assert rig.sent() == []
        await pilot.press(key, "right", "enter")
        await until(pilot, lambda: not isinstance(rig.app.screen, dialog))
        assert rig.sent() == []
        await pilot.press(key)
        await until(pilot, lambda: isinstance(rig.app.screen, dialog))
        await pilot.click("#yes")
        await until(pilot, lambda: bool(rig.sent()))


async def test_quitting_asks_and_waits_for_the_daemon() -> None:
    rig = Rig(stubborn=True)
    async with rig.app.run_test() as pilot:
        await until(pilot, lambda: rig.app.board.link is Link.UP)
        await pilot.press("q")
        assert isinstance(rig.app.screen, QuitDialog)
        await pilot.press("n")
        assert rig.sent() == [] and not isinstance(rig.app.screen, QuitDialog)
        await pilot.press("q", "y")
        await until(pilot, lambda: rig.sent() == ["shutdown"])
        await pilot.press("escape", "y")
        assert isinstance(rig.app.screen, QuitDialog) and rig.sent() == ["shutdown"]
        rig.daemon.say(schema.Bye(reason="shutdown"))
        rig.daemon.exit(0)
        await until(pilot, lambda: rig.app.return_value is not None)
    assert rig.app.return_value == 0


async def test_quitting_says_where_the_daemon_is() -> None:
    rig = Rig()
    rig.app.board.source = "ssh [b]host"
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: rig.app.board.link is Link.UP)
        await pilot.press("q")
        await until(pilot, lambda: "Stop the daemon (ssh [b]host) and quit?" in text_of(rig.app))


async def test_a_daemon_that_does_not_stop_can_be_killed() -> None:
    rig = Rig(stubborn=True)
    async with rig.app.run_test() as pilot:
        await until(pilot, lambda: rig.app.board.link is Link.UP)
        await pilot.press("q", "k")
        assert rig.app.board.link is Link.UP
        await pilot.press("enter", "k")
        await until(pilot, lambda: rig.app.return_value is not None)
    assert rig.app.return_value == 1


async def test_a_death_is_told_and_r_starts_another_daemon() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        rig.daemon.say(TRAINING)
        rig.daemon.exit(-9, ("first", "[b]last[/b] words \x07"))
        await until(pilot, lambda: rig.app.query_one(DaemonBanner).display)
        await pilot.pause()
        shown = text_of(rig.app)
        for text in ("DAEMON GONE", "The daemon ended with signal SIGKILL", "[b]last[/b] words ␇"):
            assert text in shown
        assert "Restart daemon" in shown and "Pause" not in shown
        await pilot.press("r")
        await until(pilot, lambda: len(rig.daemons) == 2 and rig.app.board.link is Link.UP)
        assert not rig.app.query_one(DaemonBanner).display
        rig.daemon.exit(1)
        await until(pilot, lambda: rig.app.board.link is Link.GONE)
        await pilot.press("q")
    assert rig.app.return_value == 1
    assert "The daemon ended with exit code 1" in rig.app.last_words()


async def test_an_orderly_end_is_no_alarm() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        rig.daemon.say(schema.Bye(reason="3 networks are done"))
        rig.daemon.exit(0)
        await until(pilot, lambda: "exit code 0: 3 networks are done" in text_of(rig.app))
        assert "DAEMON ENDED" in text_of(rig.app)


async def test_warnings_and_errors_are_lines_and_toasts() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(160, 48)) as pilot:
        rig.daemon.say(schema.Warning(message="disk [red]nearly[/] full"))
        rig.daemon.say(schema.Error(message="no such file", field="payload.config_filepath"))
        rig.daemon.say(schema.NetworkExported(network=samples.NETWORKS[0]))
        await until(pilot, lambda: len(rig.app._notifications) == 3)
        assert [(line.level, line.text) for line in rig.app.board.log] == [
            ("warning", "disk [red]nearly[/] full"),
            ("error", "no such file (payload.config_filepath)"),
        ]
        assert rig.app.board.networks == samples.NETWORKS[:1]


async def test_a_program_that_cannot_start_is_told() -> None:
    rig = Rig()

    async def fail() -> None:
        raise FileNotFoundError("no daemon here")

    connect = rig.app._connect

    def broken() -> object:
        daemon = connect()
        daemon.start = fail  # type: ignore[method-assign]
        return daemon

    rig.app._connect = broken  # type: ignore[assignment]
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "could not be started: no daemon here" in text_of(rig.app))


async def test_the_palette_has_what_the_keys_have() -> None:
    rig = Rig()
    async with rig.app.run_test() as pilot:
        rig.daemon.say(TRAINING)
        await until(pilot, lambda: rig.app.board.status == TRAINING)
        titles = [command.title for command in rig.app.get_system_commands(rig.app.screen)]
        assert titles[:3] == ["Pause", "Export now", "Stop training"]
        assert {"Quit", "Next theme", "Help", "Search", "Copy log", "Theme"} <= set(titles)
        assert titles.count("Quit") == 1


def test_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    rig = Rig()
    assert snap_compare(rig.app, terminal_size=(100, 30), run_before=rig.play_session)


def test_large_picture(snap_compare) -> None:  # type: ignore[no-untyped-def]
    rig = Rig()
    assert snap_compare(rig.app, terminal_size=(160, 48), run_before=rig.play_session)


def test_picture_of_a_death(snap_compare) -> None:  # type: ignore[no-untyped-def]
    rig = Rig()

    async def die(pilot: Pilot[Any]) -> None:
        await rig.play_session(pilot)
        rig.daemon.exit(-9, tuple(line.text for line in samples.LOG))
        await until(pilot, lambda: rig.app.board.link is Link.GONE)
        await pilot.pause()

    assert snap_compare(rig.app, terminal_size=(100, 30), run_before=die)
