"""The loader of a run, as its config wants it."""

from collections.abc import Callable, Mapping
from typing import Any

from lczero_training.config.root import RootConfig
from lczero_training.loader import ResumableLoader, resume_loader


def training_loader(
    config: RootConfig,
    saved: Mapping[str, Any] | None = None,
    made: Callable[[ResumableLoader], None] = lambda _: None,
) -> ResumableLoader:
    """A loader that goes on where the run's checkpoint says, as far as the config lets it.

    See resume_loader for `saved`, `made` and what is raised.
    """
    return resume_loader(
        config.data_loader,
        saved,
        replay_batches=config.training.checkpoint.replay_batches,
        made=made,
    )
