import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest

from lczero_training.train.feeder import Feeder


class Source:
    """Numbers from 0, each as soon as the test allows it; an exception is raised in its place."""

    def __init__(self) -> None:
        self.asked: SimpleQueue[int] = SimpleQueue()
        self._answers: SimpleQueue[Exception | None] = SimpleQueue()
        self._given = 0

    def allow(self, count: int) -> None:
        for _ in range(count):
            self._answers.put(None)

    def fail(self, error: Exception) -> None:
        self._answers.put(error)

    def fetch(self) -> int:
        self.asked.put(self._given)
        error = self._answers.get()
        if error is not None:
            raise error
        self._given += 1
        return self._given - 1


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def feeder() -> Iterator[Feeder[int, str]]:
    feeder: Feeder[int, str] = Feeder(str, ahead=2)
    yield feeder
    feeder.close()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_every_batch_once_and_in_order(feeder: Feeder[int, str], source: Source) -> None:
    source.allow(50)
    taken = [feeder.take(source.fetch, limit=50 - n) for n in range(50)]
    assert taken == [str(n) for n in range(50)]
    assert feeder.in_flight == 0


def test_fetches_ahead_of_the_step_and_no_further(feeder: Feeder[int, str], source: Source) -> None:
    source.allow(3)
    assert feeder.take(source.fetch, limit=100) == "0"
    # 0 is taken; 1 and 2 fill the room, and 3 is not asked for.
    assert [source.asked.get() for _ in range(3)] == [0, 1, 2]
    assert feeder.in_flight == 2
    assert feeder.take(source.fetch, limit=99) == "1"
    assert source.asked.get() == 3
    assert feeder.in_flight == 2
    assert source.asked.empty()
    source.allow(1)


def test_nothing_is_fetched_beyond_the_limit(feeder: Feeder[int, str], source: Source) -> None:
    source.allow(100)
    for network in range(3):
        for left in (2, 1):
            assert feeder.take(source.fetch, limit=left) == str(2 * network + 2 - left)
        assert feeder.in_flight == 0
    assert source.asked.qsize() == 6


def test_what_a_stop_leaves_behind_is_taken_next(feeder: Feeder[int, str], source: Source) -> None:
    source.allow(3)
    assert feeder.take(source.fetch, limit=100) == "0"
    assert [source.asked.get() for _ in range(3)] == [0, 1, 2]
    other = Source()
    assert feeder.take(other.fetch, limit=2) == "1"
    assert feeder.take(other.fetch, limit=1) == "2"
    assert other.asked.empty()


def test_an_error_comes_after_the_batches_before_it(
    feeder: Feeder[int, str], source: Source
) -> None:
    source.allow(2)
    source.fail(EOFError("no more"))
    assert feeder.take(source.fetch, limit=9) == "0"
    assert feeder.take(source.fetch, limit=8) == "1"
    with pytest.raises(EOFError, match="no more"):
        feeder.take(source.fetch, limit=7)
    assert feeder.in_flight == 0
    source.allow(1)
    assert feeder.take(source.fetch, limit=1) == "2"


def test_the_error_of_a_source_is_not_that_of_the_next(
    feeder: Feeder[int, str], source: Source
) -> None:
    source.allow(1)
    source.fail(EOFError("no more"))
    assert feeder.take(source.fetch, limit=9) == "0"
    assert [source.asked.get() for _ in range(2)] == [0, 1]
    other = Source()
    other.allow(1)
    assert feeder.take(other.fetch, limit=1) == "0"


def test_an_error_of_the_move_too(source: Source) -> None:
    def refuse(batch: int) -> int:
        raise ValueError(f"not {batch}")

    feeder = Feeder(refuse, ahead=2)
    source.allow(1)
    with pytest.raises(ValueError, match="not 0"):
        feeder.take(source.fetch, limit=1)
    feeder.close()


def test_a_source_that_is_stopped_wakes_who_waits(feeder: Feeder[int, str], source: Source) -> None:
    raised: list[BaseException] = []

    def take() -> None:
        try:
            feeder.take(source.fetch, limit=1)
        except InterruptedError as error:
            raised.append(error)

    thread = in_thread(take)
    assert source.asked.get() == 0
    source.fail(InterruptedError())
    thread.join()
    assert len(raised) == 1


def test_close_with_batches_that_nobody_takes(source: Source) -> None:
    feeder: Feeder[int, str] = Feeder(str, ahead=2)
    source.allow(3)
    feeder.take(source.fetch, limit=100)
    feeder.close()
    assert feeder.in_flight == 0 or source.asked.qsize() < 4


def test_close_does_not_wait_for_a_source_that_hangs(source: Source) -> None:
    feeder: Feeder[int, str] = Feeder(str, ahead=2)
    source.allow(1)
    assert feeder.take(source.fetch, limit=100) == "0"
    assert [source.asked.get() for _ in range(2)] == [0, 1]
    feeder.close()
    source.allow(1)


def test_close_before_anything() -> None:
    Feeder(str, ahead=1).close()
