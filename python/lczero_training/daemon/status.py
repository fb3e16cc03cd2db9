"""Builds the training_status notification."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lczero_training.daemon.ledger import LedgerEntry
from lczero_training.daemon.session import SessionSnapshot
from lczero_training.schema.messages import (
    DaemonState,
    NetworkInfo,
    ScheduleStatus,
    TrainingStatus,
)

# Networks that a status lists: as many as a pane can show.
LISTED_NETWORKS = 10


def build_status(
    *,
    state: DaemonState,
    paused: bool,
    uptime_seconds: float,
    name: str,
    config_filepath: str,
    chunks_per_network: int,
    networks_this_run: int,
    max_networks: int,
    snapshot: SessionSnapshot,
    problems: Mapping[str, int],
) -> TrainingStatus:
    """The daemon's state as one message."""
    loader = snapshot.loader
    return TrainingStatus(
        state=state,
        paused=paused,
        uptime_seconds=uptime_seconds,
        name=name,
        config_filepath=config_filepath,
        schedule=ScheduleStatus(
            chunks_per_network=chunks_per_network,
            chunks_since_anchor=0 if loader is None else loader.chunks_since_anchor,
            networks_this_run=networks_this_run,
            networks_total=snapshot.networks_total,
            max_networks=max_networks,
        ),
        training=snapshot.training,
        loader=loader,
        networks=newest_networks(snapshot.networks),
        memory_bytes=resident_bytes(),
        device=snapshot.device,
        upload=snapshot.upload,
        exports_waiting=snapshot.exports_waiting,
        problems=dict(problems),
        device_memory=snapshot.device_memory,
    )


def newest_networks(entries: Sequence[LedgerEntry]) -> tuple[NetworkInfo, ...]:
    """The last networks, newest first, each by its first file."""
    return tuple(network_infos(entry)[0] for entry in reversed(entries[-LISTED_NETWORKS:]))


def network_infos(entry: LedgerEntry) -> tuple[NetworkInfo, ...]:
    """One message for each file of the network."""
    return tuple(
        NetworkInfo(
            step=entry.step,
            path=file.path,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            exported_at=entry.exported_at,
            uploaded=bool(entry.uploaded_at),
        )
        for file in entry.files
    )


def resident_bytes(statm: Path = Path("/proc/self/statm")) -> int:
    """Resident memory of this process; 0 where the system does not tell."""
    try:
        pages = int(statm.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
