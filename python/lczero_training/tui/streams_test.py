from dataclasses import replace

from lczero_training.schema.loader_stats import LoaderStats, PoolStats, QueueStats, StageStats
from lczero_training.tui import samples, streams
from lczero_training.tui.pipeline_health import Health
from lczero_training.tui.smoothing import Flow
from lczero_training.tui.streams_title import title


def flow(edges: str, alone: str = "") -> Flow:
    """From "a>b b>train": every name that begins an edge is a stage."""
    pairs = [edge.split(">") for edge in edges.split()]
    names = dict.fromkeys([*(first for first, _ in pairs), *alone.split()])
    stats = LoaderStats(
        stages=tuple(StageStats(name=name) for name in names),
        queues=tuple(
            QueueStats(from_stage=a, to_stage=b, size=i) for i, (a, b) in enumerate(pairs)
        ),
    )
    return Flow(stats=stats, health=tuple(list(Health)[i % 4] for i in range(len(pairs))))


def names(part: Flow) -> str:
    return " ".join(stage.name for stage in part.stats.stages)


def test_the_known_outputs_come_first_and_one_alone_is_no_choice() -> None:
    stats = flow("a>extra a>test a>train").stats
    assert streams.outputs(stats) == ("train", "test", "extra") == streams.choices(stats)
    assert streams.choices(samples.loader_stats()) == streams.choices(None) == ()
    assert streams.choices(samples.loader_stats_with_splits()) == ("train", "validation", "test")


def test_what_was_asked_for_is_shown_while_it_exists() -> None:
    both = ("train", "test")
    assert streams.chosen(both, None) == streams.chosen(both, "gone") == "train"
    assert streams.chosen(both, "test") == "test"
    assert streams.chosen((), "test") is None
    assert [streams.following(both, wish) for wish in (None, "train", "test")] == [
        "test",
        "test",
        "train",
    ]


def test_a_stream_has_all_that_leads_to_it_and_what_leads_nowhere() -> None:
    whole = flow("f>s s>a s>b a>j b>j j>train s>v v>test s>dead", alone="dead alone")
    train = streams.part(whole, "train")
    assert names(train) == "f s a b j dead alone"
    assert [queue.size for queue in train.stats.queues] == [0, 1, 2, 3, 4, 5, 8]
    assert train.health == tuple(whole.health[i] for i in (0, 1, 2, 3, 4, 5, 8))
    assert names(streams.part(whole, "test")) == "f s v dead alone"
    assert streams.part(whole, None) is whole


def test_a_cycle_is_walked_once() -> None:
    assert names(streams.part(flow("a>b b>a b>train c>test"), "train")) == "a b"


def test_new_chunks_are_those_of_the_pool_that_trains() -> None:
    assert streams.anchored_pool(samples.loader_stats_with_splits()) == "train_pool"
    stats = flow("v>test p>train").stats
    pools = tuple(replace(stage, pool=PoolStats()) for stage in stats.stages)
    assert streams.anchored_pool(replace(stats, stages=pools)) == "p"
    assert streams.anchored_pool(None) is streams.anchored_pool(stats) is None


def test_the_title_marks_the_shown_stream_and_takes_no_name_for_markup() -> None:
    assert title("Pipeline", (), None).plain == "Pipeline"
    drawn = title("Pipeline", ("train", "test", "[b]x" * 9), "test")
    assert drawn.plain == "Pipeline   ○ F1 train   ● F3 test   ○ [b]x[b]x[b]x[b]…"
