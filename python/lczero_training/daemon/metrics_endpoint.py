"""Serves metrics and health on the port that the config names."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lczero_training.config.root import RootConfig
from lczero_training.schema.messages import DaemonState, TrainingStatus

if TYPE_CHECKING:
    from lczero_training.daemon.metrics_server import MetricsServer

HOST = "127.0.0.1"
# Without a sign of life for so long the main thread hangs.
_SILENCE_SECONDS = 30.0


class LastStatus:
    """The newest status and when the main thread last gave a sign of life.

    Threads: any.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # Guarded by _lock.
        self._status = TrainingStatus(state=DaemonState.IDLE)
        self._alive_at = clock()

    @property
    def status(self) -> TrainingStatus:
        """The newest one; an empty one in state IDLE before the first."""
        with self._lock:
            return self._status

    def set(self, status: TrainingStatus) -> None:
        """A new status, which is a sign of life too."""
        with self._lock:
            self._status = status
            self._alive_at = self._clock()

    def touch(self) -> None:
        """A sign of life."""
        with self._lock:
            self._alive_at = self._clock()

    def health(self) -> tuple[bool, dict[str, object]]:
        """Whether all is well, and the answer of /healthz."""
        with self._lock:
            status, silent_seconds = self._status, self._clock() - self._alive_at
        problem = ""
        if silent_seconds > _SILENCE_SECONDS:
            problem = f"the main thread gave no sign of life for {silent_seconds:.0f} s"
        elif status.state == DaemonState.ERROR:
            problem = "training failed; see the log"
        answer: dict[str, object] = {
            "state": status.state.name,
            "healthy": not problem,
            "problem": problem,
            "paused": status.paused,
            "name": status.name,
            "uptime_seconds": round(status.uptime_seconds, 3),
            "silent_seconds": round(silent_seconds, 3),
            "step": 0 if status.training is None else status.training.step,
            "networks_total": status.schedule.networks_total,
        }
        return not problem, answer


class MetricsEndpoint:
    """An observer (see observer.py) with an HTTP server beside it.

    Threads:  the observer's methods belong to the main thread; requests are answered in
              threads of the server's, from the last status.
    Blocking: a request never makes the main thread wait.
    Shutdown: on_end closes the port at once; requests in flight are left.
    Errors:   a port that cannot be opened is what on_config returns.
    """

    def __init__(self, *, build: dict[str, str], last: LastStatus | None = None) -> None:
        self._build = build
        self._last = last or LastStatus()
        self._server: MetricsServer | None = None

    def on_config(self, config: RootConfig) -> str | None:
        """Opens, moves or closes the port."""
        self._last.touch()
        port = config.metrics.http_port
        if self._server is not None and self._server.port == port:
            return None
        self._close()
        return None if port is None else self._open(port)

    def on_status(self, status: TrainingStatus) -> None:
        """Serves this one from now on."""
        self._last.set(status)

    def on_tick(self) -> None:
        """Shows that the main thread is alive."""
        self._last.touch()

    def on_end(self) -> None:
        """Closes the port."""
        self._close()

    def _open(self, port: int) -> str | None:
        # Here, because most programs that import this module never serve.
        from lczero_training.daemon.metrics_server import MetricsServer

        try:
            self._server = MetricsServer(HOST, port, last=self._last, build=self._build)
        except OSError as error:
            return (
                f"metrics.http_port: {HOST}:{port} cannot be opened ({error}); metrics and "
                "health are not served. Name a free port, or end the program that holds this one"
            )
        return None

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
