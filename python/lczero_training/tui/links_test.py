"""The app on daemons elsewhere, on recordings, on silent daemons; and its end by signals."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from lczero_training.client.events import LogLine
from lczero_training.client.fake import FakeDaemon
from lczero_training.client.link import DaemonLink
from lczero_training.client.process import DaemonClient
from lczero_training.client.recording import RecordingLink, SharedRecording
from lczero_training.client.replay import FASTEST, ReplayLink
from lczero_training.schema import messages as schema
from lczero_training.schema.messages import DaemonState
from lczero_training.schema.recorder import Recorder
from lczero_training.tui import samples
from lczero_training.tui.app import TrainingTuiApp
from lczero_training.tui.notice import NoticeBar
from lczero_training.tui.quit_dialog import QuitDialog
from lczero_training.tui.silence import SilenceWatch
from lczero_training.tui.state import Link
from lczero_training.tui.testing import text_of, until

TRAINING = samples.status(DaemonState.TRAINING, training=samples.progress())
# Of a daemon that came without a config.
IDLE = schema.TrainingStatus(state=DaemonState.IDLE)


class Attached:
    """An app on a daemon in memory, as with --attach."""

    def __init__(self, *, stubborn: bool = False, **options: Any) -> None:
        self.daemon = FakeDaemon(stubborn=stubborn)
        self.app = TrainingTuiApp(connect=self._connect, source="attached: ssh host", **options)
        self._stubborn = stubborn

    def _connect(self) -> FakeDaemon:
        if self.daemon.started:
            self.daemon = FakeDaemon(stubborn=self._stubborn)
        return self.daemon

    async def say(self, pilot: Pilot[Any], status: schema.TrainingStatus) -> None:
        """Says it, and waits until the app has heard it."""
        self.daemon.say(status)
        await until(pilot, lambda: self.app.board.status == status)
        await pilot.pause()

    def sent(self) -> list[object]:
        """Commands that the newest daemon got."""
        return [command.payload for command in self.daemon.commands]


# --- Daemons elsewhere ------------------------------------------------------------------------


async def test_daemon_that_has_no_config_is_given_ours_once_and_after_a_restart() -> None:
    rig = Attached(config_filepath="there.yaml", overrides=("a=1",), start_when_idle=True)
    start = schema.StartTraining(config_filepath="there.yaml", overrides=("a=1",))
    async with rig.app.run_test() as pilot:
        await rig.say(pilot, IDLE)
        await until(pilot, lambda: rig.sent() == [start])
        await rig.say(pilot, TRAINING)
        await rig.say(pilot, IDLE)
        assert rig.sent() == [start]
        rig.daemon.kill()
        await until(pilot, lambda: rig.app.board.link is Link.GONE)
        await pilot.press("r")
        await until(pilot, lambda: rig.daemon.started)
        assert rig.sent() == []
        await rig.say(pilot, IDLE)
        await until(pilot, lambda: rig.sent() == [start])


async def test_daemon_with_a_config_of_its_own_keeps_it_and_that_is_told() -> None:
    rig = Attached(config_filepath="ours.yaml", start_when_idle=True)
    async with rig.app.run_test() as pilot:
        await rig.say(pilot, TRAINING)
        assert rig.sent() == []
        assert "a config of its own" in rig.app.board.log[-1].text


async def test_start_after_a_stop_asks_for_the_daemons_own_config() -> None:
    rig = Attached()
    async with rig.app.run_test() as pilot:
        await rig.say(pilot, TRAINING)
        await rig.say(pilot, samples.status(DaemonState.IDLE))
        await pilot.press("s")
        wanted = schema.StartTraining(config_filepath=TRAINING.config_filepath)
        await until(pilot, lambda: rig.sent() == [wanted])


async def test_daemon_without_any_config_cannot_be_started_and_that_is_told() -> None:
    rig = Attached()
    async with rig.app.run_test() as pilot:
        await rig.say(pilot, IDLE)
        await pilot.press("s")
        await pilot.pause()
        assert rig.sent() == []
        assert "no config" in text_of(rig.app) and "--config FILE" in text_of(rig.app)


async def test_command_that_is_not_there_is_told_and_tried_again() -> None:
    started = 0

    def connect() -> DaemonClient:
        nonlocal started
        started += 1
        return DaemonClient(["/nowhere/daemon"])

    app = TrainingTuiApp(connect=connect)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.board.link is Link.GONE)
        await pilot.pause()
        assert "could not be started" in text_of(app) and "/nowhere/daemon" in text_of(app)
        await pilot.press("r")
        await until(pilot, lambda: started == 2 and app.board.link is Link.GONE)
        await pilot.press("q")
    assert app.return_value == 1


async def test_quitting_before_the_daemon_has_said_hello() -> None:
    class Slow(FakeDaemon):
        async def start(self) -> None:
            self.started = True

    daemon = Slow(stubborn=True)
    app = TrainingTuiApp(connect=lambda: daemon)
    async with app.run_test() as pilot:
        await until(pilot, lambda: daemon.started)
        await pilot.press("q", "y")
        await until(pilot, lambda: [c.type for c in daemon.commands] == ["shutdown"])
        await FakeDaemon.start(daemon)
        daemon.exit(0)
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == 0


async def test_flood_of_lines_arrives_in_full() -> None:
    rig = Attached()
    async with rig.app.run_test() as pilot:
        for number in range(350):
            rig.daemon.log(str(number))
        await until(pilot, lambda: len(rig.app.board.log) == 350)
        assert rig.app.board.log[-1].text == "349"


# --- Silence ----------------------------------------------------------------------------------


class StoppedClock:
    """Stands still but for a test."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_silence_is_told_until_the_daemon_speaks() -> None:
    clock = StoppedClock()
    rig = Attached(silence=SilenceWatch(clock))
    async with rig.app.run_test() as pilot:
        await until(pilot, lambda: rig.app.board.link is Link.UP)

        async def after(seconds: float) -> str:
            clock.seconds += seconds
            rig.app.check_silence()
            await pilot.pause()
            return text_of(rig.app)

        assert "The daemon has" not in await after(14)
        assert "The daemon has said nothing yet, for 0:18" in await after(4)
        await rig.say(pilot, TRAINING)
        assert "The daemon has" not in text_of(rig.app)
        # It was slow once, so it may be slow again.
        assert "The daemon has" not in await after(3 * 18 - 1)
        assert "The daemon has fallen silent, for 0:55" in await after(2)
        rig.daemon.kill()
        await until(pilot, lambda: rig.app.board.link is Link.GONE)
        assert "The daemon has" not in await after(100)


