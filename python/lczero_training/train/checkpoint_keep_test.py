from collections.abc import Collection
from typing import Any

from lczero_training.config.training import CheckpointConfig
from lczero_training.train.checkpoint_keep import surplus_steps


def left(last_step: int, *, every: int = 1, ends: Collection[int] = (), **fields: Any) -> list[int]:
    """What is left when a checkpoint came each `every` steps, and what was too many went."""
    config = CheckpointConfig(directory="x", **fields)
    steps: list[int] = []
    for step in range(every, last_step + 1, every):
        steps.append(step)
        for surplus in surplus_steps(steps, config, lambda step: step in ends):
            steps.remove(surplus)
    return steps


def test_the_newest_stay() -> None:
    assert left(9, keep=3) == [7, 8, 9]
    assert left(2, keep=3) == [1, 2]


def test_the_first_of_each_period_stays() -> None:
    assert left(45, keep=2, keep_every=10) == [10, 20, 30, 40, 44, 45]
    # No step is a multiple of 10 here, but for those of 70.
    assert left(63, every=7, keep=1, keep_every=20) == [21, 42, 63]


def test_networks_last_ones_stay() -> None:
    assert left(12, keep=2, ends=[4, 8, 12], keep_networks=True) == [4, 8, 11, 12]
    assert left(12, keep=2, ends=[4, 8, 12]) == [11, 12]


def test_the_network_is_asked_for_only_where_it_decides() -> None:
    asked: list[int] = []
    config = CheckpointConfig(directory="x", keep=2, keep_every=10, keep_networks=True)

    def ends_network(step: int) -> bool:
        asked.append(step)
        return False

    assert surplus_steps([9, 10, 11, 12], config, ends_network) == [9]
    assert asked == [9]
