"""What the uploader's tests share: a server, a spool, a clock, and what was told."""

import hashlib
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lczero_training.config.daemon import RetryConfig, UploadConfig
from lczero_training.upload.password import Password
from lczero_training.upload.spool import Spool, SpooledNetwork
from lczero_training.upload.testing import PATIENCE_SECONDS, UploadServer
from lczero_training.upload.uploader import Uploader

PASSWORD = "hunter2/&"
SOON = RetryConfig(first_seconds=0.001, longest_seconds=0.01)
# With the clock below, which stands still, an attempt comes when a test says so.
LATE = RetryConfig(first_seconds=1000.0, longest_seconds=64_000.0)


class Clock:
    """Stands still until it is advanced."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time, as the uploader asks for it."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Moves the clock."""
        self.time += timedelta(seconds=seconds)


class Events:
    """Remembers what it is told, in order; `hooks` are called with what each event was told."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.told: list[tuple[str, Any]] = []
        self.hooks: dict[str, Callable[[Any], None]] = {}

    def on_uploaded(self, network: SpooledNetwork, url: str) -> None:
        """As UploadEvents."""
        assert url.endswith("/upload")
        self._add("uploaded", network.step)

    def on_failed(self, message: str) -> None:
        """As UploadEvents."""
        self._add("failed", message)

    def on_parked(self, message: str) -> None:
        """As UploadEvents."""
        self._add("parked", message)

    def on_settled(self) -> None:
        """As UploadEvents."""
        self._add("settled", None)

    def of(self, kind: str) -> list[Any]:
        """What events of one kind told, in order."""
        with self._changed:
            return [value for k, value in self.told if k == kind]

    def wait(self, kind: str, count: int) -> list[Any]:
        """Waits for so many events of one kind; returns what they told."""
        with self._changed:
            enough = self._changed.wait_for(
                lambda: sum(k == kind for k, _ in self.told) >= count, PATIENCE_SECONDS
            )
            assert enough, self.told
        return self.of(kind)

    def _add(self, kind: str, value: object) -> None:
        with self._changed:
            self.told.append((kind, value))
            self._changed.notify_all()
        self.hooks.get(kind, lambda value: None)(value)


class World:
    """A server, a spool, and an uploader between the two that can be started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = UploadServer()
        self.clock = Clock()
        self.events = Events()
        self.spool = Spool(folder / "spool")
        self.uploader: Uploader | None = None

    def add(self, *steps: int) -> None:
        """Puts a small network of each step into the spool."""
        for step in steps:
            content = b"network %d" % step
            source = self.folder / f"run-{step}.pb.gz"
            source.write_bytes(content)
            network = SpooledNetwork(
                step=step,
                file_name=source.name,
                sha256=hashlib.sha256(content).hexdigest(),
                size_bytes=len(content),
                layers=2,
                filters=64,
                queued_at="2026-01-02T03:04:05Z",
            )
            self.spool.add(source, network)

    def start(self, retry: RetryConfig = LATE, *, clock: bool = True) -> Uploader:
        """Starts an uploader; without `clock` it goes by the real one."""
        config = UploadConfig(
            url=self.server.url + "?key=sesame",
            training_id=1,
            spool_directory=str(self.spool.directory),
            retry=retry,
        )
        self.uploader = Uploader(
            config,
            Password(PASSWORD),
            self.spool,
            self.events,
            rng=random.Random(1),
            **({"now": self.clock} if clock else {}),
        )
        self.uploader.start()
        return self.uploader

    def restart(self, retry: RetryConfig = LATE) -> Uploader:
        """As after the end of the process: everything in memory is new."""
        self.stop()
        self.events = Events()
        self.spool = Spool(self.folder / "spool")
        return self.start(retry)

    def stop(self) -> None:
        """Closes the uploader and the spool."""
        if self.uploader is not None:
            self.uploader.close()
        self.spool.close()

    def received(self) -> list[str]:
        """File names that reached the server whole."""
        return [received.file_name for received in self.server.received]

    def sidecars(self) -> str:
        """The content of all sidecars in the spool."""
        return "".join(path.read_text() for path in self.spool.directory.glob("*.json"))
