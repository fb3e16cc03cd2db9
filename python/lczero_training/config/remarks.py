"""What a config says that has no effect, or that an engine may not take: for the log, and for
whoever checks a config.
"""

from collections.abc import Iterator

from lczero_training.config.engine import engine_remarks
from lczero_training.config.losses import untrained_outputs
from lczero_training.config.root import TRAINED_OUTPUT, RootConfig


def remarks(config: RootConfig) -> tuple[str, ...]:
    """A line for each such setting: its key, why, and what to do."""
    return (
        *_untrained(config),
        *_unread(config),
        *_undecayed(config),
        *_unwatched(config),
        *engine_remarks(config.model),
    )


def _untrained(config: RootConfig) -> Iterator[str]:
    for output, field in untrained_outputs(config.training.losses, config.model).items():
        yield (
            f"model.{output}: no loss with a weight above 0 trains it, so networks have it as it "
            f"began. Add one to training.losses.{field}, or take it out."
        )


def _unread(config: RootConfig) -> Iterator[str]:
    evaluation = config.metrics.evaluation
    read = (TRAINED_OUTPUT, *(evaluation.outputs if evaluation else ()))
    for name in config.data_loader.outputs:
        if name not in read:
            yield (
                f"data_loader.outputs.{name}: training does not read it, and its games are not "
                "trained on. Name it in metrics.evaluation.outputs, or take it out."
            )


def _undecayed(config: RootConfig) -> Iterator[str]:
    optimizer = config.training.optimizer
    if optimizer.weight_decay == 0.0 and optimizer.selects_decay:
        yield (
            "training.optimizer.decay: nothing decays with a weight_decay of 0. Set a "
            "weight_decay, or take it out."
        )


def _unwatched(config: RootConfig) -> Iterator[str]:
    if config.daemon.demo_feed is None:
        return
    stages = config.data_loader.stages.values()
    watched = [each.file_discovery.directory for each in stages if each.file_discovery]
    if config.daemon.demo_feed.target_directory not in watched:
        yield (
            "daemon.demo_feed.target_directory: no file_discovery watches it, so its games are not "
            f"seen. Name the folder of one ({', '.join(watched)}), or take demo_feed out."
        )
