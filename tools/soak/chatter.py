"""A client that says all kinds of things to the daemon, sense and nonsense."""

import asyncio
import random
from collections import Counter

from lczero_training.client.process import DaemonClient
from lczero_training.schema.jsonl import MAX_LINE_BYTES
from lczero_training.schema.messages import ExportNow, GetStatus, Pause, Resume

_NONSENSE = (
    b"",
    b"hello",
    b"{",
    b"[1, 2, 3]",
    b'{"type": "no_such_command", "payload": {}}',
    b'{"type": "start_training", "payload": {"config_filepath": 7}}',
    b'{"type": "get_status", "id": 7, "payload": {}}',
    b"\xff\xfe\x00\xc3\x28",
    b'{"a":' * 2000,
    b"x" * (MAX_LINE_BYTES + 10),
)
# Training stands still so long after a pause.
_LONGEST_PAUSE_SECONDS = 2.0


class Chatter:
    """Talks to one daemon until it is cancelled; ends with resume.

    Threads: one event loop.
    """

    def __init__(self, client: DaemonClient, draw: random.Random, *, mean_seconds: float) -> None:
        self._client = client
        self._draw = draw
        self._mean_seconds = mean_seconds
        # What was said, by kind.
        self.said: Counter[str] = Counter()

    async def run(self) -> None:
        """Says something now and then, for ever."""
        while True:
            await asyncio.sleep(self._draw.uniform(0.0, 2 * self._mean_seconds))
            await self.say_something()

    async def say_something(self) -> None:
        """One command, one pause with its end, or one line of nonsense."""
        kind = self._draw.choice(("get_status", "export_now", "pause", "nonsense", "nonsense"))
        self.said[kind] += 1
        match kind:
            case "get_status":
                await self._client.send(GetStatus(), id="chatter")
            case "export_now":
                await self._client.send(ExportNow())
            case "pause":
                await self._client.send(Pause())
                try:
                    await asyncio.sleep(self._draw.uniform(0.0, _LONGEST_PAUSE_SECONDS))
                finally:
                    await self._client.send(Resume())
            case "nonsense":
                await self._client.send_line(self._draw.choice(_NONSENSE))
