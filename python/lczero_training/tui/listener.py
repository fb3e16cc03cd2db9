"""From a daemon's events to the app's messages."""

from collections.abc import Callable

from textual.message import Message

from lczero_training.client.events import (
    ClientEvent,
    Exited,
    LogLine,
    Notice,
    ProtocolWarning,
    ReplayEnded,
)
from lczero_training.client.link import DaemonLink
from lczero_training.schema.jsonl import Envelope
from lczero_training.tui.messages import CaughtUp, Ended, Logged, Noticed, Notified, Played

# Messages that may wait for the app: more at once would only make its memory grow.
_AHEAD = 100


async def listen(daemon: DaemonLink, post: Callable[[Message], object]) -> None:
    """Starts the daemon and posts all it says; an Ended or Played is the last message.

    Whoever handles CaughtUp sets its event: until then nothing more is posted, and a flood waits,
    and thins itself out, in the link.
    """
    try:
        await daemon.start()
    except OSError as error:
        post(Ended(f"could not be started: {error}"))
        return
    ahead = 0
    async for event in daemon.events():
        post(_message(event))
        ahead += 1
        if ahead == _AHEAD:
            ahead = 0
            mark = CaughtUp()
            post(mark)
            await mark.event.wait()


def _message(event: ClientEvent) -> Message:
    match event:
        case Envelope():
            return Notified(event)
        case LogLine():
            return Logged(event)
        case ProtocolWarning(message=message):
            return Logged(LogLine(f"protocol: {message}", "warning"))
        case Notice(message=message):
            return Noticed(message)
        case ReplayEnded():
            return Played()
        case Exited():
            how = f"was killed: {event.why}" if event.why else f"ended with {event.how}"
            return Ended(how, event.last_lines, clean=event.returncode == 0)
