"""What clients ask of a running session, handed from the main thread to the session's."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class Wake(Enum):
    """Why a session's wait for data ended."""

    STOP = auto()
    START_NOW = auto()
    EXPORT = auto()
    # Something may have changed in the loader: look again.
    LOOK = auto()


@dataclass
class _Flags:
    stop: bool = False
    paused: bool = False
    start_now: bool = False
    export: bool = False
    look: bool = False
    settled: bool = False


class Controls:
    """Flags under one condition.

    Threads:  any thread may ask; the session's thread takes and waits.
    Blocking: only wait(), wait_for_uploads() and hold_while_paused(), which end at once on stop().
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._flags = _Flags()
        self._export_id: str | None = None

    def stop(self) -> None:
        """Ends the session as soon as the step or the export in flight is done."""
        self._set("stop")

    def pause(self) -> None:
        """Holds training after the step in flight."""
        self._set("paused")

    def resume(self) -> None:
        """Takes pause() back."""
        self._set("paused", False)

    def start_now(self) -> None:
        """Trains the next network without waiting for chunks."""
        self._set("start_now")

    def export_now(self, command_id: str | None = None) -> None:
        """Asks for an export between two steps; `command_id` is whom to answer."""
        with self._changed:
            self._export_id = command_id
        self._set("export")

    @property
    def export_id(self) -> str | None:
        """Of the command that asked for the last export, if it had one."""
        with self._changed:
            return self._export_id

    def look(self) -> None:
        """Makes a waiting session count the chunks again."""
        self._set("look")

    @property
    def stopping(self) -> bool:
        """True after stop()."""
        with self._changed:
            return self._flags.stop

    @property
    def paused(self) -> bool:
        """True between pause() and resume()."""
        with self._changed:
            return self._flags.paused

    def take_export(self) -> bool:
        """True if an export is asked for; the request is taken."""
        return self._take("export")

    def drop_start_now(self) -> None:
        """Forgets a start_now() that came too late: training had begun already."""
        self._take("start_now")

    def uploads_settled(self) -> None:
        """Says that nothing can be uploaded now."""
        self._set("settled")

    def wait(self, timeout_seconds: float | None = None) -> Wake:
        """Waits for a request; takes it, except STOP, which stays. LOOK when the time is up."""
        with self._changed:
            self._changed.wait_for(self._asked, timeout_seconds)
            if self._flags.stop:
                return Wake.STOP
            for name, wake in _TAKEN:
                if getattr(self._flags, name):
                    setattr(self._flags, name, False)
                    return wake
            return Wake.LOOK

    def wait_for_uploads(self, settled: Callable[[], bool], timeout_seconds: float) -> None:
        """Waits until `settled()`, a request for something else, or the time is up.

        `settled` is asked after each uploads_settled(), because that may have crossed a network
        that was added since.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            # Before it is asked, so that a change after the question is not missed.
            self._take("settled")
            if settled():
                return
            with self._changed:
                left = max(0.0, deadline - time.monotonic())
                self._changed.wait_for(lambda: self._flags.settled or self._asked(), left)
                if not self._flags.settled:
                    return

    def hold_while_paused(self) -> bool:
        """Waits out a pause; returns early for an export or a stop. False on stop."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._flags.paused or self._flags.stop or self._flags.export
            )
            return not self._flags.stop

    def _asked(self) -> bool:
        return self._flags.stop or any(getattr(self._flags, name) for name, _ in _TAKEN)

    def _set(self, name: str, value: bool = True) -> None:
        with self._changed:
            setattr(self._flags, name, value)
            self._changed.notify_all()

    def _take(self, name: str) -> bool:
        with self._changed:
            value = bool(getattr(self._flags, name))
            setattr(self._flags, name, False)
            return value


# Order of precedence when several were asked for.
_TAKEN = (("export", Wake.EXPORT), ("start_now", Wake.START_NOW), ("look", Wake.LOOK))
