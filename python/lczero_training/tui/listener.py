"""From a daemon's events to the app's messages."""

from collections.abc import Callable

from textual.message import Message

from lczero_training.client.events import Exited, LogLine, ProtocolWarning
from lczero_training.client.link import DaemonLink
from lczero_training.schema.jsonl import Envelope
from lczero_training.tui.messages import Ended, Logged, Notified


async def listen(daemon: DaemonLink, post: Callable[[Message], object]) -> None:
    """Starts the daemon and posts all it says; an Ended is the last message."""
    try:
        await daemon.start()
    except OSError as error:
        post(Ended(f"could not be started: {error}"))
        return
    async for event in daemon.events():
        match event:
            case Envelope():
                post(Notified(event))
            case LogLine():
                post(Logged(event))
            case ProtocolWarning(message=message):
                post(Logged(LogLine(f"protocol: {message}", "warning")))
            case Exited():
                clean = event.returncode == 0
                post(Ended(f"ended with {event.how}", event.last_lines, clean=clean))
