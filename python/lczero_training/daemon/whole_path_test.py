"""The daemon as it is in production, on real games: loader, trainer and exporter included."""

import gzip
import json
import shutil
import signal
import sys
from pathlib import Path

import pytest

from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.harness import RunningDaemon
from lczero_training.schema.messages import DaemonState

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


def ledger_steps(folder: Path) -> list[int]:
    lines = (folder / "checkpoints" / "networks.jsonl").read_text().splitlines()
    return [json.loads(line)["step"] for line in lines]


async def test_two_networks_from_two_archives(tmp_path: Path) -> None:
    daemon = await start(tmp_path, "--max-networks", "2")
    await daemon.until_state(DaemonState.WAITING_FOR_DATA)
    deliver(tmp_path, ARCHIVES[0])
    first = (await daemon.until_type("network_exported")).network
    # Back to waiting: the games of the first archive do not count again.
    await daemon.until_state(DaemonState.WAITING_FOR_DATA)
    deliver(tmp_path, ARCHIVES[1])
    second = (await daemon.until_type("network_exported")).network
    assert await daemon.until_exit() == 0
    assert (first.step, second.step) == (4, 8)
    for network in (first, second):
        path = Path(network.path)
        assert path.stat().st_size == network.size_bytes
        assert len(gzip.decompress(path.read_bytes())) > 1000
    assert first.sha256 != second.sha256
    assert ledger_steps(tmp_path) == [4, 8]
    status = daemon.notifications("training_status")[-1]
    assert status.training.total_loss > 0.0 and status.memory_bytes > 0 and status.device
    names = {path.name for path in (tmp_path / "networks").iterdir()}
    assert names == {"tiny-00000004.pb.gz", "tiny-00000008.pb.gz"}


async def test_kill_within_a_network_and_resume(tmp_path: Path) -> None:
    deliver(tmp_path, ARCHIVES[0])
    first = await start(tmp_path)
    saved = await first.until_type("checkpoint_saved")
    first.signal(signal.SIGKILL)
    assert await first.until_exit() == -signal.SIGKILL
    assert saved.step == 2

    second = await start(tmp_path)
    network = (await second.until_type("network_exported")).network
    await second.until_state(DaemonState.WAITING_FOR_DATA)
    # Its games were counted before the kill; only new ones make the next network.
    status = await second.until_type("training_status")
    assert status.schedule.chunks_since_anchor < CHUNKS_PER_NETWORK
    deliver(tmp_path, ARCHIVES[1])
    later = (await second.until_type("network_exported")).network
    second.signal(signal.SIGTERM)
    assert await second.until_exit() == 0
    assert (network.step, later.step) == (4, 8)
    assert ledger_steps(tmp_path) == [4, 8]


@pytest.mark.parametrize("state", [DaemonState.WAITING_FOR_DATA, DaemonState.TRAINING])
async def test_signal_while_it_opens_waits_or_compiles(tmp_path: Path, state: DaemonState) -> None:
    if state is DaemonState.TRAINING:
        deliver(tmp_path, ARCHIVES[0])
    daemon = await start(tmp_path)
    await daemon.until_state(state)
    daemon.signal(signal.SIGTERM)
    assert await daemon.until_exit() == 0
    assert daemon.notifications("bye")[-1].exit_code == 0