# --- Recordings -------------------------------------------------------------------------------


async def record(path: Path, play: Callable[[FakeDaemon], None]) -> Any:
    """Records what the daemon says, in an app; returns what the app knows at the end."""
    recording = SharedRecording(lambda on_failed: Recorder(path, on_failed=on_failed))
    daemon = FakeDaemon()
    app = TrainingTuiApp(connect=lambda: RecordingLink(daemon, recording))
    async with app.run_test() as pilot:
        play(daemon)
        daemon.exit(0)
        await until(pilot, lambda: app.board.link is Link.GONE)
    assert recording.close(30.0) is None
    return app.board


def session(daemon: FakeDaemon) -> None:
    """A whole run."""
    daemon.enter(DaemonState.IDLE, DaemonState.WAITING_FOR_DATA)
    # The last line would continue the error before it, which the daemon in memory does not see.
    for line in samples.LOG[:-1]:
        daemon.log(line.text)
    for status in samples.session():
        daemon.say(status)
    daemon.say(schema.NetworkExported(network=samples.NETWORKS[0]))
    daemon.say(schema.Warning(message="careful", problem=schema.Problem.UPLOAD_FAILED))


def replaying(path: Path, speed: float = FASTEST) -> tuple[TrainingTuiApp, list[ReplayLink]]:
    links: list[ReplayLink] = []

    def connect() -> DaemonLink:
        links.append(ReplayLink(path, speed=speed))
        return links[-1]

    return TrainingTuiApp(connect=connect), links


async def test_replay_ends_with_the_picture_of_the_session(tmp_path: Path) -> None:
    live = await record(tmp_path / "r", session)
    app, _ = replaying(tmp_path / "r")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.board.replay is not None and app.board.replay.ended)
        await pilot.pause()
        board = app.board
        assert board.link is Link.REPLAY and board.death is None
        assert board.status == live.status and board.networks == live.networks
        # After the live session's last line the recording has one on the daemon's end.
        assert list(board.log)[: len(live.log)] == list(live.log)
        assert [
            line.text.partition("client: ")[2] for line in list(board.log)[len(live.log) :]
        ] == ["the daemon ended with exit code 0"]
        assert board.history.names() == live.history.names() != []
        for name in board.history.names():
            assert board.history.points(name) == live.history.points(name) != []
        assert "End of the recording" in text_of(app)
        # Nothing to ask for, and nothing to ask about.
        assert not any(
            app.check_action(name, ()) for name in ("start_now", "pause", "replay_pause")
        )
        await pilot.press("s", "p", "e", "x", "r", "full_stop", "q")
    assert app.return_value == 0 and app.last_words() == []


