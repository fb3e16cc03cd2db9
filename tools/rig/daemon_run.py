"""One life of a daemon process, as whoever started it sees it."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from lczero_training.client.events import ClientEvent, Exited
from lczero_training.client.process import DaemonClient


def program(module: str) -> tuple[str, ...]:
    """The command that runs a module in this interpreter."""
    return (sys.executable, "-m", module)


def environment(**more: str) -> dict[str, str]:
    """This process's environment for a child that imports what this one can; and `more`."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path), **more}


class DaemonRun:
    """Starts a daemon and passes on all it says, until its end.

    Threads:  one event loop; `listen` is called in it.
    Shutdown: kill() or signal(), then ended().
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        listen: Callable[[ClientEvent], None],
    ) -> None:
        self.client = DaemonClient(argv, env=env)
        self.exited: Exited | None = None
        self._listen = listen
        self._changed = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts the process."""
        await self.client.start()
        self._reading = asyncio.create_task(self._read())

    async def until(self, holds: Callable[[], bool], *, seconds: float) -> bool:
        """Waits until `holds()`, asking after each event; False if time or the process ends."""
        deadline = time.monotonic() + seconds
        while not holds():
            left = deadline - time.monotonic()
            if self.exited is not None or left <= 0:
                return False
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                continue
        return True

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal, unless the process has ended; from any thread."""
        # Not through the client, whose Popen would look for the end by itself, and so take the
        # exit code away from whoever waits for it.
        if self.exited is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.client.pid, number)

    def kill(self) -> None:
        """Ends the process at once; from any thread."""
        self.signal(signal.SIGKILL)

    async def ended(self, *, seconds: float) -> Exited:
        """Waits for the end; kills the process if it takes longer."""
        assert self._reading is not None
        await self.until(lambda: self.exited is not None, seconds=seconds)
        self.kill()
        await self._reading
        assert self.exited is not None
        return self.exited

    async def _read(self) -> None:
        async for event in self.client.events():
            if isinstance(event, Exited):
                self.exited = event
            self._listen(event)
            self._changed.set()
