"""Plays bundled archives into the watched folder, as a training server would.

    source/training-run1-test80-20251122-0017.tar -> target/training-run1-test80-20251122-0017.tar
    source/training-run1-test80-20251122-0117.tar -> target/training-run1-test80-20251122-0117.tar
    source/training-run1-test80-20251122-0017.tar -> target/training-run1-test80-20251122-0217.tar
    ...

The next name follows from the newest one in the target folder, so a restart goes on where it was.
"""

import contextlib
import logging
import re
import shutil
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from lczero_training.config.daemon import DemoFeedConfig

_LOG = logging.getLogger(__name__)

_NAME = re.compile(r"(?P<run>.+)-(?P<hour>\d{8}-\d{4})\.tar")
_HOUR_FORMAT = "%Y%m%d-%H%M"
_HOUR = timedelta(hours=1)
_PARTIAL_SUFFIX = ".partial"


class DemoFeed:
    """One archive at once, then one each `interval_seconds`.

    Threads:  start() and close() from one thread; copies happen in a thread of its own.
    Shutdown: close() waits for the copy in flight (bundled archives: milliseconds).
    Errors:   ValueError from start() if the source folder has no archive it can name;
              what goes wrong later is told through `on_problem` and tried again.
    """

    def __init__(self, config: DemoFeedConfig, *, on_problem: Callable[[str], None]) -> None:
        self._config = config
        self._on_problem = on_problem
        self._target = Path(config.target_directory)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-feed", daemon=True)

    def start(self) -> None:
        """Begins with the first copy."""
        archives(Path(self._config.source_directory))
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self.copy_next()
            except (OSError, ValueError) as error:
                self._on_problem(f"demo feed: {error}; tried again in a moment")
            self._closing.wait(self._config.interval_seconds)

    def copy_next(self) -> Path:
        """Copies one archive under the name that comes next; returns the copy's path."""
        self._target.mkdir(parents=True, exist_ok=True)
        for leftover in self._target.glob(f".*{_PARTIAL_SUFFIX}"):
            leftover.unlink(missing_ok=True)
        sources = archives(Path(self._config.source_directory))
        present = _archives_or_none(self._target)
        source, name = next_copy(sources, present)
        partial = self._target / f".{name}{_PARTIAL_SUFFIX}"
        shutil.copyfile(source, partial)
        copy = partial.rename(self._target / name)
        _LOG.info("demo feed: %s is there", copy)
        for old in [*present, copy][: -self._config.keep]:
            old.unlink(missing_ok=True)
        return copy


def archives(directory: Path) -> list[Path]:
    """Archives whose names say an hour, oldest first. ValueError if there is none."""
    found = _archives_or_none(directory)
    if not found:
        raise ValueError(
            f"{directory}: no archive named like training-run1-20251122-0017.tar; "
            "set daemon.demo_feed.source_directory to a folder that has one"
        )
    return found


def next_copy(sources: Sequence[Path], present: Sequence[Path]) -> tuple[Path, str]:
    """Which source to copy next, and under which name; both lists oldest first."""
    first = _hour(sources[0])
    hour = _hour(present[-1]) + _HOUR if present else first
    source = sources[(hour - first) // _HOUR % len(sources)]
    match = _NAME.fullmatch(source.name)
    assert match is not None
    return source, f"{match['run']}-{hour.strftime(_HOUR_FORMAT)}.tar"


def _archives_or_none(directory: Path) -> list[Path]:
    found = []
    with contextlib.suppress(FileNotFoundError):
        for path in directory.iterdir():
            with contextlib.suppress(ValueError):
                found.append((_hour(path), path))
    return [path for _, path in sorted(found)]


def _hour(path: Path) -> datetime:
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path}: the name says no hour")
    return datetime.strptime(match["hour"], _HOUR_FORMAT)
