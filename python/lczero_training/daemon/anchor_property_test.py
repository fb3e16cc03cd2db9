"""Every chunk counts once, whatever the order of arrivals, networks, stops and kills.

The cycle with the real loader on real games, and a trainer that only counts steps. A kill is an
exception out of an event's report: nothing after it happens, and what is on disk stays.
"""

import itertools
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lczero_training.config import load_config
from lczero_training.config.root import RootConfig
from lczero_training.daemon.chunk_watcher import ChunkWatcher
from lczero_training.daemon.controls import Controls
from lczero_training.daemon.cycle import Cycle, CycleParts
from lczero_training.daemon.events import PhaseEntered, SessionEvent
from lczero_training.daemon.exports import Exports
from lczero_training.daemon.ledger import Ledger
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import (
    FakeTrainer,
    encode_fake_network,
    write_fake_file,
)
from lczero_training.loader import LoaderStopped, ResumableLoader
from lczero_training.schema.messages import DaemonState

GAMES = Path("configs/quickstart_games/training-run1-test80-20251122-0017.tar")
CHUNKS_PER_NETWORK = 4
# In one archive.
MOST_GAMES = 5
PATIENCE_SECONDS = 20.0

# What happens when the session tells something: an archive of so many games arrives (0: none),
# and then the session goes on, is stopped in order, or is killed.
GO_ON, STOP, KILL = "go on", "stop", "kill"
happenings = st.tuples(
    st.integers(0, MOST_GAMES), st.sampled_from([GO_ON, GO_ON, GO_ON, GO_ON, GO_ON, STOP, KILL])
)
# For each session: the archives that arrive before it starts, and what happens in it.
sessions = st.tuples(
    st.lists(st.integers(1, MOST_GAMES), max_size=2), st.lists(happenings, min_size=1, max_size=20)
)


class Killed(BaseException):
    """No handler of the cycle's is to see it."""


@dataclass(frozen=True)
class Session:
    """A cycle with what it works with."""

    cycle: Cycle
    controls: Controls
    loader: ResumableLoader

    def run(self) -> None:
        """Runs the cycle. AssertionError if it waits although there are enough chunks."""
        stuck = threading.Event()

        def give_up() -> None:
            stuck.set()
            self.controls.stop()

        patience = threading.Timer(PATIENCE_SECONDS, give_up)
        patience.start()
        try:
            self.cycle.run(max_networks=0)
        finally:
            patience.cancel()
        assert not stuck.is_set(), "chunks are lost: there are enough, and it waits for more"


@dataclass
class World:
    """A run folder, the archives that came, and sessions one after the other."""

    folder: Path
    config: RootConfig
    # Games by archive, which are named in order.
    archives: dict[str, int] = field(default_factory=dict)
    # Of the network that was begun last, or restored.
    anchor: str = ""

    def __post_init__(self) -> None:
        self._games = self.folder / "games"
        self._games.mkdir()
        with tarfile.open(GAMES) as archive:
            games = filter(None, map(archive.extractfile, archive))
            self._bytes = [game.read() for game in itertools.islice(games, MOST_GAMES)]

    def arrive(self, games: int) -> None:
        """An archive of `games` games appears, whole; of 0 games none does."""
        if games == 0:
            return
        name = f"games-{len(self.archives):04d}.tar"
        partial = self._games / f".{name}"
        with tarfile.open(partial, "w") as archive:
            for number in range(games):
                path = self.folder / f"game-{number}.gz"
                path.write_bytes(self._bytes[number])
                archive.add(path, path.name)
        self.archives[name] = games
        partial.rename(self._games / name)

    def chunks_after(self, anchor: str, until: str = "~") -> int:
        """Chunks of archives that came after the anchor, `until` one included."""
        return sum(count for name, count in self.archives.items() if anchor < name <= until)

    def run(self, happening: Iterator[tuple[int, str]]) -> None:
        """One session, until it stops, is killed, or waits for chunks that do not come."""
        with self._session(happening) as session, suppress(Killed):
            session.run()

    def chunks_waiting(self) -> int:
        """What a further session counts as new once it has seen all archives."""
        with self._session(iter([])) as session:
            session.run()
            expected = self.chunks_after(self.anchor)
            assert session.loader.WaitForChunks(expected, PATIENCE_SECONDS)
            return session.loader.GetStats().chunks_since_anchor

    @contextmanager
    def _session(self, happening: Iterator[tuple[int, str]]) -> Iterator[Session]:
        controls = Controls()
        loader = ResumableLoader(self.config.data_loader, remember=0)
        trainer = FakeTrainer(self.config)
        watcher = ChunkWatcher(loader, CHUNKS_PER_NETWORK, controls, LoaderStopped)

        self.anchor = trainer.run_state.anchor

        def report(event: SessionEvent) -> None:
            games, then = next(happening, (0, GO_ON))
            self.arrive(games)
            if then == KILL:
                raise Killed
            state = event.state if isinstance(event, PhaseEntered) else None
            if state is DaemonState.TRAINING:
                self.anchor = trainer.run_state.anchor
            enough = self.chunks_after(self.anchor) >= CHUNKS_PER_NETWORK
            if then == STOP or (state is DaemonState.WAITING_FOR_DATA and not enough):
                controls.stop()

        ledger = Ledger(Path(self.config.training.checkpoint.directory))
        exports = Exports(
            ledger=ledger,
            write_file=write_fake_file,
            report=report,
            retry=self.config.export.retry,
        )
        parts = CycleParts(
            config=self.config,
            loader=loader,
            trainer=trainer,
            ledger=ledger,
            exports=exports,
            delivery=None,
            controls=controls,
            arm_watcher=watcher.arm,
            encode_network=encode_fake_network,
            loader_stopped=LoaderStopped,
            checkpoint_failed=OSError,
            report=report,
            on_progress=lambda progress: None,
        )
        try:
            yield Session(Cycle(parts), controls, loader)
        finally:
            loader.Stop()
            watcher.close()


@given(st.lists(sessions, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_every_chunk_counts_once(schedule: list[tuple[list[int], list[tuple[int, str]]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_tiny_config(Path(folder), chunks_per_network=CHUNKS_PER_NETWORK)
        world = World(Path(folder), load_config(path))
        for archives, happening in schedule:
            for games in archives:
                world.arrive(games)
            world.run(iter(happening))
        waiting = world.chunks_waiting()
        networks = Ledger(world.folder / "checkpoints").entries

    anchors = ["", *(network.anchor for network in networks)]
    # Nothing counts twice: each network has archives of its own, enough of them.
    for before, anchor in itertools.pairwise(anchors):
        assert world.chunks_after(before, anchor) >= CHUNKS_PER_NETWORK
    # Nothing is lost: what no network had is counted for the next one.
    assert waiting == world.chunks_after(anchors[-1]) < CHUNKS_PER_NETWORK
    assert [network.step for network in networks] == [4 * (n + 1) for n in range(len(networks))]
