from lczero_training.schema.loader_stats import LoaderStats, QueueStats, StageStats
from lczero_training.tui.pipeline_graph import graph
from lczero_training.tui.pipeline_lanes import gutters


def stats(edges: str) -> LoaderStats:
    """From "a>b b>train": all names but "train" are stages, in the order of their first mention."""
    pairs = [edge.split(">") for edge in edges.split()]
    names = dict.fromkeys(name for pair in pairs for name in pair if name != "train")
    return LoaderStats(
        stages=tuple(StageStats(name=name) for name in names),
        queues=tuple(QueueStats(from_stage=a, to_stage=b) for a, b in pairs),
    )


def drawn(edges: str) -> list[str]:
    """The gutter and the names, row by row."""
    of = stats(edges)
    shape = graph(of)
    return [
        f"{here} {of.stages[index].name}"
        for index, (here, _) in zip(shape.order, gutters(shape), strict=True)
    ]


def test_a_chain_is_a_column() -> None:
    assert drawn("a>b b>c c>train") == ["● a", "● b", "● c"]


def test_branches_stay_together_and_a_join_comes_after_all_it_joins() -> None:
    assert drawn("f>s s>x s>y s>z x>j y>j j>train z>k j>k k>train") == [
        "● f",
        "●─┬─╮ s",
        "● │ │ x",
        "│ ● │ y",
        "●─╯ │ j",
        "│   ● z",
        "●───╯ k",
    ]


def test_several_sources_stand_beside_each_other() -> None:
    assert drawn("a>j b>j c>j j>train") == ["● a", "│ ● b", "│ │ ● c", "●─┴─╯ j"]


def test_a_way_is_crossed_where_it_must_be() -> None:
    # b is passed by a>d, and joined by c, which begins to its right.
    assert drawn("a>b a>d c>b b>d d>train") == ["●─╮ a", "│ │ ● c", "●─┼─╯ b", "●─╯ d"]


def test_what_the_statistics_should_not_say_is_drawn_all_the_same() -> None:
    twice = LoaderStats(
        stages=(StageStats(name="a"), StageStats(name="a"), StageStats(name="b")),
        queues=(
            QueueStats(from_stage="a", to_stage="b"),
            QueueStats(from_stage="b", to_stage="a"),
            QueueStats(from_stage="nobody", to_stage="b"),
        ),
    )
    shape = graph(twice)
    assert sorted(shape.order) == [0, 1, 2]
    assert shape.loose == [2]
    assert len(gutters(shape)) == 3


def test_ways_open_to_the_right_though_a_lane_is_free_on_the_left() -> None:
    assert drawn("s>x s>y x>train y>p y>q p>j q>j j>train") == [
        "●─╮ s",
        "● │ x",
        "  ●─╮ y",
        "  ● │ p",
        "  │ ● q",
        "  ●─╯ j",
    ]
