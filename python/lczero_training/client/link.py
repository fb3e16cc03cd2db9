"""What a user interface needs of a daemon, real or fake."""

from collections.abc import AsyncIterator
from typing import Protocol

from lczero_training.client.events import ClientEvent


class DaemonGone(Exception):
    """A command cannot be delivered: the daemon's process has ended or closed its stdin."""


class DaemonLink(Protocol):
    """A daemon's process and the line protocol with it; or a recording of that.

    Threads: one event loop.
    """

    async def start(self) -> None:
        """Starts the process. OSError if that fails."""

    def events(self) -> AsyncIterator[ClientEvent]:
        """All the daemon says; ends after Exited or ReplayEnded. For one consumer."""

    async def send(self, command: object, id: str | None = None) -> None:
        """Sends a command. DaemonGone if it cannot be delivered."""

    def kill(self) -> None:
        """Ends the process at once."""

    async def close(self) -> None:
        """Ends the process in order, by force if it does not listen. May be called twice."""
