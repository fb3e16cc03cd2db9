"""The watched folder from the side of who fills it, with a record of what was delivered."""

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Delivery:
    """A file that appeared, or is just about to."""

    # Its base name; they ascend.
    key: str
    # Chunks that the loader is to count in it.
    chunks: int


class Deliveries:
    """Puts files into a folder under ascending names, each renamed into place when it is whole.

    A delivery is recorded before it can be seen, so that whatever a daemon has counted at some
    moment is recorded by then.

    Threads: one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.all: list[Delivery] = []
        self._present: list[Path] = []

    def add(self, data: bytes, *, chunks: int, suffix: str = ".tar") -> Delivery:
        """Delivers a file with these bytes."""
        delivery = Delivery(f"training-run1-{len(self.all):06d}{suffix}", chunks)
        partial = self.folder / f".{delivery.key}.partial"
        partial.write_bytes(data)
        self.all.append(delivery)
        self._present.append(partial.rename(self.folder / delivery.key))
        return delivery

    def keep_newest(self, count: int) -> None:
        """Deletes the oldest files beyond `count`, as a server does."""
        while len(self._present) > count:
            self._present.pop(0).unlink(missing_ok=True)

    def chunks_between(self, after: str, upto: str | None = None) -> int:
        """Chunks of files whose key is greater than `after` and at most `upto` (None: all)."""
        keys = [delivery.key for delivery in self.all]
        first = bisect_right(keys, after)
        last = len(keys) if upto is None else bisect_right(keys, upto)
        return sum(delivery.chunks for delivery in self.all[first:last])
