"""Held-out batches of several processes: each has its part of every batch."""

from collections.abc import Mapping, Sequence

import jax

from lczero_training.train.batch import HostBatch
from lczero_training.train.held_out import Fetch, HeldOutBatches, HeldOutFiles
from lczero_training.train.held_out_file import decode, joined, part_of
from lczero_training.train.processes import from_first, gather, is_first, least


class HeldOutTogether:
    """As HeldOutBatches, of which get() gives this process's part.

    Each fetches its part from its own loader. The first process keeps whole batches in the files
    of a run of one process, so that a restart has the same, whatever the number of processes; it
    alone reads them, so that all have the same.

    Threads:   one calls; fetching happens in another.
    Processes: all call begin() and get() together.
    Blocking:  until the others call, never for a loader.
    """

    def __init__(self, outputs: Sequence[str], *, batches: int, files: HeldOutFiles) -> None:
        self._batches = batches
        self._files = files
        self._own = HeldOutBatches(outputs, batches=batches, files=None)
        # By output, of the process that has the fewest.
        self._fewest = dict.fromkeys(outputs, 0)
        self._kept: set[str] = set()
        self._begun = False

    def begin(self, fetch: Fetch) -> None:
        """See HeldOutBatches."""
        if not self._begun:
            self._begun = True
            for output in self._fewest:
                self._take_kept(output)
        self._own.begin(fetch)

    def get(self, output: str) -> Sequence[HostBatch]:
        """This process's part of all batches, or none while one of the processes misses some."""
        self._fewest[output] = least(self._own.come()[output])
        if self._fewest[output] < self._batches:
            return ()
        if output not in self._kept:
            self._keep(output)
        return self._own.get(output)

    def come(self) -> Mapping[str, int]:
        """How many batches of each output all processes had at the last get()."""
        return self._fewest

    def wait(self) -> None:
        """Returns when the thread has ended."""
        self._own.wait()

    def _take_kept(self, output: str) -> None:
        kept = self._files.read(output) if is_first() else ()
        if content := from_first(self._files.encode(kept) if kept else b""):
            index, count = jax.process_index(), jax.process_count()
            self._own.set(output, [part_of(batch, index, count) for batch in decode(content)[0]])
            self._kept.add(output)

    def _keep(self, output: str) -> None:
        contents = gather(self._files.encode(self._own.get(output)))
        if is_first():
            parts = [decode(content)[0] for content in contents]
            self._files.write(output, [joined(batch) for batch in zip(*parts, strict=True)])
        self._kept.add(output)
