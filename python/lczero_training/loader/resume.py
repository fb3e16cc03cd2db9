"""Going on with a loader's batches after a restart: to the bit where that can be, else nearly."""

import base64
import binascii
import logging
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lczero_training.loader._loader import CorruptData, EndOfData, LoaderStopped
from lczero_training.loader.facade import Batch, DataLoader, PackedBatch
from lczero_training.schema.loader_config import DataLoaderConfig

_LOG = logging.getLogger(__name__)

# Split whose batches are counted.
_TRAIN = "train"
# The first planes, the position itself, tell batches apart as well as all of them.
_DIGESTED_PLANES = 12
# A replay that takes longer is given up: games may be missing, and others wait to be trained on.
_REPLAY_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class SamplerPoint:
    """How far a loader has come, told in two ways.

    Attributes:
        begun_from: the sampler state that the loader was made with; None: it began afresh.
        given: digests of all batches since then; None if they were too many to keep.
        now: the loader's sampler state. What waited in its queues and reservoirs counts as given.
    """

    begun_from: bytes | None
    given: tuple[int, ...] | None
    now: bytes

    def to_json(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {
            "begun_from": None if self.begun_from is None else _to_text(self.begun_from),
            "given": None if self.given is None else list(self.given),
            "now": _to_text(self.now),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "SamplerPoint":
        """The inverse; whatever the fields are, ValueError is all it raises."""
        try:
            begun_from, given = fields["begun_from"], fields["given"]
            return cls(
                begun_from=None if begun_from is None else _to_bytes(begun_from),
                given=None if given is None else tuple(int(digest) for digest in given),
                now=_to_bytes(fields["now"]),
            )
        except (KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise ValueError(f"not a sampler point: {error!r}") from error


class ResumableLoader(DataLoader):
    """A DataLoader that can say where it stood after each batch of the split "train".

    Threads: as DataLoader; the split "train" is read by one thread at a time.
    """

    def __init__(
        self, config: DataLoaderConfig, begun_from: bytes | None = None, *, remember: int
    ) -> None:
        """As DataLoader; `remember`: batches whose digests are kept at most."""
        super().__init__(config, begun_from)
        self._begun_from = begun_from
        self._remember = remember
        # Written by the thread that reads; grows only.
        self._digests: list[int] = []
        self._replayed = 0

    def GetNext(self, split: str = _TRAIN) -> Batch | PackedBatch:
        """Wait for the next batch of an output, in the form that its config gives it."""
        batch = super().GetNext(split)
        if split == _TRAIN and len(self._digests) < self._remember:
            self._digests.append(_digest(batch))
        return batch

    def point_after(self, batches: int) -> dict[str, Any]:
        """Where it stood after so many batches, replayed ones not counted: a SamplerPoint's JSON.

        Any number from 0 to those given. Its `now` is of this moment.
        """
        count = self._replayed + batches
        given = tuple(self._digests[:count])
        return SamplerPoint(
            begun_from=self._begun_from,
            given=given if len(given) == count else None,
            now=self.GetSamplerState(),
        ).to_json()

    def replay(self, digests: tuple[int, ...], *, seconds: float = _REPLAY_SECONDS) -> bool:
        """Read and drop these batches, the first of all; False if others come, or it takes longer.

        After False, and when someone else stops the loader meanwhile, it cannot be read any more.
        """
        too_late = threading.Event()

        def give_up() -> None:
            too_late.set()
            self.Stop()

        timer = threading.Timer(seconds, give_up)
        timer.start()
        try:
            done = all(_digest(super(ResumableLoader, self).GetNext()) == want for want in digests)
        except EndOfData:
            done = False
        except LoaderStopped:
            done = not too_late.is_set()
        finally:
            timer.cancel()
        self._digests, self._replayed = list(digests), len(digests)
        return done and not too_late.is_set()


def resume_loader(
    config: DataLoaderConfig,
    saved: Mapping[str, Any] | None,
    *,
    replay_batches: int,
    made: Callable[[ResumableLoader], None] = lambda _: None,
) -> ResumableLoader:
    """A loader that goes on where a checkpoint's sampler point says.

    Where no more than `replay_batches` were given since its loader began, they are read again and
    dropped: with the same files, and one thread for each stage, the next batch is to the bit the
    one that would have come. Where other batches come instead, and where they were too many,
    sampling goes on as DataLoader's sampler_state says. What cannot be used is a warning, and
    sampling starts afresh.

    Args:
        saved: what point_after() gave; None: starts afresh.
        made: told of each loader that is made, before anything waits for it; may stop it, also
            from another thread. Then the loader that is returned is a stopped one.

    Raises: as DataLoader, but for CorruptData.
    """

    def make(begun_from: bytes | None) -> ResumableLoader:
        loader = ResumableLoader(config, begun_from, remember=replay_batches)
        made(loader)
        return loader

    point = _read(saved)
    if point is None:
        return make(None)
    try:
        return _replayed(point, replay_batches, make) or _gone_on(point, make)
    except CorruptData as error:
        _LOG.warning("sampling starts afresh: the checkpoint's %s", error)
        return make(None)


def _read(saved: Mapping[str, Any] | None) -> SamplerPoint | None:
    if saved is None:
        return None
    try:
        return SamplerPoint.from_json(saved)
    except ValueError as error:
        _LOG.warning("sampling starts afresh: the checkpoint's sampler item is %s", error)
        return None


def _replayed(
    point: SamplerPoint, most: int, make: Callable[[bytes | None], ResumableLoader]
) -> ResumableLoader | None:
    if point.given is None or len(point.given) > most:
        return None
    loader = make(point.begun_from)
    if loader.replay(point.given):
        _LOG.info(
            "goes on with the very batch that would have come: read %d again", len(point.given)
        )
        return loader
    loader.Stop()
    _LOG.info("the games are others than before, or slow to come: no replay of batches")
    return None


def _gone_on(
    point: SamplerPoint, make: Callable[[bytes | None], ResumableLoader]
) -> ResumableLoader:
    loader = make(point.now)
    _LOG.info("sampling goes on in the pass that it was in")
    return loader


def _digest(batch: Batch | PackedBatch) -> int:
    board = batch.bitboards if isinstance(batch, PackedBatch) else batch.planes
    return zlib.crc32(batch.values.tobytes(), zlib.crc32(board[:, :_DIGESTED_PLANES].tobytes()))


def _to_text(state: bytes) -> str:
    return base64.b64encode(state).decode()


def _to_bytes(text: str) -> bytes:
    return base64.b64decode(text.encode(), validate=True)
