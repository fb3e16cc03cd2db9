"""The dashboard on a daemon in memory, for tests."""

from collections.abc import Callable
from typing import Any

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.widget import Widget

from lczero_training.client.fake import FakeDaemon
from lczero_training.tui import samples
from lczero_training.tui.app import TrainingTuiApp
from lczero_training.tui.theme import CLASSIC, use_themes

# More rounds of an idle message loop than any chain of messages here needs.
_ROUNDS = 50


async def until(pilot: Pilot[Any], true: Callable[[], bool]) -> None:
    """Lets the app work until `true`. Fails when it does not come to that."""
    for _ in range(_ROUNDS):
        if true():
            return
        await pilot.pause()
    raise AssertionError("the app is idle, and what was awaited did not happen")


class Rig:
    """An app on fake daemons, of which a restart makes another."""

    def __init__(self, *, stubborn: bool = False) -> None:
        self.daemons: list[FakeDaemon] = []
        self._stubborn = stubborn
        self.app = TrainingTuiApp(
            connect=self._connect, config_filepath="quickstart.yaml", overrides=("a=1",)
        )

    @property
    def daemon(self) -> FakeDaemon:
        """The newest."""
        return self.daemons[-1]

    def sent(self) -> list[str]:
        """Types of the commands that the newest daemon got."""
        return [command.type for command in self.daemon.commands]

    def _connect(self) -> FakeDaemon:
        self.daemons.append(FakeDaemon(stubborn=self._stubborn))
        return self.daemon

    async def play_session(self, pilot: Pilot[Any]) -> None:
        """A whole run's statuses and log, until all is on screen."""
        for line in samples.LOG:
            self.daemon.log(line.text)
        statuses = samples.session()
        for status in statuses:
            self.daemon.say(status)
        await until(pilot, lambda: self.app.board.status == statuses[-1])
        await until(pilot, lambda: len(self.app.board.log) == len(samples.LOG))
        await pilot.pause()


class PaneHost(App[None]):
    """One pane alone, in the dashboard's colours."""

    CSS_PATH = TrainingTuiApp.CSS_PATH

    def __init__(self, pane: Widget) -> None:
        super().__init__()
        self._pane = pane
        use_themes(self, CLASSIC.name)

    def compose(self) -> ComposeResult:
        """The pane."""
        with Horizontal():
            yield self._pane


def text_of(app: App[Any]) -> str:
    """All that is on screen, row by row, without colours."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
