import os
from dataclasses import replace
from pathlib import Path

from lczero_training.daemon.ledger import LedgerEntry
from lczero_training.daemon.ports import NetworkFile
from lczero_training.daemon.session import SessionSnapshot
from lczero_training.daemon.status import (
    LISTED_NETWORKS,
    build_status,
    newest_networks,
    resident_bytes,
)
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import (
    DaemonState,
    DeviceMemory,
    TrainingProgress,
    TrainingStatus,
    UploadStatus,
)


def entry(step: int) -> LedgerEntry:
    files = tuple(
        NetworkFile(path=f"/{folder}/{step}.pb.gz", sha256="ab", size_bytes=7) for folder in "ab"
    )
    return LedgerEntry(step=step, exported_at="2026-01-02T03:04:05Z", files=files)


def status(snapshot: SessionSnapshot) -> TrainingStatus:
    return build_status(
        state=DaemonState.TRAINING,
        paused=True,
        uptime_seconds=2.5,
        name="n",
        config_filepath="/c.yaml",
        chunks_per_network=100,
        networks_this_run=1,
        max_networks=3,
        snapshot=snapshot,
        problems={"EXPORT_FAILED": 2},
    )


def test_status_of_a_running_session() -> None:
    loader = LoaderStats(chunks_since_anchor=42)
    training = TrainingProgress(step=7)
    message = status(
        SessionSnapshot(
            training=training,
            loader=loader,
            networks=(entry(1), entry(2)),
            networks_total=2,
            device="cpu",
            exports_waiting=1,
            upload=UploadStatus(parked=1),
            device_memory=DeviceMemory(used_bytes=5),
        )
    )
    assert message.state == DaemonState.TRAINING and message.paused
    assert message.schedule.chunks_since_anchor == 42
    assert message.schedule.networks_total == 2
    assert message.schedule.max_networks == 3
    assert message.training is training and message.loader is loader
    assert [network.step for network in message.networks] == [2, 1]
    assert message.device == "cpu" and message.device_memory == DeviceMemory(used_bytes=5)
    assert message.exports_waiting == 1 and message.upload == UploadStatus(parked=1)
    assert message.problems == {"EXPORT_FAILED": 2}
    assert message.memory_bytes > 1 << 20


def test_status_without_a_session_leaves_out_what_is_not_there() -> None:
    message = status(SessionSnapshot())
    assert message.training is None and message.loader is None and message.networks == ()


def test_list_of_networks_is_bounded_and_has_one_line_each() -> None:
    networks = newest_networks([entry(step) for step in range(100)])
    assert [network.step for network in networks] == list(range(99, 99 - LISTED_NETWORKS, -1))
    assert networks[0].path == "/a/99.pb.gz"


def test_resident_memory(tmp_path: Path) -> None:
    statm = tmp_path / "statm"
    statm.write_text("900 30 4 1 0 5 0\n")
    assert resident_bytes(statm) == 30 * os.sysconf("SC_PAGE_SIZE")
    assert resident_bytes(tmp_path / "missing") == 0
    statm.write_text("garbage")
    assert resident_bytes(statm) == 0


def test_list_of_networks_says_which_the_server_has() -> None:
    networks = newest_networks([entry(1), replace(entry(2), uploaded_at="2026-01-02T03:05:05Z")])
    assert [network.uploaded for network in networks] == [True, False]
