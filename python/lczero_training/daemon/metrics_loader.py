"""The loader's statistics as Prometheus metrics."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from lczero_training.schema.loader_stats import LoaderStats, QueueStats, StageStats

# So begin the counters of bad chunks; the reason follows.
_BAD = "bad."


def loader_families(loader: LoaderStats) -> Iterator[Metric]:
    """Metrics of all stages and queues."""
    yield from _work(loader.stages)
    yield from _counters(loader.stages)
    yield from _discoveries(loader.stages)
    yield from _pools(loader.stages)
    yield from _caches(loader.stages)
    yield from _reservoirs(loader.stages)
    yield from _queues(loader.queues)


def _work(stages: Sequence[StageStats]) -> Iterator[Metric]:
    threads = _gauge("stage_threads", "Threads of a stage.", "stage", "kind")
    busy = _gauge("stage_busy_threads", "Busy on average over the last second.", "stage", "kind")
    seconds = _counter(
        "stage_thread_seconds", "Time that a stage's threads spent.", "stage", "kind", "activity"
    )
    items = _counter("stage_items", "Items put out.", "stage", "kind")
    positions = _counter("stage_positions", "Positions put out.", "stage", "kind")
    for stage in stages:
        labels = [stage.name, stage.kind]
        threads.add_metric(labels, stage.threads)
        busy.add_metric(labels, stage.load)
        seconds.add_metric([*labels, "busy"], stage.busy_seconds)
        seconds.add_metric([*labels, "input_wait"], stage.input_wait_seconds)
        seconds.add_metric([*labels, "output_wait"], stage.output_wait_seconds)
        items.add_metric(labels, stage.items.total)
        positions.add_metric(labels, stage.positions.total)
    yield from (threads, busy, seconds, items, positions)


def _counters(stages: Sequence[StageStats]) -> Iterator[Metric]:
    bad = _counter("bad_chunks", "Chunks skipped because of what is in them.", "stage", "reason")
    others = _counter("stage_events", "What only one kind of stage counts.", "stage", "event")
    for stage in stages:
        for key, counter in stage.counters.items():
            family = bad if key.startswith(_BAD) else others
            family.add_metric([stage.name, key.removeprefix(_BAD)], counter.total)
    yield from (bad, others)


def _discoveries(stages: Sequence[StageStats]) -> Iterator[Metric]:
    quiet = _gauge("discovery_quiet_seconds", "Since the newest file was found.", "stage")
    for stage in stages:
        if stage.discovery is not None and stage.discovery.quiet_seconds is not None:
            quiet.add_metric([stage.name], stage.discovery.quiet_seconds)
    yield quiet


def _pools(stages: Sequence[StageStats]) -> Iterator[Metric]:
    chunks = _gauge("pool_chunks", "Chunks in the window.", "stage")
    capacity = _gauge("pool_capacity_chunks", "Chunks that the window holds.", "stage")
    sources = _gauge("pool_sources", "Files that the window's chunks come from.", "stage")
    passes = _counter("pool_exhaustions", "Times that every chunk had been emitted.", "stage")
    for stage in stages:
        if stage.pool is not None:
            chunks.add_metric([stage.name], stage.pool.chunks)
            capacity.add_metric([stage.name], stage.pool.capacity)
            sources.add_metric([stage.name], stage.pool.sources)
            passes.add_metric([stage.name], stage.pool.exhaustions)
    yield from (chunks, capacity, sources, passes)


def _caches(stages: Sequence[StageStats]) -> Iterator[Metric]:
    places = ("stage", "place")
    used = _gauge("frame_cache_bytes", "Games that are kept packed.", *places)
    capacity = _gauge("frame_cache_capacity_bytes", "Room for them.", *places)
    chunks = _gauge("frame_cache_chunks", "How many they are.", *places)
    failures = _counter(
        "frame_cache_file_failures", "Not 0: the cache's file is used no more.", "stage"
    )
    for stage in stages:
        if stage.pool is None or (cache := stage.pool.cache) is None:
            continue
        for place, values in (
            ("memory", (cache.used_bytes, cache.capacity_bytes, cache.chunks)),
            ("file", (cache.spilled_bytes, cache.spill_capacity_bytes, cache.spilled_chunks)),
        ):
            for family, figure in zip((used, capacity, chunks), values, strict=True):
                family.add_metric([stage.name, place], figure)
        failures.add_metric([stage.name], cache.spill_failures)
    yield from (used, capacity, chunks, failures)


def _reservoirs(stages: Sequence[StageStats]) -> Iterator[Metric]:
    frames = _gauge("reservoir_frames", "Positions in the shuffling reservoir.", "stage")
    capacity = _gauge("reservoir_capacity_frames", "Positions that the reservoir holds.", "stage")
    for stage in stages:
        if stage.reservoir is not None:
            frames.add_metric([stage.name], stage.reservoir.frames)
            capacity.add_metric([stage.name], stage.reservoir.capacity)
    yield from (frames, capacity)


def _queues(queues: Sequence[QueueStats]) -> Iterator[Metric]:
    ends = ("from_stage", "to_stage")
    size = _gauge("queue_items", "Items that wait.", *ends)
    capacity = _gauge("queue_capacity_items", "Items that may wait.", *ends)
    put = _counter("queue_put", "Items put in.", *ends)
    got = _counter("queue_get", "Items taken out.", *ends)
    dropped = _counter("queue_dropped", "Items dropped because nobody took them.", *ends)
    for queue in queues:
        labels = [queue.from_stage, queue.to_stage]
        size.add_metric(labels, queue.size)
        capacity.add_metric(labels, queue.capacity)
        put.add_metric(labels, queue.put.total)
        got.add_metric(labels, queue.get.total)
        dropped.add_metric(labels, queue.dropped.total)
    yield from (size, capacity, put, got, dropped)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lczero_{name}", text, labels=labels)


def _counter(name: str, text: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"lczero_{name}", text, labels=labels)
