"""The daemon as it is in production, on real games: loader, trainer and exporter included."""

import gzip
import hashlib
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lczero_training.client.events import ClientEvent
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.harness import (
    RunningDaemon,
    environment,
    ledger_steps,
    trained_steps,
)
from lczero_training.schema.messages import DaemonState, NetworkInfo, Problem

REAL_DAEMON = (sys.executable, "-m", "lczero_training.daemon")
GAMES = Path("configs/quickstart_games")
ARCHIVES = ("training-run1-test80-20251122-0017.tar", "training-run1-test80-20251122-0117.tar")
# Of the 78 games of an archive.
CHUNKS_PER_NETWORK = 70


def deliver(folder: Path, archive: str) -> None:
    """Lets an archive appear in the watched folder, as a whole."""
    games = folder / "games"
    games.mkdir(exist_ok=True)
    partial = games / f".{archive}.partial"
    shutil.copyfile(GAMES / archive, partial)
    partial.rename(games / archive)


async def start(folder: Path, *arguments: str) -> RunningDaemon:
    config = write_tiny_config(folder, chunks_per_network=CHUNKS_PER_NETWORK)
    return await RunningDaemon.start("--config", str(config), *arguments, command=REAL_DAEMON)


async def test_two_networks_and_a_kill_within_the_first(tmp_path: Path) -> None:
    deliver(tmp_path, ARCHIVES[0])
    killed = await start(tmp_path)
    saved = await killed.until_type("checkpoint_saved")
    killed.signal(signal.SIGKILL)
    assert await killed.until_exit() == -signal.SIGKILL
    assert saved.step == 2

    daemon = await start(tmp_path, "--max-networks", "2")
    first = (await daemon.until_type("network_exported")).network
    # The games of the first archive were counted before the kill: they do not count again.
    await daemon.until_state(DaemonState.WAITING_FOR_DATA)
    waiting = await daemon.until_type("training_status")
    assert waiting.schedule.chunks_since_anchor < CHUNKS_PER_NETWORK
    deliver(tmp_path, ARCHIVES[1])
    second = (await daemon.until_type("network_exported")).network
    assert await daemon.until_exit() == 0

    assert (first.step, second.step) == (4, 8)
    assert ledger_steps(tmp_path) == [4, 8]
    check_files(tmp_path, first, second)
    last = daemon.notifications("training_status")[-1]
    assert last.training.total_loss > 0.0 and last.memory_bytes > 0 and last.device


def check_files(folder: Path, first: NetworkInfo, second: NetworkInfo) -> None:
    names = {path.name for path in (folder / "networks").iterdir()}
    assert names == {"tiny-00000004.pb.gz", "tiny-00000008.pb.gz"}
    assert first.sha256 != second.sha256
    for network in (first, second):
        data = Path(network.path).read_bytes()
        assert len(data) == network.size_bytes
        assert hashlib.sha256(data).hexdigest() == network.sha256
        assert len(gzip.decompress(data)) > 1000


@pytest.mark.parametrize("state", [DaemonState.WAITING_FOR_DATA, DaemonState.TRAINING])
async def test_signal_while_it_opens_waits_or_compiles(tmp_path: Path, state: DaemonState) -> None:
    if state is DaemonState.TRAINING:
        deliver(tmp_path, ARCHIVES[0])
    daemon = await start(tmp_path)
    await daemon.until_state(state)
    daemon.signal(signal.SIGTERM)
    assert await daemon.until_exit() == 0
    assert daemon.notifications("bye")[-1].exit_code == 0


async def test_full_disk_delays_networks_and_nothing_else(tmp_path: Path) -> None:
    deliver(tmp_path, ARCHIVES[0])
    daemon = await start(
        tmp_path,
        *("--max-networks", "2"),
        *("--set", "export.retry={first_seconds: 0.1, longest_seconds: 0.5}"),
    )
    await daemon.until_type("hello")
    # No file of the daemon's can grow any further, as on a full disk.
    unlimited = resource.prlimit(daemon.client.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.client.pid, resource.RLIMIT_FSIZE, (1000, unlimited[1]))
    await daemon.until(lambda e: problem_of(e) is Problem.CHECKPOINT_FAILED)
    await daemon.until(lambda e: problem_of(e) is Problem.EXPORT_FAILED)
    deliver(tmp_path, ARCHIVES[1])
    await daemon.until(lambda e: trained_steps(e) > 4)
    assert daemon.notifications("checkpoint_saved") == []
    assert daemon.notifications("network_exported") == []

    resource.prlimit(daemon.client.pid, resource.RLIMIT_FSIZE, unlimited)
    first = (await daemon.until_type("network_exported")).network
    second = (await daemon.until_type("network_exported")).network
    assert await daemon.until_exit() == 0
    assert (first.step, second.step) == (4, 8)
    check_files(tmp_path, first, second)


def problem_of(event: ClientEvent) -> Problem | None:
    payload = getattr(event, "payload", None)
    return getattr(payload, "problem", None)


@pytest.mark.parametrize("more", [[], ["--check"]])
def test_graph_that_the_loader_refuses_is_exit_code_2(tmp_path: Path, more: list[str]) -> None:
    config = str(write_tiny_config(tmp_path))
    unread = "data_loader.stages.pool.shuffling_chunk_pool.startup_chunks=1001"
    done = subprocess.run(
        [*REAL_DAEMON, "--config", config, "--set", unread, *more],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert "data_loader: stages.pool.shuffling_chunk_pool.startup_chunks: is 1001" in done.stderr
