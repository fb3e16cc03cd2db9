"""What the loader has to tell reaches Python's logging, and nothing is left behind."""

import logging
import logging.handlers
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lczero_training.loader import DataLoader, LoaderStopped, log_relay
from lczero_training.loader.usual_graph import GAMES, config_for

LOG = logging.getLogger("lczero_training.loader")
# Long enough that it never passes in a test that works.
FOREVER_SECONDS = 600.0
NOISE = b"\xee" * 700


class CallingHandler(logging.Handler):
    """Calls a function for each record."""

    def __init__(self, call: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self._call = call

    def emit(self, record: logging.LogRecord) -> None:
        """Call it."""
        self._call(record)


@contextmanager
def handled_by(call: Callable[[logging.LogRecord], object]) -> Iterator[None]:
    handler = CallingHandler(call)
    LOG.addHandler(handler)
    try:
        yield
    finally:
        LOG.removeHandler(handler)


def first_record_of(folder: Path) -> logging.LogRecord:
    """What a loader over the folder logs first."""
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    with handled_by(records.put):
        loader = DataLoader(config_for(folder))
        try:
            return records.get(timeout=FOREVER_SECONDS)
        finally:
            loader.Stop()


def await_bad_file(loader: DataLoader) -> None:
    while "bad.corrupt" not in loader.GetStats().stages[1].counters:
        os.sched_yield()


def relays() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "loader-log"]


def test_a_corrupt_archive_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "noise.tar").write_bytes(NOISE)
    record = first_record_of(tmp_path)
    assert (record.name, record.levelname) == ("lczero_training.loader", "WARNING")
    assert str(tmp_path / "noise.tar") in record.getMessage()
    assert "skipped (1 of 1). Check the download." in record.getMessage()


def test_after_stop_no_line_is_missing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "noise.tar").write_bytes(NOISE)
    for count in range(1, 21):
        loader = DataLoader(config_for(tmp_path))
        await_bad_file(loader)
        loader.Stop()
        assert caplog.text.count("skipped (1 of 1)") == count


def test_a_line_may_hold_any_bytes_and_percent_signs(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"%s\xff.tar")).write_bytes(NOISE)
    assert "%s\\xff.tar" in first_record_of(tmp_path).getMessage()


def test_a_stopped_loader_leaves_no_thread(tmp_path: Path) -> None:
    for _ in range(20):
        loader = DataLoader(config_for(tmp_path))
        assert len(relays()) == 1
        loader.Stop()
        loader.Stop()
        assert relays() == []


def test_a_handler_that_hangs_holds_up_neither_batches_nor_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_relay, "_LAST_LINES_SECONDS", 0.0)
    for archive in GAMES.glob("*.tar"):
        (tmp_path / archive.name).symlink_to(archive.absolute())
    (tmp_path / "noise.tar").write_bytes(NOISE)
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(record: logging.LogRecord) -> None:
        hangs.set()
        goes_on.wait()

    with handled_by(hang):
        loader = DataLoader(config_for(tmp_path))
        hangs.wait()
        for _ in range(20):
            loader.GetNextBatch()
        loader.Stop()
        (relay,) = relays()
        goes_on.set()
        relay.join()


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_handler_may_stop_the_loader(tmp_path: Path) -> None:
    loaders: queue.SimpleQueue[DataLoader] = queue.SimpleQueue()
    with handled_by(lambda record: loaders.get().Stop()):
        loader = DataLoader(config_for(tmp_path / "missing"))
        (relay,) = relays()
        loaders.put(loader)
        relay.join()
    with pytest.raises(LoaderStopped):
        loader.GetNextBatch()


@pytest.mark.parametrize("end", ["pass", "raise SystemExit(0)", "del loader"])
def test_the_interpreter_ends_without_stop(tmp_path: Path, end: str) -> None:
    """Also while threads wait for the loader or come back from it all the time."""
    (tmp_path / "noise.tar").write_bytes(NOISE)
    script = f"""
import sys, threading
from pathlib import Path
from lczero_training.loader import DataLoader
from lczero_training.loader.usual_graph import GAMES, config_for

def take(loader):
    while True:
        try:
            loader.GetNextBatch()
        except Exception:
            pass

for folder in GAMES, Path(sys.argv[1]):
    loader = DataLoader(config_for(folder, batch_size=1))
    for _ in range(2):
        threading.Thread(target=take, args=(loader,), daemon=True).start()
while "bad.corrupt" not in loader.GetStats().stages[1].counters:
    pass
{end}
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # logging's last resort prints warnings.
    assert "skipped (1 of 1)" in done.stderr
