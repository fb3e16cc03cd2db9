"""Brings the spool's networks to the training server, for as long as it takes."""

import asyncio
import logging
import random
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import Protocol

from lczero_training.config.daemon import UploadConfig
from lczero_training.schema.messages import UploadStatus
from lczero_training.upload.client import (
    Refused,
    TryAgain,
    UploadClient,
    Uploaded,
    shown_url,
    utc_now,
)
from lczero_training.upload.event_loop import UploadLoop
from lczero_training.upload.password import Password
from lczero_training.upload.retry import delay_seconds
from lczero_training.upload.spool import Spool, SpooledNetwork

_LOG = logging.getLogger(__name__)

# The wall clock, which back-off goes by, may be set meanwhile: it is read this often.
_LONGEST_SLEEP_SECONDS = 30.0
# Times in the spool are exact to the microsecond.
_ROUNDING_SECONDS = 1.0
# Nothing waits longer, whatever the config says: dates end somewhere.
_YEAR_SECONDS = 366 * 86400.0


class UploadEvents(Protocol):
    """Told what comes of uploads; called in the uploader's thread, one at a time.

    Blocking: holds up uploads, nothing else. None may call Uploader.close().
    """

    def on_uploaded(self, network: SpooledNetwork, url: str) -> None:
        """The server has `network`. When this returns, the network leaves the spool.

        Called again, later, if it raises: whoever must remember the upload does so here. Killed
        in between, it knows of an upload that the spool still holds, and says Spool.discard().
        """

    def on_failed(self, message: str) -> None:
        """Something did not work and will be tried again."""

    def on_parked(self, message: str) -> None:
        """The server refused a network, which now waits for Uploader.retry_parked()."""

    def on_settled(self) -> None:
        """Nothing can be tried now: the spool is empty, backs off, or holds parked networks."""


