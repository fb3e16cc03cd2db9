"""The dashboard as the command line makes it, on the real daemon: from no game to a network."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.message import Message
from textual.pilot import Pilot

from lczero_training.client.link import DaemonLink
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import cli, listener
from lczero_training.tui.app import TrainingTuiApp
from lczero_training.tui.connection import connection
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.testing import text_of
from lczero_training.tui.theme import CLASSIC

ARCHIVE = Path("configs/quickstart_games/training-run1-test80-20251122-0017.tar")
# Of the 78 games of the archive.
CHUNKS_PER_NETWORK = 70
# Only a test that fails waits so long.
PATIENCE_SECONDS = 120.0


class Screen:
    """What a user sees, and when."""

    def __init__(self, app: TrainingTuiApp, pilot: Pilot[Any], heard: asyncio.Event) -> None:
        self._app = app
        self._pilot = pilot
        self._heard = heard

    async def when(self, true: Callable[[Dashboard], bool]) -> str:
        """The text on screen once that is true of what was heard."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not true(self._app.board):
                assert self._app.board.link is not Link.GONE, self._app.last_words()
                await self._heard.wait()
                self._heard.clear()
                await self._pilot.pause()
        await self._pilot.pause()
        return text_of(self._app)


async def play(
    monkeypatch: pytest.MonkeyPatch,
    *arguments: str,
    user: Callable[[Screen, Pilot[Any]], Awaitable[None]],
) -> TrainingTuiApp:
    """Runs the app with these arguments until it ends; `user` looks and presses."""
    heard = asyncio.Event()

    async def tell_and_listen(daemon: DaemonLink, post: Callable[[Message], object]) -> None:
        def tell(message: Message) -> None:
            post(message)
            heard.set()

        await listener.listen(daemon, tell)

    monkeypatch.setattr("lczero_training.tui.daemon_app.listen", tell_and_listen)
    args = cli.make_parser().parse_args(arguments)
    recording = cli.open_recording(args.record) if args.record else None
    app = cli.make_app(connection(args), recording, CLASSIC.name)
    async with app.run_test(size=(120, 40)) as pilot:
        await user(Screen(app, pilot, heard), pilot)
    assert recording is None or recording.close(PATIENCE_SECONDS) is None
    return app


async def test_from_no_game_to_a_network_and_the_same_again_from_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_tiny_config(
        tmp_path, chunks_per_network=CHUNKS_PER_NETWORK, steps_per_network=100
    )
    (tmp_path / "games").mkdir()
    recording = tmp_path / "session.jsonl"

    async def train(screen: Screen, pilot: Pilot[Any]) -> None:
        assert "STARTING" in text_of(pilot.app)
        text = await screen.when(
            lambda board: board.state == DaemonState.WAITING_FOR_DATA and board.loader is not None
        )
        assert "WAITING FOR DATA" in text and f"0 / {CHUNKS_PER_NETWORK} chunks" in text
        shutil.copyfile(ARCHIVE, tmp_path / "games" / ARCHIVE.name)
        # It compiles first, so this state is not over before it was seen.
        assert "TRAINING" in await screen.when(lambda board: board.state == DaemonState.TRAINING)
        text = await screen.when(lambda board: len(board.networks) > 0)
        assert "tiny-00000006.pb.gz" in text
        await screen.when(lambda board: board.state == DaemonState.WAITING_FOR_DATA)
        await pilot.press("q", "y")
        await screen.when(lambda board: board.link is Link.GONE)

    live = await play(
        monkeypatch,
        *("--config", str(config), "--set", "training.steps_per_network=6"),
        *("--record", str(recording)),
        user=train,
    )
    assert live.return_value == 0
    network = tmp_path / "networks" / "tiny-00000006.pb.gz"
    assert network.is_file() and live.last_words() == [f"network 6: {network}"]

    async def watch(screen: Screen, pilot: Pilot[Any]) -> None:
        text = await screen.when(lambda board: board.replay is not None and board.replay.ended)
        assert "End of the recording" in text and "tiny-00000006.pb.gz" in text
        await pilot.press("q")

    again = await play(monkeypatch, "--replay", str(recording), "--speed", "max", user=watch)
    assert again.return_value == 0
    compare(live.board, again.board)


def compare(live: Dashboard, again: Dashboard) -> None:
    assert (again.status, again.networks) == (live.status, live.networks)
    assert again.history.names() == live.history.names() != []
    for name in live.history.names():
        assert again.history.points(name) == live.history.points(name)
    *log, end = again.log
    assert log == list(live.log)
    assert "the daemon ended with exit code 0" in end.text
