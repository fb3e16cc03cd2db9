import tarfile
from pathlib import Path

import pytest

from lczero_training.config import load_config
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import DaemonState, TrainingStatus
from tools.rig.deliveries import Deliveries
from tools.rig.games import load_games, pack
from tools.rig.rest import Rest
from tools.rig.run_config import LinearRate, write_run_config


def test_archives_hold_the_games(tmp_path: Path) -> None:
    games = load_games()
    assert len(games) == 156 and len({game.data for game in games}) == 156
    (tmp_path / "x.tar").write_bytes(pack(games[3:5]))
    assert load_games(tmp_path) == games[3:5]
    with tarfile.open(tmp_path / "x.tar") as archive:
        assert all(member.name.endswith(".gz") for member in archive)


def test_deliveries_ascend_and_are_recorded(tmp_path: Path) -> None:
    deliveries = Deliveries(tmp_path / "games")
    keys = [deliveries.add(b"x", chunks=count).key for count in (1, 2, 4)]
    assert keys == sorted(keys)
    assert {path.name for path in (tmp_path / "games").iterdir()} == set(keys)
    assert deliveries.chunks_between("") == 7
    assert deliveries.chunks_between(keys[0]) == 6
    assert deliveries.chunks_between(keys[0], keys[1]) == 2
    assert deliveries.chunks_between(keys[2]) == 0


def test_old_deliveries_go(tmp_path: Path) -> None:
    deliveries = Deliveries(tmp_path)
    keys = [deliveries.add(b"x", chunks=1).key for _ in range(5)]
    deliveries.keep_newest(2)
    assert {path.name for path in tmp_path.iterdir()} == set(keys[3:])
    assert deliveries.chunks_between("") == 5


def test_the_config_is_one(tmp_path: Path) -> None:
    rate = LinearRate(start=0.1, end=0.2, steps=10)
    path = write_run_config(
        tmp_path,
        steps_per_network=4,
        every_steps=2,
        chunks_per_network=6,
        rate=rate,
        more={"daemon.status_interval_seconds": 0.5},
    )
    config = load_config(path)
    assert config.daemon.chunks_per_network == 6
    assert config.daemon.status_interval_seconds == 0.5
    assert config.training.schedule[0].end == 0.2
    assert rate.at(1) == 0.1
    assert rate.at(6) == pytest.approx(0.15)
    assert rate.at(50) == pytest.approx(0.2)


def status(anchor: str, chunks: int, newest: str, state: DaemonState) -> TrainingStatus:
    stats = LoaderStats(anchor=anchor, chunks_since_anchor=chunks, newest_key=newest)
    return TrainingStatus(state=state, loader=stats)


def test_rest_is_when_all_is_counted_once(tmp_path: Path) -> None:
    deliveries = Deliveries(tmp_path)
    old, new = (deliveries.add(b"x", chunks=count).key for count in (7, 3))
    waiting = DaemonState.WAITING_FOR_DATA
    rest = Rest(deliveries, chunks_per_network=6)
    assert rest.is_at_rest(status(old, 3, new, waiting))
    assert not rest.is_at_rest(None)
    assert not rest.is_at_rest(TrainingStatus(state=waiting))
    assert not rest.is_at_rest(status(old, 2, new, waiting))
    assert not rest.is_at_rest(status(old, 4, new, waiting))
    assert not rest.is_at_rest(status(old, 3, old, waiting))
    assert not rest.is_at_rest(status(old, 3, new, DaemonState.TRAINING))
    assert not Rest(deliveries, chunks_per_network=3).is_at_rest(status(old, 3, new, waiting))
    assert "2 chunks counted" in rest.describe(status(old, 2, new, waiting))
    assert rest.describe(None) == "no status with a loader"