class Uploader:
    """Sends the spool's networks in order of steps, each until the server has it or refuses it.

    A network that waits for its next attempt holds back those of later steps; a parked one holds
    back none. A network may arrive twice: if its upload was cut off when the server had it.

    Threads:   start() and close() from the owner's, all else from any. One thread of its own does
               the work and calls `events`.
    Ownership: the spool stays the caller's, who closes it after this; the caller adds networks.
    Blocking:  close() waits for an event that is being told, never for a server; others do not.
    Shutdown:  close() cancels the attempt in flight, which then does not count as one. Back-off is
               kept in the spool and goes on with the next start.
    Errors:    told through events.on_failed; none ends the thread.
    """

    def __init__(
        self,
        config: UploadConfig,
        password: Password,
        spool: Spool,
        events: UploadEvents,
        *,
        now: Callable[[], datetime] = utc_now,
        rng: random.Random | None = None,
    ) -> None:
        self._config = config
        self._url = shown_url(config.url)
        self._spool = spool
        self._events = events
        self._now = now
        self._rng = rng or random.Random()
        self._client = UploadClient(config, password, now=now)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        # Guards what follows, and every call of the loop from outside: it must not be closed.
        self._guard = threading.Lock()
        self._loop: UploadLoop | None = None
        self._requested = True
        self._settled = False
        self._retry_parked = False
        self._attempting = False
        # Uploaded, but still in the spool; whether events.on_uploaded knows of it.
        self._unnoted: SpooledNetwork | None = None
        self._told = False
        # When work goes on after something other than a server failed, RFC 3339; how often it has.
        self._held_until = ""
        self._holds = 0
        self._last_error = next((n.last_error for n in spool.entries() if n.last_error), "")

    def start(self) -> None:
        """Begins with what is in the spool. Only once."""
        loop = UploadLoop()
        self._task = loop.create_task(self._serve())
        self._thread = threading.Thread(
            target=_run, args=(loop, self._task), name="uploader", daemon=True
        )
        with self._guard:
            self._loop = loop
        self._thread.start()

    def submit(self, step: int) -> None:
        """Says that the network of `step` was just added to the spool."""
        _LOG.debug("the network of step %d waits for its upload", step)
        self._request()

    def retry_parked(self) -> None:
        """Has parked networks tried again, at once."""
        self._request(retry_parked=True)

    @property
    def settled(self) -> bool:
        """Whether nothing can be tried now.

        Tells an on_settled that answers the latest submit() from one that crossed it.
        """
        with self._guard:
            return self._settled

    def status(self) -> UploadStatus:
        """Where uploads stand at this moment."""
        entries = self._spool.entries()
        parked = sum(network.parked for network in entries)
        with self._guard:
            seconds = 0.0 if self._attempting else self._seconds_to_next()
            return UploadStatus(
                waiting=len(entries) - parked,
                parked=parked,
                next_attempt_seconds=seconds or 0.0,
                last_error=self._last_error,
            )

    def close(self) -> None:
        """Ends the thread; may be called again."""
        with self._guard:
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)
            self._loop = None
        if self._thread is not None:
            self._thread.join()

    def _request(self, *, retry_parked: bool = False) -> None:
        with self._guard:
            self._requested = True
            self._settled = False
            self._retry_parked |= retry_parked
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._wake.set)

    def _seconds_to_next(self) -> float | None:
        """Until there is something to do; None if there is nothing."""
        network = self._unnoted or self._first_waiting()
        if network is None:
            return None
        return self._seconds_until(self._held_until or network.next_attempt_at)

    def _first_waiting(self) -> SpooledNetwork | None:
        return next((entry for entry in self._spool.entries() if not entry.parked), None)

    def _seconds_until(self, time: str) -> float:
        try:
            seconds = (datetime.fromisoformat(time) - self._now()).total_seconds()
        except (ValueError, TypeError):
            return 0.0
        # No wait is longer than the longest: the clock was set back, or the config changed.
        longest = self._config.retry.longest_seconds + _ROUNDING_SECONDS
        return seconds if 0.0 < seconds <= longest else 0.0

    # In the uploader's thread, from here on.

    async def _serve(self) -> None:
        for problem in self._spool.problems:
            self._tell(self._events.on_failed, problem)
        while True:
            try:
                await self._look()
            except Exception as error:
                # Our own mistake, outside of what _step() survives by itself.
                self._hold(error)
                await asyncio.sleep(_LONGEST_SLEEP_SECONDS)

    async def _look(self) -> None:
        """Does what there is to do, then waits for more."""
        self._wake.clear()
        with self._guard:
            self._requested = False
            retry_parked, self._retry_parked = self._retry_parked, False
        if retry_parked:
            self._unpark()
        while (seconds := self._seconds_to_next()) is not None and seconds <= 0.0:
            await self._step()
        self._settle()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds or inf, _LONGEST_SLEEP_SECONDS)):
                await self._wake.wait()

    async def _step(self) -> None:
        """Whatever comes next; what fails unforeseen is held back for a while."""
        with self._guard:
            self._settled = False
        try:
            if self._unnoted is not None:
                self._note_upload(self._unnoted)
            elif network := self._first_waiting():
                await self._attempt(network)
        except Exception as error:
            self._hold(error)
        else:
            with self._guard:
                self._held_until, self._holds = "", 0

    async def _attempt(self, network: SpooledNetwork) -> None:
        with self._guard:
            self._attempting = True
        try:
            outcome = await self._client.send(network, self._spool.path(network))
        finally:
            with self._guard:
                self._attempting = False
        with self._guard:
            self._last_error = "" if isinstance(outcome, Uploaded) else outcome.reason
        match outcome:
            case Uploaded():
                with self._guard:
                    self._unnoted = network
                self._told = False
                self._note_upload(network)
            case TryAgain():
                self._postpone(network, outcome)
            case Refused():
                self._park(network, outcome.reason)

    def _note_upload(self, network: SpooledNetwork) -> None:
        """Tells whoever remembers uploads, then forgets the network; in this order."""
        if not self._told:
            self._events.on_uploaded(network, self._url)
        self._told = True
        self._spool.remove(network)
        with self._guard:
            self._unnoted = None

    def _postpone(self, network: SpooledNetwork, outcome: TryAgain) -> None:
        attempts = network.attempts + 1
        backed_off = delay_seconds(self._config.retry, attempts, self._rng)
        seconds = max(backed_off, outcome.retry_after_seconds or 0.0)
        self._update(
            replace(
                network,
                attempts=attempts,
                next_attempt_at=self._later(seconds),
                last_error=outcome.reason,
            )
        )
        self._tell(
            self._events.on_failed,
            f"{_name(network)} was not uploaded to {self._url} (attempt {attempts}): "
            f"{outcome.reason}; tried again in {seconds:.3g} s",
        )

    def _park(self, network: SpooledNetwork, reason: str) -> None:
        attempts = network.attempts + 1
        self._update(
            replace(network, attempts=attempts, next_attempt_at="", last_error=reason, parked=True)
        )
        self._tell(
            self._events.on_parked,
            f"{_name(network)} was not uploaded to {self._url} (attempt {attempts}): {reason}; "
            f"it stays in {self._spool.directory}; correct the cause and start the daemon with "
            "--retry-parked to try it again",
        )

    def _unpark(self) -> None:
        for network in self._spool.entries():
            if network.parked:
                self._update(replace(network, attempts=0, next_attempt_at="", parked=False))

    def _update(self, network: SpooledNetwork) -> None:
        try:
            self._spool.update(network)
        except OSError as error:
            # In memory it counts; after a restart the next attempt only comes too early.
            self._tell(
                self._events.on_failed,
                f"the state of {_name(network)} cannot be written: {error}; a restart would "
                f"forget it. Make {self._spool.directory} writable, with room for a small file",
            )

    def _hold(self, error: Exception) -> None:
        with self._guard:
            self._holds += 1
            seconds = delay_seconds(self._config.retry, self._holds, self._rng)
            self._held_until = self._later(seconds)
            unnoted = self._unnoted
        if not isinstance(error, OSError):
            _LOG.error("%s", self._client.hide("".join(traceback.format_exception(error))))
        what = self._client.clean(f"{error} ({type(error).__name__})")
        where = f"{_name(unnoted)} was uploaded, which cannot be noted" if unnoted else "held up"
        self._tell(
            self._events.on_failed,
            f"uploads to {self._url}: {where}: {what}; tried again in {seconds:.3g} s",
        )

    def _later(self, seconds: float) -> str:
        later = self._now() + timedelta(seconds=min(seconds, _YEAR_SECONDS))
        return later.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def _settle(self) -> None:
        with self._guard:
            if self._settled or self._requested:
                return
            self._settled = True
        self._tell(self._events.on_settled)

    def _tell(self, event: Callable[..., None], *arguments: object) -> None:
        try:
            event(*arguments)
        except Exception as error:
            _LOG.error("%s", self._client.hide("".join(traceback.format_exception(error))))


def _run(loop: UploadLoop, task: "asyncio.Task[None]") -> None:
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _name(network: SpooledNetwork) -> str:
    return f"{network.file_name} (step {network.step}, {network.size_bytes} bytes)"
