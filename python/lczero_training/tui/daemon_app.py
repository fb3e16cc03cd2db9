"""The app's half that deals with the daemon: its process, what it says, how it ends.

A worker listens to the daemon and posts messages; the handlers here are the only code that
changes the state, and hand it to the screens.
"""

import asyncio
import signal
from collections.abc import Callable
from typing import Literal

from textual import on
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen
from textual.worker import Worker

from lczero_training.client.events import LogLine
from lczero_training.client.link import DaemonGone, DaemonLink
from lczero_training.client.replay import ReplayLink
from lczero_training.schema import messages as schema
from lczero_training.tui import paint
from lczero_training.tui.board_screen import BoardScreen
from lczero_training.tui.controls import CONTROLS
from lczero_training.tui.dashboard_screen import DashboardScreen
from lczero_training.tui.listener import listen
from lczero_training.tui.messages import CaughtUp, Ended, Logged, Noticed, Notified, Played
from lczero_training.tui.quit_dialog import KillRequested, QuitConfirmed
from lczero_training.tui.silence import SilenceWatch
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.theme import CLASSIC, use_themes

_Severity = Literal["information", "warning", "error"]
# How often it is asked whether the daemon has fallen silent.
_SILENCE_CHECK_SECONDS = 1.0
# After a signal: longer than the daemon promises to take.
_STOP_SECONDS = 25.0


