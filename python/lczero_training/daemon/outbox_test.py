import os
import threading

from lczero_training.daemon.outbox import Outbox

# More than any pipe holds, so the writer blocks until somebody reads.
BIG = "x" * (1 << 21)


def block(outbox: Outbox, read_fd: int) -> None:
    """Keeps the writer busy until somebody reads: a line has begun, and fills the pipe."""
    outbox.put(BIG)
    assert os.read(read_fd, 1) == b"x"


def read_to_end(fd: int) -> list[str]:
    with os.fdopen(fd) as file:
        return file.read().splitlines()


def finish(outbox: Outbox, write_fd: int, read_fd: int) -> list[str]:
    """Reads all that the outbox still writes."""
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(read_to_end(read_fd)))
    reader.start()
    assert outbox.close(30.0)
    os.close(write_fd)
    reader.join()
    return lines


def test_lines_come_out_in_order() -> None:
    read_fd, write_fd = os.pipe()
    outbox = Outbox(write_fd)
    sent = [f"line {n} \u265e" for n in range(100)]
    for line in sent:
        outbox.put(line)
    assert finish(outbox, write_fd, read_fd) == sent


def test_reader_who_does_not_read_loses_old_statuses_and_no_event() -> None:
    read_fd, write_fd = os.pipe()
    outbox = Outbox(write_fd, status_capacity=2)
    block(outbox, read_fd)
    for number in range(50):
        outbox.put(f"status {number}", droppable=True)
        outbox.put(f"event {number}")
    first, *rest = finish(outbox, write_fd, read_fd)
    assert first == BIG[1:]
    assert [line for line in rest if line.startswith("event")] == [
        f"event {number}" for number in range(50)
    ]
    assert rest[-4:] == ["status 48", "event 48", "status 49", "event 49"]
    assert len(rest) == 52


def test_events_too_are_bounded() -> None:
    read_fd, write_fd = os.pipe()
    outbox = Outbox(write_fd, status_capacity=2, event_capacity=10)
    block(outbox, read_fd)
    outbox.put("status", droppable=True)
    for number in range(1000):
        outbox.put(f"event {number}")
    lines = finish(outbox, write_fd, read_fd)
    assert lines[1:] == ["status", *(f"event {number}" for number in range(990, 1000))]


def test_close_does_not_wait_for_ever_for_the_reader() -> None:
    read_fd, write_fd = os.pipe()
    outbox = Outbox(write_fd)
    block(outbox, read_fd)
    assert not outbox.close(0.01)
    os.close(read_fd)
    assert outbox.close(30.0)
    os.close(write_fd)


def test_gone_reader_breaks_the_outbox_and_wakes_who_waits_for_room() -> None:
    read_fd, write_fd = os.pipe()
    outbox = Outbox(write_fd, event_capacity=4)
    block(outbox, read_fd)
    for _ in range(4):
        outbox.put("event")
    os.close(read_fd)
    outbox.wait_for_room()
    assert outbox.close(30.0)
    assert outbox.broken
    outbox.put("into the void")
    os.close(write_fd)
