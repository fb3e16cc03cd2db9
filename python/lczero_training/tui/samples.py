"""Made-up but plausible data for tests and pictures of the dashboard."""

import math

from lczero_training.client.events import LogLine
from lczero_training.schema import loader_stats as ls
from lczero_training.schema import messages as schema
from lczero_training.tui.samples_loaders import loader_stats_with_splits, twelve_stages

# Also what stands in files of its own.
__all__ = ["loader_stats_with_splits", "twelve_stages"]


def counter(total: int, rate: float = 0.0) -> ls.Counter:
    """Total, and events a second."""
    return ls.Counter(total=total, rate=rate)


def loader_stats() -> ls.LoaderStats:
    """The quickstart's seven stages in the middle of training."""
    stages = (
        ls.StageStats(
            name="files",
            kind="file_discovery",
            threads=1,
            load=0.0,
            items=counter(4, 0.0),
            counters={"files": counter(4)},
        ),
        ls.StageStats(
            name="sources",
            kind="chunk_source_loader",
            threads=1,
            load=0.02,
            items=counter(4),
            counters={"read_bytes": counter(8_412_160, 0)},
        ),
        ls.StageStats(
            name="pool",
            kind="shuffling_chunk_pool",
            threads=1,
            load=0.31,
            items=counter(90_113, 86.4),
            counters={"bad.size": counter(2)},
            pool=ls.PoolStats(chunks=312, capacity=400, sources=4, exhaustions=2),
        ),
        ls.StageStats(
            name="validator",
            kind="chunk_validator",
            threads=1,
            load=0.12,
            items=counter(90_101, 86.4),
            positions=counter(7_650_000, 7_340.0),
            counters={"bad.probabilities": counter(9), "bad.truncated": counter(1)},
        ),
        ls.StageStats(
            name="unpacker",
            kind="chunk_unpacker",
            threads=2,
            load=0.84,
            items=counter(1_904_221, 12_310.0),
            positions=counter(1_904_221, 12_310.0),
        ),
        ls.StageStats(
            name="shuffle",
            kind="frame_sampler",
            threads=1,
            load=0.45,
            items=counter(1_900_221, 12_288.0),
            positions=counter(1_900_221, 12_288.0),
            reservoir=ls.ReservoirStats(frames=4000, capacity=4000),
        ),
        ls.StageStats(
            name="batches",
            kind="tensor_generator",
            threads=2,
            load=1.93,
            items=counter(14_845, 96.0),
            positions=counter(1_900_160, 12_288.0),
        ),
    )
    queues = (
        _queue("files", "sources", 0, 16, 0.0),
        _queue("sources", "pool", 0, 16, 0.0),
        _queue("pool", "validator", 850, 1000, 86.4),
        _queue("validator", "unpacker", 12, 16, 86.4),
        _queue("unpacker", "shuffle", 1100, 2048, 12_300.0),
        _queue("shuffle", "batches", 120, 2048, 12_288.0),
        _queue("batches", "train", 4, 4, 96.0),
    )
    return ls.LoaderStats(
        uptime_seconds=754.0,
        stages=stages,
        queues=queues,
        chunks_since_anchor=34,
        anchor="training-run1-20260101-0017.tar",
        newest_key="training-run1-20260101-0817.tar",
    )


def _queue(source: str, target: str, size: int, capacity: int, rate: float) -> ls.QueueStats:
    return ls.QueueStats(
        from_stage=source,
        to_stage=target,
        size=size,
        capacity=capacity,
        put=counter(int(rate * 700), rate),
        get=counter(int(rate * 700), rate),
    )


def progress(step: int = 523, network_step: int = 123) -> schema.TrainingProgress:
    """Losses that fall like real ones, without any randomness."""
    wave = 0.03 * math.sin(step / 7) + 0.02 * math.sin(step / 2.3)
    policy = 1.9 + 3.1 * math.exp(-step / 120) + wave
    value = 0.71 + 0.4 * math.exp(-step / 90) + wave / 3
    moves = 0.42 + 1.1 * math.exp(-step / 60) - wave / 2
    return schema.TrainingProgress(
        step=step,
        network_step=network_step,
        steps_per_network=200,
        steps_per_second=1.27,
        positions_per_second=162.6,
        elapsed_seconds=97.0,
        remaining_seconds=61.0,
        learning_rate=0.002 * min(step / 50, 1.0),
        total_loss=policy + value + 0.5 * moves,
        metrics={
            "policy/vanilla": policy,
            "value/winner": value,
            "movesleft/main": moves,
            "policy/vanilla/accuracy": 0.52 - 0.4 * math.exp(-step / 200),
            "value/winner/accuracy": 0.61 - 0.2 * math.exp(-step / 150),
            "gradient_norm": 0.8 - wave,
            "nonfinite_steps": 0.0,
        },
    )


NETWORKS = tuple(
    schema.NetworkInfo(
        step=step,
        path=f"/home/lc0/runs/quickstart/networks/quickstart-{step:08}.pb.gz",
        sha256="a1" * 32,
        size_bytes=1_312_441,
        uploaded=step == 200,
        exported_at="2026-01-01T08:17:00Z",
    )
    for step in (400, 200)
)


def status(
    state: schema.DaemonState = schema.DaemonState.TRAINING,
    *,
    paused: bool = False,
    training: schema.TrainingProgress | None = None,
    loader: ls.LoaderStats | None = None,
    networks: tuple[schema.NetworkInfo, ...] = (),
) -> schema.TrainingStatus:
    """What the daemon says once a second."""
    return schema.TrainingStatus(
        state=state,
        paused=paused,
        uptime_seconds=754.2,
        name="quickstart",
        config_filepath="/home/lc0/configs/quickstart.yaml",
        schedule=schema.ScheduleStatus(
            chunks_per_network=60, chunks_since_anchor=34, networks_this_run=2, networks_total=2
        ),
        training=training,
        loader=loader,
        networks=networks,
        memory_bytes=812_000_000,
        device="cpu",
    )


LOG = (
    LogLine("2026-01-01 08:16:58,120 INFO lczero_training.daemon: config quickstart.yaml", "info"),
    LogLine("2026-01-01 08:16:58,301 DEBUG lczero_training.loader: seven stages", "debug"),
    LogLine(
        "2026-01-01 08:17:02,009 WARNING lczero_training.loader: chunk "
        "training-run1-20260101-0817.tar#41: size 8357 bytes is not a multiple of the V6 frame "
        "(8356); skipped (1 of 78). Check the download.",
        "warning",
    ),
    LogLine("I0101 08:17:03.120 1234 xla.cc:77] compiled [train_step] in 8.1 s", "info"),
    LogLine("2026-01-01 08:17:09,002 INFO train: step 5, loss [bold red]6.1234[/]", "info"),
    LogLine("2026-01-01 08:17:31,440 ERROR upload: server said 503; next try in 60 s", "error"),
    LogLine("bell \x07, escape \x1b[31mred\x1b[0m, right-to-left \u202e, tab\t.", "info"),
)


def session(points: int = 40) -> list[schema.TrainingStatus]:
    """Statuses of a run, the last one the fullest."""
    return [
        status(
            training=progress(step, step - 400 if step > 400 else step),
            loader=loader_stats(),
            networks=NETWORKS,
        )
        for step in range(523 - 13 * (points - 1), 524, 13)
    ]
