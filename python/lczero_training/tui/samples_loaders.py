"""Made-up but plausible statistics of loaders with splits, joins and many stages."""

from dataclasses import replace

from lczero_training.schema import loader_stats as ls

_UPTIME_SECONDS = 86_754.0


def loader_stats_with_splits() -> ls.LoaderStats:
    """Games split by source: nine tenths to train on, the rest for validation and test."""
    stages, queues = _head("train_pool", "validation_pool", "test_pool")
    for split, share in (("train", 1.0), ("validation", 0.06), ("test", 0.02)):
        more_stages, more_queues = _stream(split, share)
        stages += more_stages
        queues += more_queues
    return _loader(stages, queues)


def twelve_stages() -> ls.LoaderStats:
    """New and old games from a pool of each, joined before the shuffle."""
    stages, queues = _head("new_pool", "old_pool")
    for name, share in (("new", 0.7), ("old", 0.3)):
        more_stages, more_queues = _branch(name, share, reader="join")
        stages += more_stages
        queues += more_queues
    stages += [
        _stage("join", "join", load=0.22, rate=12_310.0, positions=12_310.0),
        _reservoir("shuffle", 1.0),
        _stage("batches", "tensor_generator", 4, load=3.71, rate=12.0, positions=12_288.0),
    ]
    queues += [
        _queue("join", "shuffle", 7_800, 8_192, 12_310.0),
        _queue("shuffle", "batches", 310, 8_192, 12_288.0),
        _queue("batches", "train", 1, 8, 12.0),
    ]
    return _loader(stages, queues)


_Part = tuple[list[ls.StageStats], list[ls.QueueStats]]


def _loader(stages: list[ls.StageStats], queues: list[ls.QueueStats]) -> ls.LoaderStats:
    return ls.LoaderStats(
        uptime_seconds=_UPTIME_SECONDS,
        stages=tuple(stages),
        queues=tuple(queues),
        chunks_since_anchor=13_412,
        anchor="training-run1-20260101-0017.tar",
        newest_key="training-run1-20260102-0817.tar",
    )


def _head(*pools: str) -> _Part:
    """From the files to a splitter that feeds `pools`."""
    sources = _stage(
        "sources",
        "chunk_source_loader",
        load=0.02,
        rate=0.1,
        counters={"chunks": _counter(912_880, 5.2), "bad.member": _counter(7, 0)},
    )
    stages = [
        _stage("files", "file_discovery", load=0.0, rate=0.1, counters={"notices": _counter(3, 0)}),
        sources,
        _stage("splitter", "chunk_source_splitter", load=0.0, rate=0.1),
    ]
    queues = [
        _queue("files", "sources", 0, 16, 0.1),
        _queue("sources", "splitter", 0, 16, 0.1),
        *(_queue("splitter", pool, 0, 16, 0.03) for pool in pools),
    ]
    return stages, queues


def _stream(split: str, share: float) -> _Part:
    """A branch and what makes batches of it."""
    stages, queues = _branch(split, share, reader=f"{split}_shuffle")
    batches = f"{split}_batches"
    stages += [
        _reservoir(f"{split}_shuffle", share),
        _stage(
            batches,
            "tensor_generator",
            2,
            load=1.93 * share,
            rate=12.0 * share,
            positions=12_288.0 * share,
        ),
    ]
    queues += [
        _queue(f"{split}_shuffle", batches, 512, 8_192, 12_288.0 * share),
        _queue(batches, split, 8, 8, 12.0 * share),
    ]
    return stages, queues


def _branch(name: str, share: float, *, reader: str) -> _Part:
    """From a pool to positions for `reader`; `share` of the whole flow."""
    pool, validator, unpacker = f"{name}_pool", f"{name}_validator", f"{name}_unpacker"
    stages = [
        _pool(pool, share),
        _stage(
            validator,
            "chunk_validator",
            load=0.31 * share,
            rate=2_410.0 * share,
            positions=204_000.0 * share,
            counters={
                "bad.policy_sum": _counter(212),
                "bad.q": _counter(31),
                "bad.kings": _counter(1),
            },
        ),
        _stage(
            unpacker,
            "chunk_unpacker",
            2,
            load=0.84 * share,
            rate=12_310.0 * share,
            positions=12_310.0 * share,
        ),
    ]
    queues = [
        _queue(pool, validator, int(60 * share), 64, 2_410.0 * share),
        _queue(validator, unpacker, 29, 64, 2_410.0 * share),
        _queue(unpacker, reader, int(5_000 * share), 8_192, 12_310.0 * share),
    ]
    return stages, queues


def _pool(name: str, share: float) -> ls.StageStats:
    stage = _stage(
        name,
        "shuffling_chunk_pool",
        4,
        load=2.72 * share,
        rate=2_411.0 * share,
        counters={
            "inflated_bytes": _counter(int(148_302_551_040 * share), 1.7e6 * share),
            "bad.corrupt": _counter(2),
        },
    )
    shares = _shares(int(500_000 * share))
    window = ls.PoolStats(
        chunks=sum(each.chunks for each in shares),
        capacity=sum(each.chunks for each in shares),
        sources=sum(each.sources for each in shares),
        exhaustions=41,
        shares=shares,
    )
    return replace(stage, pool=window)


def _shares(chunks: int) -> tuple[ls.PoolShare, ...]:
    """A day of archives, an hour and a half each; fewer games by night."""
    weights = (5, 6, 9, 14, 16, 15, 17, 20, 22, 19, 12, 8, 6, 4, 5, 3)
    return tuple(
        ls.PoolShare(
            first_key=_key(index * 90),
            last_key=_key(index * 90 + 80),
            sources=9,
            chunks=chunks * weight // sum(weights),
        )
        for index, weight in enumerate(weights)
    )


def _key(minutes: int) -> str:
    hour, minute = divmod(minutes + 497, 60)
    return f"training-run1-202601{1 + hour // 24:02}-{hour % 24:02}{minute:02}.tar"


def _reservoir(name: str, share: float) -> ls.StageStats:
    stage = _stage(
        name,
        "frame_sampler",
        load=0.45 * share,
        rate=12_288.0 * share,
        positions=12_288.0 * share,
    )
    frames = int(250_000 * share)
    return replace(stage, reservoir=ls.ReservoirStats(frames=frames, capacity=frames))


def _stage(
    name: str,
    kind: str,
    threads: int = 1,
    *,
    load: float,
    rate: float,
    positions: float = 0.0,
    counters: dict[str, ls.Counter] | None = None,
) -> ls.StageStats:
    """Busy since the start as it is now; two thirds of the rest waits for input."""
    busy = load * _UPTIME_SECONDS
    waits = threads * _UPTIME_SECONDS - busy
    return ls.StageStats(
        name=name,
        kind=kind,
        threads=threads,
        load=load,
        busy_seconds=busy,
        input_wait_seconds=waits * 2 / 3,
        output_wait_seconds=waits / 3,
        items=_counter(int(rate * _UPTIME_SECONDS), rate),
        positions=_counter(int(positions * _UPTIME_SECONDS), positions),
        counters=counters or {},
    )


def _queue(source: str, target: str, size: int, capacity: int, rate: float) -> ls.QueueStats:
    total = int(rate * _UPTIME_SECONDS)
    return ls.QueueStats(
        from_stage=source,
        to_stage=target,
        size=size,
        capacity=capacity,
        put=_counter(total + size, rate),
        get=_counter(total, rate),
    )


def _counter(total: int, rate: float = 0.0) -> ls.Counter:
    return ls.Counter(total=total, rate=rate)
