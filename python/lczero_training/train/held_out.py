"""Batches that are never trained on, the same for every network of a run."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from lczero_training.config.root import RootConfig
from lczero_training.train.batch import HostBatch
from lczero_training.train.held_out_file import kept_file, origin, read_batches, write_batches

_LOG = logging.getLogger(__name__)

Fetch = Callable[[str], HostBatch]


class HeldOutBatches:
    """The first batches of the loader's held-out outputs, kept in the host's memory.

    Those in the run's files are taken; what is not there is fetched once, in a thread, and written
    there. A file that cannot be written is a warning: then a restart has other batches.

    Threads:   one calls; fetching happens in another.
    Blocking:  never: where batches are still missing, there are none.
    Shutdown:  whoever owns the loader stops it, which ends the wait of the thread.
    Errors:    what fetching raises is logged, and tried again with the next begin().
    """

    def __init__(self, config: RootConfig, outputs: Sequence[str], *, batches: int) -> None:
        self._config = config
        self._count = batches
        self._origin = origin(config, batches=batches)
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
            path = kept_file(self._config, output)
            kept, why_not = read_batches(path, self._origin)
            if kept:
                _LOG.info("held-out batches of %s are those in %s", output, path)
                self._set(output, kept)
                continue
            _LOG.info("takes %d held-out batches of %s: %s", self._count, output, why_not)
            try:
                self._fetch(fetch, output)
            except Exception as error:  # The loader's stop, or what is wrong with it.
                _LOG.info("held-out batches of %s were not had: %s", output, error)
                return
            self._keep(output)

    def _fetch(self, fetch: Fetch, output: str) -> None:
        self._set(output, [])
        for _ in range(self._count):
            batch = fetch(output)
            with self._lock:
                self._found[output].append(batch)

    def _set(self, output: str, batches: list[HostBatch]) -> None:
        with self._lock:
            self._found[output] = batches

    def _keep(self, output: str) -> None:
        path = kept_file(self._config, output)
        try:
            write_batches(path, self.get(output), self._origin)
        except OSError as error:
            _LOG.warning(
                "held-out batches of %s could not be written to %s: %s. After a restart others "
                "will be taken, and losses are not comparable with those before.",
                output,
                path,
                error,
            )
