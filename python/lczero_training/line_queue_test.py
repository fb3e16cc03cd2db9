import threading

from lczero_training.line_queue import LineQueue

PATIENCE_SECONDS = 30.0


class SlowPlace:
    """Takes one line and then none until it is let go."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.holds_one = threading.Event()
        self.free = threading.Event()

    def write(self, line: str) -> None:
        self.holds_one.set()
        assert self.free.wait(PATIENCE_SECONDS)
        self.lines.append(line)


def blocked(place: SlowPlace, capacity_chars: int) -> LineQueue:
    """A queue whose thread is busy with the line "first"."""
    queue = LineQueue(
        place.write,
        name="test",
        capacity_chars=capacity_chars,
        dropped_note=lambda number: f"{number} gone",
    )
    queue.put("first")
    assert place.holds_one.wait(PATIENCE_SECONDS)
    return queue


def test_lines_come_out_in_order() -> None:
    place = SlowPlace()
    queue = blocked(place, 1000)
    for number in range(50):
        queue.put(str(number))
    place.free.set()
    assert queue.close(PATIENCE_SECONDS)
    assert place.lines == ["first", *map(str, range(50))]


def test_full_queue_drops_and_tells_once_where_the_gap_is() -> None:
    place = SlowPlace()
    queue = blocked(place, 10)
    for number in range(1000):
        queue.put(f"{number:05d}")
    place.free.set()
    assert queue.close(PATIENCE_SECONDS)
    assert place.lines == ["first", "00000", "00001", "998 gone"]


def test_line_that_would_fit_does_not_hide_the_gap_before_it() -> None:
    place = SlowPlace()
    queue = blocked(place, 10)
    for line in ("aaaaaaaa", "too long", "b"):
        queue.put(line)
    place.free.set()
    assert queue.close(PATIENCE_SECONDS)
    assert place.lines == ["first", "aaaaaaaa", "2 gone"]


def test_after_the_gap_lines_are_taken_again() -> None:
    place = SlowPlace()
    told = threading.Event()

    def write(line: str) -> None:
        place.write(line)
        if line == "1 gone":
            told.set()

    queue = LineQueue(
        write, name="test", capacity_chars=4, dropped_note=lambda number: f"{number} gone"
    )
    queue.put("first")
    assert place.holds_one.wait(PATIENCE_SECONDS)
    queue.put("aaaa")
    queue.put("lost")
    place.free.set()
    assert told.wait(PATIENCE_SECONDS)
    queue.put("b")
    assert queue.close(PATIENCE_SECONDS)
    assert place.lines == ["first", "aaaa", "1 gone", "b"]


def test_line_longer_than_the_room_passes_alone() -> None:
    place = SlowPlace()
    queue = blocked(place, 4)
    queue.put("much too long")
    place.free.set()
    assert queue.close(PATIENCE_SECONDS)
    assert place.lines == ["first", "much too long"]


def test_close_leaves_a_place_that_hangs() -> None:
    place = SlowPlace()
    queue = blocked(place, 100)
    queue.put("second")
    assert not queue.close(0.01)
    queue.put("too late")
    place.free.set()
    assert queue.close(PATIENCE_SECONDS)
    assert place.lines == ["first", "second"]
