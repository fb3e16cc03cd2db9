"""What looks on while the daemon works: metrics endpoint, service manager."""

from typing import Protocol

from lczero_training.config.root import RootConfig
from lczero_training.schema.messages import TrainingStatus


class Observer(Protocol):
    """Told what goes on, all of it in the daemon's main thread.

    Blocking: must not; the main thread answers commands and signals.
    Errors:   must not raise; a problem is told through the return value of on_config.
    """

    def on_config(self, config: RootConfig) -> str | None:
        """A session starts with `config`; returns what is wrong, for a warning."""

    def on_status(self, status: TrainingStatus) -> None:
        """The state changed, or a status is due; the status as sent to the client."""

    def on_tick(self) -> None:
        """At least once a second while the main thread is alive."""

    def on_end(self) -> None:
        """The process is about to end in order."""
