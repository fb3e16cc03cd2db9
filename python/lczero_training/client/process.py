"""A daemon as a subprocess that speaks the line protocol."""

import asyncio
import contextlib
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process, SubprocessStreamProtocol
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lczero_training.client.events import ClientEvent, EventBuffer, Exited
from lczero_training.client.hearing import Hearing
from lczero_training.client.link import DaemonGone
from lczero_training.schema import jsonl
from lczero_training.schema.lines import LineSplitter, Overlong
from lczero_training.schema.messages import Shutdown

_LOG = logging.getLogger(__name__)

_READ_BYTES = 1 << 16
_EVENT_CAPACITY = 10_000
_LAST_LINES = 50
# More than a login's greetings on a remote machine.
_STRANGE_LINES = 100
# Longer log lines are replaced by a note.
_LOG_LINE_BYTES = 1 << 14
# How long the pipes may stay open after the process ended, in hands of its children.
_PIPE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class CloseTimeouts:
    """How long close() waits after each request before it tries the next."""

    # The daemon promises to end within 20 s of being asked.
    shutdown_seconds: float = 22.0
    end_of_input_seconds: float = 1.0
    terminate_seconds: float = 3.0


class DaemonClient:
    """Starts a daemon, tells what it says, sends it commands.

    What is not a notification becomes a ProtocolWarning and the client goes on; but a program
    that says much and never hello is no daemon, and is killed.

    Threads:  one event loop. The daemon is in a session of its own: a Ctrl-C in the client's
              terminal does not reach it. What is done to it by force is done to its whole
              process group: it may be the child of a shell.
    Blocking: a slow consumer of events() blocks nobody; see EventBuffer.
    Shutdown: close() asks (shutdown), ends stdin, terminates, kills. events() always ends with
              Exited.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeouts: CloseTimeouts | None = None,
    ) -> None:
        self._argv = tuple(argv)
        self._env = env
        self._cwd = cwd
        self._timeouts = timeouts or CloseTimeouts()
        self._process: Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._buffer = EventBuffer(_EVENT_CAPACITY)
        self._arrived = asyncio.Event()
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._hearing = Hearing()
        self._why = ""

    @property
    def pid(self) -> int:
        """The daemon's process id. RuntimeError before start()."""
        return self._running().pid

    async def start(self) -> None:
        """Starts the process. OSError if that fails."""
        transport, protocol = await asyncio.get_running_loop().subprocess_exec(
            _Protocol,
            *self._argv,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._env,
            cwd=self._cwd,
            start_new_session=True,
        )
        self._process = Process(transport, protocol, asyncio.get_running_loop())
        self._supervisor = asyncio.create_task(
            self._supervise(self._process, transport, protocol.exited)
        )

    async def events(self) -> AsyncIterator[ClientEvent]:
        """All the daemon says; ends after Exited. For one consumer."""
        while True:
            await self._arrived.wait()
            while self._buffer:
                event = self._buffer.pop()
                yield event
                if isinstance(event, Exited):
                    return
            self._arrived.clear()

    async def send(self, command: object, id: str | None = None) -> None:
        """Sends a command. DaemonGone if it cannot be delivered, SchemaError if it is not one."""
        await self.send_line(jsonl.encode(command, id=id).encode("utf-8"))

    async def send_line(self, line: bytes) -> None:
        """Sends a line as it is, whether it is a command or not. DaemonGone as send()."""
        process = self._running()
        assert process.stdin is not None
        if process.returncode is not None or process.stdin.is_closing():
            raise DaemonGone("the daemon does not run; start it again")
        process.stdin.write(line + b"\n")
        try:
            await process.stdin.drain()
        except ConnectionError as error:
            raise DaemonGone(f"the daemon does not read commands: {error}") from error

    def kill(self) -> None:
        """Ends the process at once."""
        self._signal(signal.SIGKILL)

    async def close(self) -> None:
        """Ends the process: in order if it listens, by force if not."""
        if self._process is None or self._supervisor is None:
            return
        asks: tuple[tuple[Callable[[], Awaitable[None]], float], ...] = (
            (self._ask_shutdown, self._timeouts.shutdown_seconds),
            (self._end_input, self._timeouts.end_of_input_seconds),
            (self._terminate, self._timeouts.terminate_seconds),
        )
        for ask, seconds in asks:
            if self._supervisor.done():
                return
            try:
                async with asyncio.timeout(seconds):
                    await ask()
                    await asyncio.shield(self._supervisor)
            except TimeoutError:
                _LOG.warning("the daemon (pid %d) still runs after %s s", self.pid, seconds)
        if not self._supervisor.done():
            self.kill()
            await self._supervisor

    async def _ask_shutdown(self) -> None:
        with contextlib.suppress(DaemonGone):
            await self.send(Shutdown())

    async def _end_input(self) -> None:
        stdin = self._running().stdin
        assert stdin is not None
        stdin.close()

    async def _terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        process = self._running()
        # A process that was waited for has no group any more, or its number is another's.
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError("the daemon was not started; call start() first")
        return self._process

    async def _supervise(
        self, process: Process, transport: asyncio.SubprocessTransport, exited: asyncio.Event
    ) -> None:
        """Reads both pipes; the process's end is the last event."""
        assert process.stdin is not None
        assert process.stdout is not None and process.stderr is not None
        pipes = [
            asyncio.create_task(
                _read_lines(process.stdout, jsonl.MAX_LINE_BYTES, self._on_protocol_line)
            ),
            asyncio.create_task(_read_lines(process.stderr, _LOG_LINE_BYTES, self._on_log_line)),
        ]
        await exited.wait()
        # A shell may leave a daemon behind: let it hear that nobody will command it.
        process.stdin.close()
        _, unfinished = await asyncio.wait(pipes, timeout=_PIPE_SECONDS)
        for pipe in unfinished:
            pipe.cancel()
        transport.close()
        assert process.returncode is not None
        self._put(Exited(process.returncode, tuple(self._last_lines), self._why))

    def _on_protocol_line(self, line: bytes | Overlong) -> None:
        if self._why:
            return
        refused = self._hearing.refused
        for event in self._hearing.protocol_line(line):
            self._put(event)
        if self._hearing.refused > refused and isinstance(line, bytes):
            # What is no notification may tell, as last words, why there is no daemon.
            self._last_lines.append(line[:_LOG_LINE_BYTES].decode("utf-8", errors="replace"))
        if not self._hearing.greeted and self._hearing.refused >= _STRANGE_LINES:
            self._why = (
                f"none of its first {_STRANGE_LINES} lines is a notification, so it is no daemon"
            )
            self.kill()

    def _on_log_line(self, line: bytes | Overlong) -> None:
        heard = self._hearing.log_line(line)
        self._last_lines.append(heard.text)
        self._put(heard)

    def _put(self, event: ClientEvent) -> None:
        self._buffer.put(event)
        self._arrived.set()


class _Protocol(SubprocessStreamProtocol):
    """Tells the process's end itself: Process.wait() also waits for its children's pipes."""

    def __init__(self) -> None:
        super().__init__(limit=_READ_BYTES, loop=asyncio.get_running_loop())
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        """Called by asyncio."""
        super().process_exited()
        self.exited.set()


async def _read_lines(
    stream: asyncio.StreamReader, limit_bytes: int, handle: Callable[[bytes | Overlong], None]
) -> None:
    splitter = LineSplitter(limit_bytes)
    while piece := await stream.read(_READ_BYTES):
        for line in splitter.feed(piece):
            handle(line)
    for line in splitter.finish():
        handle(line)
