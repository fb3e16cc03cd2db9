"""The dashboard: wiring between the daemon's client, the state and the panes.

A worker listens to the daemon and posts messages; the handlers here are the only code that
changes the state, and hand it to the panes.
"""

import asyncio
import signal
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import ClassVar, Literal

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.worker import Worker

from lczero_training.client.events import LogLine
from lczero_training.client.link import DaemonGone, DaemonLink
from lczero_training.client.replay import ReplayLink
from lczero_training.schema import messages as schema
from lczero_training.tui import paint, streams
from lczero_training.tui.board_screen import BoardScreen
from lczero_training.tui.controls import BY_ACTION, CONTROLS, bindings, ended
from lczero_training.tui.dashboard_screen import DashboardScreen
from lczero_training.tui.help_screen import HelpScreen
from lczero_training.tui.listener import listen
from lczero_training.tui.messages import CaughtUp, Ended, Logged, Noticed, Notified, Played
from lczero_training.tui.quit_dialog import KillRequested, QuitConfirmed, QuitDialog
from lczero_training.tui.silence import SilenceWatch
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.stop_dialog import StopConfirmed, StopDialog
from lczero_training.tui.theme import CLASSIC, next_theme, use_themes

_Severity = Literal["information", "warning", "error"]
# How often it is asked whether the daemon has fallen silent.
_SILENCE_CHECK_SECONDS = 1.0
_PLOTS = "plots"
# After a signal: longer than the daemon promises to take.
_STOP_SECONDS = 25.0


class TrainingTuiApp(App[int]):
    """Shows one daemon and steers it.

    `connect` makes a link to a new daemon; it is called once at the start and once for each
    restart. `config_filepath` and `overrides` are what a start after a stop asks for; without
    them that is the config that the daemon says it uses. With `start_when_idle` a daemon that
    comes without a config is sent them. `source` says where the daemon is, if not here.

    Signals: with `handle_signals` the first SIGINT or SIGTERM stops the daemon in order and ends
    the app, a second one kills the daemon. SIGHUP counts once: the terminal is gone.
    """

    TITLE = "Lc0 training"
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "app.tcss",
        "header.tcss",
        "pipeline.tcss",
        "training.tcss",
        "logs.tcss",
        "notice.tcss",
        "dialog.tcss",
        "help_screen.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(CONTROLS),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
        # Where no text is selected, which it copies.
        Binding("ctrl+c", "quit", "Quit", show=False),
    ]

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

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key's action, then Textual's own commands."""
        on_screen = screen.CONTROLS if isinstance(screen, BoardScreen) else ()
        for control in (*CONTROLS, *on_screen):
            if control.allowed(self.board):
                owner = screen if control in on_screen else self
                action = getattr(owner, f"action_{control.action}")
                yield SystemCommand(control.title, control.help, action)
        for command in super().get_system_commands(screen):
            # Ours has all keys with what they do, Textual's panel only those of the moment.
            if command.title not in ("Quit", "Keys"):
                yield command

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

    # --- Keys -----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys mean something now; the others are not in the footer."""
        control = BY_ACTION.get(action)
        return control is None or control.allowed(self.board)

    def action_start_now(self) -> None:
        """Trains at once; after a stop, starts over with the same config."""
        if ended(self.board):
            self._send(self._start_command())
        else:
            self._send(schema.StartTrainingImmediately())

    def action_pause(self) -> None:
        """Holds training after the current step."""
        self._send(schema.Pause())

    def action_resume(self) -> None:
        """Goes on."""
        self._send(schema.Resume())

    def action_export_now(self) -> None:
        """Writes a network from the current weights."""
        self._send(schema.ExportNow())

    def action_stop_training(self) -> None:
        """Checkpoint, then idle; asks first, as the key lies between others."""
        if not isinstance(self.screen, StopDialog):
            self.push_screen(StopDialog())

    @on(StopConfirmed)
    def _stop_confirmed(self) -> None:
        """The user means it."""
        self._send(schema.StopTraining())

    def action_restart_daemon(self) -> None:
        """Only when it is gone."""
        self._start_daemon()

    def action_plots(self) -> None:
        """Curves over the steps; what was chosen there is kept while they are closed."""
        if isinstance(self.screen, DashboardScreen):
            if not self.is_screen_installed(_PLOTS):
                # Not at the start: plotext takes longer to load than all the rest.
                from lczero_training.tui.plot_screen import PlotScreen

                self.install_screen(PlotScreen(self.board), _PLOTS)
            self.push_screen(_PLOTS)

    def action_stream_train(self) -> None:
        """Shows the train stream in the pipeline pane."""
        self._choose_stream("train")

    def action_stream_validation(self) -> None:
        """Shows the validation stream."""
        self._choose_stream("validation")

    def action_stream_test(self) -> None:
        """Shows the test stream."""
        self._choose_stream("test")

    def action_stream_next(self) -> None:
        """Shows the next stream, whatever its name."""
        names = streams.choices(self.board.loader)
        self._choose_stream(streams.following(names, self.board.stream))

    def action_stream_at(self, place: int) -> None:
        """Shows one of the streams by its place in the pane's title, which was clicked."""
        names = streams.choices(self.board.loader)
        if 0 <= place < len(names):
            self._choose_stream(names[place])

    def _choose_stream(self, name: str | None) -> None:
        self.board.stream = name
        self._show()

    def action_replay_pause(self) -> None:
        """Holds the replay, or goes on."""
        self._change_replay(ReplayLink.toggle_pause)

    def action_replay_faster(self) -> None:
        """The next higher speed."""
        self._change_replay(ReplayLink.faster)

    def action_replay_slower(self) -> None:
        """The next lower speed."""
        self._change_replay(ReplayLink.slower)

    def _change_replay(self, change: Callable[[ReplayLink], None]) -> None:
        if isinstance(self._daemon, ReplayLink):
            change(self._daemon)
            self._see_replay()
            self._show()

    async def action_quit(self) -> None:
        """Asks first; with the daemon gone, or none ever there, there is nothing to ask."""
        if self.board.link is Link.REPLAY:
            self.exit(0)
        elif self.board.link is Link.GONE:
            self.exit(0 if self.board.death and self.board.death.orderly else 1)
        elif not isinstance(self.screen, QuitDialog):
            await self.push_screen(QuitDialog(self.board.source))

    def action_next_theme(self) -> None:
        """The next theme, in a circle."""
        self.theme = next_theme(self.theme)

    def action_help(self) -> None:
        """All keys, and what the signs mean."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())
