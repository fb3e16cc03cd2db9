import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from lczero_training.upload.event_loop import UploadLoop


@pytest.fixture
def loop() -> Iterator[UploadLoop]:
    loop = UploadLoop()
    yield loop
    loop.close()


def test_names_are_found(loop: UploadLoop) -> None:
    found = loop.run_until_complete(
        loop.getaddrinfo("127.0.0.1", 80, family=socket.AF_INET, type=socket.SOCK_STREAM)
    )
    assert [address for *_, address in found] == [("127.0.0.1", 80)]


def test_failure_is_raised(loop: UploadLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*unused: object) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(socket.gaierror, match="Temporary"):
        loop.run_until_complete(loop.getaddrinfo("nowhere.invalid", 80))


@pytest.mark.parametrize("closed_first", [False, True])
def test_hanging_lookup_holds_nothing_up(
    loop: UploadLoop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    closed_first: bool,
) -> None:
    begun, answer = threading.Event(), threading.Event()
    threads = []

    def hang(*unused: object) -> list[object]:
        threads.append(threading.current_thread())
        begun.set()
        answer.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    lookup = loop.create_task(loop.getaddrinfo("slow.invalid", 80))

    async def cancel() -> None:
        await asyncio.sleep(0)
        begun.wait()
        lookup.cancel()
        await asyncio.wait([lookup])

    loop.run_until_complete(cancel())
    assert lookup.cancelled()
    if closed_first:
        loop.close()
    answer.set()
    threads[0].join()
    assert threads[0].daemon
    if not closed_first:
        loop.run_until_complete(asyncio.sleep(0))
    assert caplog.text == ""
