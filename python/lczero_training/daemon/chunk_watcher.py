"""Turns the loader's blocking wait for chunks into a wake-up of the session."""

import logging
import threading

from lczero_training.daemon.controls import Controls
from lczero_training.daemon.ports import Loader

_LOG = logging.getLogger(__name__)

# WaitForChunks wants a bound; its length only decides how often an idle daemon asks again.
_WAIT_SECONDS = 3600.0


class ChunkWatcher:
    """A thread that sits in loader.WaitForChunks() so that the session need not.

    The session can be woken by a client's command too, which the loader's wait does not know.
    A wake-up may be stale (the anchor moved on): the session counts again.

    Threads:  arm() from the session's thread; the watcher calls controls.look().
    Shutdown: ends when the loader is stopped and close() was called.
    """

    def __init__(
        self, loader: Loader, count: int, controls: Controls, loader_stopped: type[Exception]
    ) -> None:
        self._loader = loader
        self._count = count
        self._controls = controls
        self._loader_stopped = loader_stopped
        self._armed = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="chunk-watcher", daemon=True)
        self._thread.start()

    def arm(self) -> None:
        """Asks for one wake-up when the chunks are there."""
        self._armed.set()

    def close(self) -> None:
        """Ends the thread; the loader must be stopped."""
        self._closed = True
        self._armed.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self._armed.wait()
            if self._closed:
                return
            try:
                if self._loader.WaitForChunks(self._count, _WAIT_SECONDS):
                    self._armed.clear()
                    self._controls.look()
            except self._loader_stopped:
                return
