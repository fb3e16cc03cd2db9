"""Tells systemd how the daemon is (sd_notify): ready, status, watchdog, stopping."""

import logging
import os
import socket
import time
from collections.abc import Callable, MutableMapping

from lczero_training.config.root import RootConfig
from lczero_training.schema.messages import DaemonState, TrainingStatus

_LOG = logging.getLogger(__name__)

# Between two texts of STATUS.
_STATUS_SECONDS = 3.0
# on_tick comes at least as often.
_TICK_SECONDS = 1.0
# What an orderly end may take; a test compares it with what it is made of.
PROMISED_STOP_SECONDS = 20


class ServiceManager:
    """An observer (see observer.py) that speaks to the socket that the environment names.

    READY=1 is sent with the first tick or status, which is when commands and signals are
    answered. WATCHDOG=1 follows from ticks of the main thread: if it hangs, systemd kills the
    daemon. Without NOTIFY_SOCKET nothing is ever sent.

    Ownership: takes its variables out of `environ`, so that child processes do not speak for
               us.
    Blocking:  never; a datagram that the socket does not take at once is lost.
    Errors:    a socket that cannot be used is told once in the log.
    """

    def __init__(
        self,
        environ: MutableMapping[str, str],
        *,
        pid: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = _address(environ.pop("NOTIFY_SOCKET", ""))
        self._watchdog_seconds = _watchdog_seconds(
            environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", ""), pid=pid
        )
        self._clock = clock
        self._socket: socket.socket | None = None
        self._warned = False
        self._ready = False
        self._next_watchdog = 0.0
        self._status = ""
        self._sent_status = ""
        self._next_status = 0.0
        self._stopping = False
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)

    def on_config(self, config: RootConfig) -> str | None:
        """Nothing to do."""
        return None

    def on_status(self, status: TrainingStatus) -> None:
        """Tells the status's gist, unless it told another one just now."""
        self._status = describe(status)
        stopping = status.state == DaemonState.STOPPING
        if stopping and not self._stopping:
            # It may take longer than TimeoutStopSec, until a step and a checkpoint are done.
            self._send(_extend_timeout())
        self._stopping = stopping
        self.on_tick()

    def on_tick(self) -> None:
        """Sends what is due."""
        if self._socket is None:
            return
        now = self._clock()
        due: list[str] = []
        if not self._ready:
            self._ready = True
            due.append("READY=1")
        if self._watchdog_seconds is not None and now >= self._next_watchdog:
            # The next tick may come late: it should still be within half of the time.
            half = self._watchdog_seconds / 2
            self._next_watchdog = now + max(half - _TICK_SECONDS, half / 2)
            due.append("WATCHDOG=1")
        if self._status != self._sent_status and now >= self._next_status:
            self._next_status = now + _STATUS_SECONDS
            self._sent_status = self._status
            due.append(f"STATUS={self._status}")
        if due:
            self._send("\n".join(due))

    def on_end(self) -> None:
        """Says that the process ends, and is silent from then on."""
        if self._socket is None:
            return
        self._send(f"STOPPING=1\n{_extend_timeout()}\nSTATUS={self._status}")
        self._socket.close()
        self._socket = None

    def _send(self, text: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(text.encode(), self._address)
        except BlockingIOError:
            return
        except OSError as error:
            self._warn(error)

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            _LOG.warning("NOTIFY_SOCKET cannot be used (%s); systemd is not told", error)


def describe(status: TrainingStatus) -> str:
    """A status in one line, e.g. "TRAINING rapid: network 17, step 1200 of 5000"."""
    schedule = status.schedule
    parts = [f"network {schedule.networks_total + 1}"]
    if status.training is not None:
        progress = status.training
        parts.append(f"step {progress.network_step} of {progress.steps_per_network}")
    parts.append(f"{schedule.chunks_since_anchor} of {schedule.chunks_per_network} new chunks")
    name = " ".join(status.name.split())
    head = " ".join(filter(None, [status.state.name, name, "(paused)" if status.paused else ""]))
    return f"{head}: {', '.join(parts)}" if status.config_filepath else head


def _address(text: str) -> bytes:
    """The socket's address; of an abstract one "@" stands for the zero byte at its begin."""
    if text.startswith("@"):
        return b"\0" + os.fsencode(text[1:])
    if text and not text.startswith("/"):
        _LOG.warning("NOTIFY_SOCKET=%s is no unix socket; systemd is not told", text)
        return b""
    return os.fsencode(text)


def _watchdog_seconds(microseconds: str, for_pid: str, *, pid: int) -> float | None:
    """The watchdog's time; None where there is none, or where it is another process's."""
    if not microseconds.isdigit() or int(microseconds) == 0 or for_pid not in ("", str(pid)):
        return None
    return int(microseconds) / 1e6


def _extend_timeout() -> str:
    return f"EXTEND_TIMEOUT_USEC={PROMISED_STOP_SECONDS * 1_000_000}"