async def test_replay_is_held_and_its_speed_changed_by_keys(tmp_path: Path) -> None:
    await record(tmp_path / "r", session)
    # So slow that it does not get anywhere while the test runs.
    lines = (tmp_path / "r").read_text().splitlines(keepends=True)
    later = lines[-1].replace(lines[-1][9:13], "9999", 1)
    (tmp_path / "r").write_text(lines[0] + later)
    app, links = replaying(tmp_path / "r", speed=0.25)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.board.replay is not None and app.board.replay.time != "")
        assert app.board.source == "replay 0.25x"
        await pilot.press("plus", "plus", "minus", "full_stop")
        await pilot.pause()
        assert app.board.source == "replay 0.5x" and links[0].progress.paused
        assert "Replay paused" in text_of(app)
        await pilot.press("full_stop")
        await pilot.pause()
        assert "Replay 0.5x" in text_of(app)
        await pilot.press("ctrl+c")
    assert app.return_value == 0


async def test_sessions_of_one_file_come_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "r"
    await record(path, session)
    await record(path, lambda daemon: daemon.say(IDLE))
    app, _ = replaying(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.board.replay is not None and app.board.replay.ended)
        await pilot.pause()
        assert app.board.replay is not None and app.board.replay.sessions == 2
        assert app.board.status == IDLE
        assert "session 2" in text_of(app)


async def test_bad_lines_of_a_recording_are_told(tmp_path: Path) -> None:
    path = tmp_path / "r"
    await record(path, session)
    path.write_text("bad\n" + path.read_text())
    app, _ = replaying(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.board.replay is not None and app.board.replay.ended)
        await pilot.pause()
        assert "1 bad line" in str(app.screen.query_one(NoticeBar).value)
        assert LogLine(
            f"protocol: {path}:1: no recorded line, skipped: not JSON: "
            "Expecting value: line 1 column 1 (char 0)",
            "warning",
        ) in list(app.board.log)


async def test_recording_that_cannot_be_written_is_told() -> None:
    recording = SharedRecording(lambda on_failed: Recorder(Path("/dev/full"), on_failed=on_failed))
    daemon = FakeDaemon()
    app = TrainingTuiApp(connect=lambda: RecordingLink(daemon, recording))
    async with app.run_test() as pilot:
        # The recorder's thread finds out after its first line, which is the hello.
        while not recording._failures:
            await pilot.pause()
        daemon.say(TRAINING)
        await until(pilot, lambda: app.board.status == TRAINING)
        assert any("/dev/full" in line.text for line in app.board.log)
    recording.close(30.0)


# --- Signals ----------------------------------------------------------------------------------


async def raised(pilot: Pilot[Any], number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    await pilot.pause()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signal_stops_the_daemon_in_order(number: signal.Signals) -> None:
    rig = Attached(stubborn=True, handle_signals=True)
    async with rig.app.run_test() as pilot:
        await until(pilot, lambda: rig.app.board.link is Link.UP)
        await raised(pilot, number)
        await until(pilot, lambda: rig.sent() == [schema.Shutdown()])
        assert not isinstance(rig.app.screen, QuitDialog) and rig.app.return_value is None
        rig.daemon.say(schema.Bye(reason="shutdown"))
        rig.daemon.exit(0)
        await until(pilot, lambda: rig.app.return_value is not None)
    assert rig.app.return_value == 0


async def test_second_signal_kills_but_a_second_hangup_does_not() -> None:
    rig = Attached(stubborn=True, handle_signals=True)
    async with rig.app.run_test() as pilot:
        await until(pilot, lambda: rig.app.board.link is Link.UP)
        for _ in range(3):
            await raised(pilot, signal.SIGHUP)
        await until(pilot, lambda: rig.sent() == [schema.Shutdown()])
        assert rig.app.board.link is Link.STOPPING
        await raised(pilot, signal.SIGTERM)
        await until(pilot, lambda: rig.app.return_value is not None)
    assert rig.app.return_value == 1 and rig.app.board.death is not None
    assert "SIGKILL" in rig.app.board.death.how


async def test_signal_ends_a_replay_at_once(tmp_path: Path) -> None:
    await record(tmp_path / "r", session)
    link = ReplayLink(tmp_path / "r")
    app = TrainingTuiApp(connect=lambda: link, handle_signals=True)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.board.link is Link.REPLAY)
        await raised(pilot, signal.SIGTERM)
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == 0
