"""Batches that are never trained on, the same for every network of a run."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from lczero_training.config.root import RootConfig
from lczero_training.train.batch import HostBatch
from lczero_training.train.held_out_file import (
    encode,
    kept_file,
    origin,
    read_batches,
    write_batches,
)

_LOG = logging.getLogger(__name__)

Fetch = Callable[[str], HostBatch]


class HeldOutFiles:
    """Where a run keeps its held-out batches."""

    def __init__(self, config: RootConfig, *, batches: int) -> None:
        self._config = config
        self._batches = batches
        self._origin = origin(config, batches=batches)

    def read(self, output: str) -> Sequence[HostBatch]:
        """Those of an output; none if others must be taken, and the log says why."""
        path = kept_file(self._config, output)
        kept, why_not = read_batches(path, self._origin)
        if kept:
            _LOG.info("held-out batches of %s are those in %s", output, path)
        else:
            _LOG.info("takes %d held-out batches of %s: %s", self._batches, output, why_not)
        return kept

    def encode(self, batches: Sequence[HostBatch]) -> bytes:
        """As a file would have them."""
        return encode(batches, self._origin)

    def write(self, output: str, batches: Sequence[HostBatch]) -> None:
        """Where that cannot be done, the log says what follows."""
        path = kept_file(self._config, output)
        try:
            write_batches(path, batches, self._origin)
        except OSError as error:
            _LOG.warning(
                "held-out batches of %s could not be written to %s: %s. After a restart others "
                "will be taken, and losses are not comparable with those before.",
                output,
                path,
                error,
            )


class HeldOutBatches:
    """The first batches of the loader's held-out outputs, kept in the host's memory.

    Those in the run's files are taken; what is not there is fetched once, in a thread, and written
    there. A file that cannot be written is a warning: then a restart has other batches.

    Threads:   one calls; fetching happens in another.
    Blocking:  never: where batches are still missing, there are none.
    Shutdown:  whoever owns the loader stops it, which ends the wait of the thread.
    Errors:    what fetching raises is logged, and tried again with the next begin().
    """

    def __init__(self, outputs: Sequence[str], *, batches: int, files: HeldOutFiles | None) -> None:
        """Without files, nothing is read or written."""
        self._count = batches
        self._files = files
        self._lock = threading.Lock()
        # Guarded by _lock; whole ones have _count batches.
        self._found: dict[str, list[HostBatch]] = {output: [] for output in outputs}
        self._thread: threading.Thread | None = None

    def begin(self, fetch: Fetch) -> None:
        """Sees to it that what is missing is on its way. `fetch` gives an output's next batch."""
        if self._thread is not None and self._thread.is_alive():
            return
        missing = [output for output in self._found if not self.get(output)]
        if missing:
            self._thread = threading.Thread(
                target=self._run, args=(fetch, missing), name="held-out", daemon=True
            )
            self._thread.start()

    def get(self, output: str) -> Sequence[HostBatch]:
        """All batches of an output, or none while some are missing."""
        with self._lock:
            found = self._found[output]
            return found if len(found) == self._count else ()

    def set(self, output: str, batches: Sequence[HostBatch]) -> None:
        """Puts these in the place of what there is."""
        with self._lock:
            self._found[output] = list(batches)

    def come(self) -> Mapping[str, int]:
        """How many batches of each output there are."""
        with self._lock:
            return {output: len(found) for output, found in self._found.items()}

    def wait(self) -> None:
        """Returns when the thread has ended."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, fetch: Fetch, outputs: Sequence[str]) -> None:
        for output in outputs:
            if self._files and (kept := self._files.read(output)):
                self.set(output, kept)
                continue
            try:
                self._fetch(fetch, output)
            except Exception as error:  # The loader's stop, or what is wrong with it.
                _LOG.info("held-out batches of %s were not had: %s", output, error)
                return
            if self._files:
                self._files.write(output, self.get(output))

    def _fetch(self, fetch: Fetch, output: str) -> None:
        self.set(output, [])
        for _ in range(self._count):
            batch = fetch(output)
            with self._lock:
                self._found[output].append(batch)
