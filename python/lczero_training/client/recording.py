"""Records what passes over a link."""

import time
from collections.abc import AsyncIterator, Callable

from lczero_training.client.events import ClientEvent, Exited, LogLine, Notice, ProtocolWarning
from lczero_training.client.link import DaemonLink
from lczero_training.schema import jsonl
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import LineSource
from lczero_training.schema.problem import SchemaError
from lczero_training.schema.recorder import Recorder


class SharedRecording:
    """One file for all links of a program, one after the other: each restart is a session in it.

    Threads: record() and close() from one thread; the recorder's own tells of its failure.
    Errors:  RecordError from `open_recorder`. A full disk ends the recording, never the session;
             `take_failure` gives the message once.
    """

    def __init__(self, open_recorder: Callable[[Callable[[str], None]], Recorder]) -> None:
        self._failures: list[str] = []
        self._recorder = open_recorder(self._failures.append)

    def record(self, source: LineSource, line: str) -> None:
        """Records a line that was said now."""
        self._recorder.record(source, line)

    def take_failure(self) -> str | None:
        """Why the recording has ended; None if it has not, or the message was taken."""
        return self._failures.pop() if self._failures else None

    def close(self, timeout_seconds: float) -> str | None:
        """Writes what waits; what went wrong, if anything did and was not taken."""
        if not self._recorder.close(timeout_seconds):
            return "the end of the recording is missing: the disk was too slow"
        return self.take_failure()


class RecordingLink:
    """A link whose commands, notifications and log lines are recorded, with their times.

    A recording can be played by ReplayLink. Threads, Blocking, Shutdown: as the link's.
    """

    def __init__(self, link: DaemonLink, recording: SharedRecording) -> None:
        self._link = link
        self._recording = recording

    async def start(self) -> None:
        """Starts the process. OSError if that fails."""
        await self._link.start()

    async def events(self) -> AsyncIterator[ClientEvent]:
        """All the daemon says, and a Notice if the recording has ended."""
        async for event in self._link.events():
            self._record(event)
            failure = self._recording.take_failure()
            if failure is not None:
                yield Notice(failure)
            yield event

    async def send(self, command: object, id: str | None = None) -> None:
        """Sends a command. DaemonGone if it cannot be delivered."""
        # Before its effects.
        self._recording.record(LineSource.CLIENT, jsonl.encode(command, id=id))
        await self._link.send(command, id=id)

    def kill(self) -> None:
        """Ends the process at once."""
        self._link.kill()

    async def close(self) -> None:
        """Ends the process in order, by force if it does not listen."""
        await self._link.close()

    def _record(self, event: ClientEvent) -> None:
        match event:
            case Envelope():
                self._record_notification(event)
            case LogLine(text=text):
                self._recording.record(LineSource.LOG, text)
            case ProtocolWarning(message=message):
                self._note("WARNING", message)
            case Exited():
                level = "INFO" if event.returncode == 0 else "ERROR"
                self._note(level, f"the daemon ended with {event.how}")

    def _record_notification(self, envelope: Envelope) -> None:
        try:
            line = jsonl.encode(envelope.payload, id=envelope.id, reply_to=envelope.reply_to)
        except SchemaError as error:
            # As text it may be longer than it was: not ASCII, near the limit.
            self._note("WARNING", f"a {envelope.type} is not in the recording: {error}")
            return
        self._recording.record(LineSource.DAEMON, line)

    def _note(self, level: str, message: str) -> None:
        """What is in no line of the daemon's, written as its log would."""
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        self._recording.record(
            LineSource.LOG, f"{now},000 {level} lczero_training.client: {message}"
        )
