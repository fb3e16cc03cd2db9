"""The dashboard: keys and screens; what the daemon says is daemon_app.py's."""

from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from lczero_training.client.replay import ReplayLink
from lczero_training.schema import messages as schema
from lczero_training.tui import streams
from lczero_training.tui.board_screen import BoardScreen
from lczero_training.tui.controls import BY_ACTION, CONTROLS, bindings, ended
from lczero_training.tui.daemon_app import DaemonApp
from lczero_training.tui.dashboard_screen import DashboardScreen
from lczero_training.tui.help_screen import HelpScreen
from lczero_training.tui.quit_dialog import QuitDialog
from lczero_training.tui.state import Link
from lczero_training.tui.stop_dialog import StopConfirmed, StopDialog
from lczero_training.tui.theme import next_theme

_PLOTS = "plots"


class TrainingTuiApp(DaemonApp):
    """Shows one daemon and steers it; arguments as DaemonApp's."""

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