class DaemonApp(App[int]):
    """Owns the link to one daemon and the state of the dashboard.

    `connect` makes a link to a new daemon; it is called once at the start and once for each
    restart. `config_filepath` and `overrides` are what a start after a stop asks for; without
    them that is the config that the daemon says it uses. With `start_when_idle` a daemon that
    comes without a config is sent them. `source` says where the daemon is, if not here.

    Signals: with `handle_signals` the first SIGINT or SIGTERM stops the daemon in order and ends
    the app, a second one kills the daemon. SIGHUP counts once: the terminal is gone.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], DaemonLink],
        config_filepath: str = "",
        overrides: tuple[str, ...] = (),
        start_when_idle: bool = False,
        source: str = "",
        handle_signals: bool = False,
        silence: SilenceWatch | None = None,
        theme: str = CLASSIC.name,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class)
        self._connect = connect
        self._overrides = overrides
        self._start_when_idle = start_when_idle
        self._handle_signals = handle_signals
        self._silence = silence or SilenceWatch()
        self._daemon: DaemonLink | None = None
        self._listener: Worker[None] | None = None
        self.board = Dashboard(source=source, config_filepath=config_filepath)
        self._dashboard = DashboardScreen(self.board)
        self._redraw_is_due = False
        self._keys: tuple[bool, ...] = ()
        use_themes(self, theme)

    def get_default_screen(self) -> Screen[None]:
        """The dashboard; called by Textual."""
        return self._dashboard

    def on_mount(self) -> None:
        """Starts the daemon."""
        if self._handle_signals:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.end_by_signal)
            loop.add_signal_handler(signal.SIGHUP, self.hang_up)
        self.set_interval(_SILENCE_CHECK_SECONDS, self.check_silence)
        self._start_daemon()

    def last_words(self) -> list[str]:
        """What is worth knowing after the screen is gone: networks, and how a daemon died."""
        if self.board.link is Link.REPLAY:
            return []
        words = [f"network {each.step}: {paint.safe(each.path)}" for each in self.board.networks]
        if (death := self.board.death) is not None and not death.orderly:
            words += [f"The daemon {death.how}", *map(paint.safe, death.last_lines)]
        return words

    # --- The daemon's process -------------------------------------------------------------

    def _start_daemon(self) -> None:
        self.board.daemon_started()
        self._daemon = self._connect()
        self._first_status = True
        self._silence.restart()
        self._see_replay()
        self._listener = self.run_worker(
            listen(self._daemon, self.post_message), group="daemon", exclusive=True
        )
        self._show()

    def _see_replay(self) -> None:
        if isinstance(self._daemon, ReplayLink):
            self.board.take_replay(self._daemon.progress)

    def check_silence(self) -> None:
        """Called by a timer: tells of a daemon that should have spoken."""
        spoken_for = self.board.link in (Link.STARTING, Link.UP, Link.STOPPING)
        seconds = self._silence.seconds() if spoken_for else 0.0
        if seconds != self.board.silent_seconds:
            self.board.silent_seconds = seconds
            self._show()

    def end_by_signal(self) -> None:
        """Somebody wants this program to end, and cannot be asked."""
        if self.board.link in (Link.GONE, Link.REPLAY):
            self.exit(0)
        elif self.board.link is Link.STOPPING:
            self._kill_requested()
        else:
            self._quit_confirmed()
            self.set_timer(_STOP_SECONDS, self._kill_requested)

    def hang_up(self) -> None:
        """The terminal is gone."""
        if self._driver is not None:
            # It would read the end of the file again and again.
            self._driver.disable_input()
        if self.board.link is not Link.STOPPING:
            self.end_by_signal()

    async def on_unmount(self) -> None:
        """However the app ends, its daemon does not outlive it."""
        if self._daemon is not None and self.board.link is not Link.GONE:
            await self._daemon.close()

    def _send(self, command: object) -> None:
        self.run_worker(self._deliver(command), group="commands")

    async def _deliver(self, command: object) -> None:
        if self._daemon is None:
            return
        try:
            await self._daemon.send(command)
        except DaemonGone as error:
            if isinstance(command, schema.Shutdown):
                # Nobody listens, so nobody will say goodbye.
                self.exit(1)
            else:
                self._say("error", f"not sent: {error}")

    # --- Messages -------------------------------------------------------------------------

    @on(Notified)
    def _notified(self, message: Notified) -> None:
        """The daemon said something."""
        payload = message.envelope.payload
        match payload:
            case schema.Hello():
                self.board.take_hello()
            case schema.TrainingStatus():
                self.board.take_status(payload)
                self._start_if_idle()
            case schema.NetworkExported(network=network):
                self.board.take_network(network)
                self._toast(f"Network {network.step} exported: {network.path}")
            case schema.NetworkUploaded(network=network, url=url):
                self.board.take_network(network)
                self._toast(f"Network {network.step} uploaded: {url}")
            case schema.Warning(message=text):
                self._say("warning", text)
            case schema.Error(message=text, field=field):
                self._say("error", f"{text} ({field})" if field else text)
            case schema.Bye():
                self.board.bye = payload
        self._silence.hear()
        self.board.silent_seconds = 0.0
        self._see_replay()
        self._show()

    def _start_if_idle(self) -> None:
        """Gives a daemon that came without a config ours; one that has its own keeps it."""
        first, self._first_status = self._first_status, False
        if not (first and self._start_when_idle):
            return
        if self.board.state == schema.DaemonState.IDLE:
            self._send(self._start_command())
        else:
            self._say("warning", "The daemon trains with a config of its own; --config is not used")

    def _start_command(self) -> schema.StartTraining:
        return schema.StartTraining(
            config_filepath=self.board.config_filepath, overrides=self._overrides
        )

    @on(Logged)
    def _logged(self, message: Logged) -> None:
        """The daemon wrote to its log."""
        self._dashboard.add_log(self.board.take_log(message.line))

    @on(Noticed)
    def _noticed(self, message: Noticed) -> None:
        """The link has something to tell."""
        self._say("warning", message.text)

    @on(CaughtUp)
    def _caught_up(self, message: CaughtUp) -> None:
        """The listener may go on."""
        message.event.set()

    @on(Played)
    def _played(self, message: Played) -> None:
        """The last picture of a recording stays."""
        self._see_replay()
        self._toast("End of the recording")
        self._show()

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        """The daemon's process is gone; expected when quitting, else worth a banner."""
        quitting = self.board.link is Link.STOPPING
        self.board.take_exit(message.how, message.last_lines, clean=message.clean)
        if quitting:
            self.exit(0 if message.clean else 1)
        self._show()

    @on(QuitConfirmed)
    def _quit_confirmed(self) -> None:
        """Asks the daemon to stop; its end closes the app."""
        if self.board.link in (Link.GONE, Link.REPLAY):
            self.exit(0)
            return
        self.board.link = Link.STOPPING
        self._send(schema.Shutdown())
        self._show()

    @on(KillRequested)
    def _kill_requested(self) -> None:
        """The user gave up waiting."""
        if self._daemon is not None:
            self._daemon.kill()

    def _say(self, level: Literal["warning", "error"], text: str) -> None:
        """Shows a warning or an error as log line and toast."""
        self._dashboard.add_log(self.board.take_log(LogLine(text, level)))
        self._toast(text, level)

    def _toast(self, text: str, severity: _Severity = "information") -> None:
        self.notify(paint.safe(text), severity=severity, markup=False)

    def _show(self) -> None:
        """Redraws once all messages that wait by now are handled: a burst costs one redraw."""
        if not self._redraw_is_due:
            self._redraw_is_due = True
            self.call_later(self._redraw)

    def _redraw(self) -> None:
        self._redraw_is_due = False
        boards = [screen for screen in self.screen_stack if isinstance(screen, BoardScreen)]
        # Those below it are hidden.
        for screen in boards[-1:]:
            screen.update_board()
        keys = tuple(control.allowed(self.board) for control in CONTROLS)
        if keys != self._keys:
            # Makes the footer anew, so only when it has to differ.
            self._keys = keys
            self.refresh_bindings()
