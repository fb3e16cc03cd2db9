import errno
import random
from pathlib import Path

import pytest

from lczero_training.config.daemon import RetryConfig
from lczero_training.daemon.events import NetworkWritten, ProblemMet, SessionEvent
from lczero_training.daemon.exports import MOST_WAITING, Exports, TrainedNetwork
from lczero_training.daemon.ledger import Ledger
from lczero_training.daemon.ports import NetworkFile
from lczero_training.daemon.testing.fakes import write_fake_file
from lczero_training.schema.messages import Problem


class Desk:
    """Exports whose disks can be full, with a clock that a test moves."""

    def __init__(self, folder: Path) -> None:
        self.events: list[SessionEvent] = []
        self.full: set[str] = set()
        # Room comes back after so many files were refused.
        self.refusals = 1_000_000
        self.seconds = 0.0
        self.ledger = Ledger(folder / "checkpoints")
        self.exports = Exports(
            ledger=self.ledger,
            write_file=self.write,
            report=self.events.append,
            retry=RetryConfig(first_seconds=10.0, longest_seconds=40.0),
            clock=lambda: self.seconds,
            rng=random.Random(1),
        )
        self.paths = [folder / disk / "{}.pb.gz" for disk in ("near", "far")]

    def write(self, data: bytes, path: Path) -> NetworkFile:
        if path.parent.name in self.full and self.refusals > 0:
            self.refusals -= 1
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write_fake_file(data, path)

    def export(self, step: int) -> bool:
        network = TrainedNetwork(
            step=step,
            data=b"%d" % step,
            exported_at="2026-01-02T03:04:05Z",
            anchor="a",
            to_upload=True,
        )
        paths = [Path(str(path).format(step)) for path in self.paths]
        return step in [entry.step for entry in self.exports.write(network, paths)]

    def problems(self) -> list[Problem]:
        return [e.problem for e in self.events if isinstance(e, ProblemMet)]

    def files(self) -> list[list[str]]:
        """Folders of the files that were told, network by network."""
        written = [e.entry for e in self.events if isinstance(e, NetworkWritten)]
        return [[Path(file.path).parent.name for file in entry.files] for entry in written]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_every_path_is_written_and_noted_once(desk: Desk) -> None:
    assert desk.export(200)
    assert desk.files() == [["near", "far"]] and desk.problems() == []
    [entry] = desk.ledger.entries
    assert (entry.step, entry.anchor, entry.to_upload, len(entry.files)) == (200, "a", True, 2)
    assert desk.exports.waiting == 0 and desk.exports.next_try is None and not desk.exports.due


def test_full_disks_are_tried_again_until_they_take_it(desk: Desk) -> None:
    desk.full = {"near", "far"}
    assert not desk.export(200)
    assert desk.exports.waiting == 1 and desk.exports.holds(200)
    assert desk.ledger.entries == () and desk.problems() == [Problem.EXPORT_FAILED]
    first = desk.exports.next_try
    assert first is not None and 5.0 <= first <= 10.0
    assert desk.exports.retry() == [] and len(desk.problems()) == 1, "not before its time"
    desk.seconds = first
    assert desk.exports.due
    assert desk.exports.retry() == [] and len(desk.problems()) == 2
    second = desk.exports.next_try
    assert second is not None and 10.0 <= second - first <= 20.0
    desk.full = set()
    desk.seconds = second
    [entry] = desk.exports.retry()
    assert entry.step == 200 and len(entry.files) == 2
    assert desk.exports.waiting == 0 and not desk.exports.holds(200)


def test_one_disk_is_enough_and_the_other_follows(desk: Desk) -> None:
    desk.full = {"far"}
    assert desk.export(200)
    assert desk.files() == [["near"]] and desk.exports.waiting == 1
    desk.full = set()
    desk.seconds = 100.0
    assert desk.exports.retry() == [], "it was exported before"
    assert desk.files() == [["near"], ["far"]]
    assert [len(entry.files) for entry in desk.ledger.entries] == [2]
    assert [e.first for e in desk.events if isinstance(e, NetworkWritten)] == [True, False]


def test_full_disk_under_the_ledger_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(entry: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(desk.ledger, "append", refuse)
        assert not desk.export(200)
    assert desk.files() == [] and desk.exports.holds(200)
    desk.seconds = 100.0
    assert [entry.step for entry in desk.exports.retry()] == [200]


def test_younger_never_leaves_before_older(desk: Desk) -> None:
    desk.full = {"near", "far"}
    desk.export(200)
    # There is room again after both files of the older one failed, before the younger is tried.
    desk.refusals = 2
    assert not desk.export(400)
    assert desk.ledger.entries == () and desk.exports.waiting == 2
    [*_, last] = desk.events
    assert isinstance(last, ProblemMet) and "wait for it: 1" in last.message
    desk.seconds = 200.0
    assert [entry.step for entry in desk.exports.retry()] == [200, 400]
    assert desk.exports.waiting == 0 and desk.exports.next_try is None


def test_oldest_is_given_up_when_too_many_wait(desk: Desk) -> None:
    desk.full = {"near", "far"}
    for step in range(MOST_WAITING + 1):
        desk.export(step)
    assert desk.exports.waiting == MOST_WAITING and not desk.exports.holds(0)
    assert desk.problems().count(Problem.EXPORT_LOST) == 1
    [lost] = [e for e in desk.events if isinstance(e, ProblemMet) and "given up" in e.message]
    assert "step 0 for" in lost.message and "exporter" in lost.message


def test_end_tries_everything_once_more_and_says_what_is_lost(desk: Desk) -> None:
    desk.full = {"near", "far"}
    desk.export(200)
    desk.export(400)
    desk.full = {"far"}
    assert [entry.step for entry in desk.exports.write_or_give_up()] == [200, 400]
    assert desk.exports.waiting == 0
    lost = [e for e in desk.events if isinstance(e, ProblemMet) and "given up" in e.message]
    assert ["far/200" in event.message for event in lost] == [True, False]
    assert all("near" in event.message and "copy it" in event.message for event in lost)
