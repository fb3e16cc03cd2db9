"""Networks on their way to the training server: ledger, spool and uploader in step."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lczero_training.config.root import RootConfig
from lczero_training.daemon.events import NetworkSent, ProblemMet, SessionEvent
from lczero_training.daemon.exports import utc_seconds
from lczero_training.daemon.ledger import Ledger, LedgerEntry
from lczero_training.schema.messages import Problem, UploadStatus
from lczero_training.upload.password import Password
from lczero_training.upload.retry import BackOff
from lczero_training.upload.spool import Spool, SpooledNetwork
from lczero_training.upload.uploader import Uploader

_LOG = logging.getLogger(__name__)


class Delivery:
    """Sees to it that every network that the ledger marks `to_upload` reaches the server.

    The ledger is the truth: what it marks and the server does not have yet is in the spool, or
    is put there by fill_spool(), which is called at the start, after each export, and again
    when `back_off` says so. So a kill between any two writes loses nothing; a network may arrive
    twice if the kill came between the server's answer and the line in the ledger.

    Threads:  start(), fill_spool() and close() from the session's; the uploader's thread notes
              uploads in the ledger and calls `on_settled`; status() from any.
    Blocking: fill_spool() waits for the disk, nothing waits for the server.
    Shutdown: close() cuts an upload short; the network stays in the spool.
    Errors:   SpoolInUse, OSError from the constructor; later problems are told as warnings.
    """

    def __init__(
        self,
        *,
        config: RootConfig,
        password: Password,
        ledger: Ledger,
        report: Callable[[SessionEvent], None],
        on_settled: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        upload = config.export.upload
        assert upload is not None
        self._config = config
        self._ledger = ledger
        self._report = report
        self._on_settled = on_settled
        # Of fill_spool(), when the spool did not take a network.
        self.back_off = BackOff(upload.retry, clock=clock)
        self._spool = Spool(Path(upload.spool_directory))
        self._spool.discard(e.step for e in ledger.entries if e.uploaded_at and not e.requested)
        self._uploader = Uploader(upload, password, self._spool, self)

    def start(self, *, retry_parked: bool) -> None:
        """Begins with what earlier runs left."""
        self.fill_spool()
        if retry_parked:
            self._uploader.retry_parked()
        self._uploader.start()

    @property
    def settled(self) -> bool:
        """True when nothing can be sent now: all is sent, backs off, or is parked."""
        return self._uploader.settled

    def status(self) -> UploadStatus:
        """Where uploads stand."""
        return self._uploader.status()

    def fill_spool(self) -> None:
        """Puts every network that the server must get, and that is not in the spool, into it."""
        for entry in self._missing():
            try:
                self._spool.add(_whole_file(entry), self._spooled(entry))
            except OSError as error:
                self._postpone(entry, error)
                return
            self._uploader.submit(entry.step)
        self.back_off.succeeded()

    def close(self) -> None:
        """Ends uploads and releases the spool."""
        self._uploader.close()
        self._spool.close()

    # Told by the uploader, in its thread.

    def on_uploaded(self, network: SpooledNetwork, url: str) -> None:
        """Notes it; after this the network leaves the spool."""
        self._ledger.note_upload(network.step, uploaded_at=utc_seconds(datetime.now(UTC)), url=url)
        entry = self._ledger.find(network.step)
        if entry is None:
            _LOG.warning("step %d was uploaded, and the ledger does not know it", network.step)
        else:
            self._report(NetworkSent(entry, url))

    def on_failed(self, message: str) -> None:
        """Something is tried again."""
        self._report(ProblemMet(message, Problem.UPLOAD_FAILED))

    def on_parked(self, message: str) -> None:
        """The server refused a network."""
        self._report(ProblemMet(message, Problem.UPLOAD_PARKED))

    def on_settled(self) -> None:
        """Nothing can be sent now."""
        self._on_settled()

    def _missing(self) -> list[LedgerEntry]:
        spooled = {network.step for network in self._spool.entries()}
        return [
            entry
            for entry in self._ledger.entries
            if entry.to_upload and not entry.uploaded_at and entry.step not in spooled
        ]

    def _spooled(self, entry: LedgerEntry) -> SpooledNetwork:
        file = entry.files[0]
        return SpooledNetwork(
            step=entry.step,
            file_name=Path(file.path).name,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            layers=self._config.model.encoder_layers,
            filters=self._config.model.embedding_size,
            queued_at=utc_seconds(datetime.now(UTC)),
        )

    def _postpone(self, entry: LedgerEntry, error: OSError) -> None:
        delay = self.back_off.failed()
        self._report(
            ProblemMet(
                f"the network of step {entry.step} could not be put into the spool: {error}. "
                f"Free some disk space, or put its file back; tried again in {delay:.0f} s",
                Problem.UPLOAD_FAILED,
            )
        )


def _whole_file(entry: LedgerEntry) -> Path:
    """A file of the network that is still there; the first one's path if none is."""
    paths = [Path(file.path) for file in entry.files]
    return next((path for path in paths if path.exists()), paths[0])
