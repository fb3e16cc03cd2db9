"""Which checkpoints stay."""

from collections.abc import Callable, Iterator, Sequence

from lczero_training.config.training import CheckpointConfig


def surplus_steps(
    steps: Sequence[int], config: CheckpointConfig, ends_network: Callable[[int], bool]
) -> list[int]:
    """The steps whose checkpoints are to be deleted, ascending.

    Args:
        steps: of all checkpoints, ascending.
        ends_network: whether a step is a network's last one; asked only where that decides.
    """
    return [
        step
        for step, before in _with_predecessors(steps[: -config.keep])
        if not (
            _begins_period(step, before, config.keep_every)
            or (config.keep_networks and ends_network(step))
        )
    ]


def _with_predecessors(steps: Sequence[int]) -> Iterator[tuple[int, int]]:
    yield from zip(steps, [0, *steps], strict=False)


def _begins_period(step: int, before: int, every: int | None) -> bool:
    """Whether it is the first checkpoint at or after a multiple of `every` > 0.

    Those of one period between the two may be deleted already: the answer stays the same.
    """
    return every is not None and step // every > before // every
