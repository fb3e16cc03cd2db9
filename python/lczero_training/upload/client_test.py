import asyncio
import hashlib
import json
import logging
import random
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from lczero_training.config.daemon import RetryConfig, UploadConfig
from lczero_training.upload import testing
from lczero_training.upload.client import (
    Outcome,
    Refused,
    TryAgain,
    UploadClient,
    Uploaded,
    shown_url,
)
from lczero_training.upload.password import Password
from lczero_training.upload.spool import SpooledNetwork
from lczero_training.upload.testing import UploadServer

PASSWORD = "hunter2/ä&'+ %"
# More than the buffers between client and server hold.
BIG = 1 << 24
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[UploadServer]:
    with UploadServer() as server:
        yield server


@pytest.fixture(autouse=True)
def no_password_anywhere(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    logged = " ".join(record.getMessage() for record in caplog.get_records("call"))
    assert "hunter2" not in logged and "sesame" not in logged


def write(folder: Path, size: int = 1000) -> tuple[SpooledNetwork, Path]:
    content = random.Random(size).randbytes(size)
    path = folder / "00000200-x.pb.gz"
    path.write_bytes(content)
    network = SpooledNetwork(
        step=200,
        file_name="run-00000200.pb.gz",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=size,
        layers=15,
        filters=1024,
        queued_at="2026-01-02T03:04:05Z",
    )
    return network, path


def config(url: str, **fields: float) -> UploadConfig:
    return UploadConfig(
        url=url,
        training_id=7,
        spool_directory="spool",
        retry=RetryConfig(first_seconds=1.0, longest_seconds=100.0),
        timeout_seconds=fields.get("timeout_seconds", 60.0),
    )


async def send(
    folder: Path, url: str, *, size: int = 1000, timeout_seconds: float = 60.0
) -> Outcome:
    client = UploadClient(
        config(url, timeout_seconds=timeout_seconds), Password(PASSWORD), now=lambda: NOW
    )
    outcome = await client.send(*write(folder, size))
    assert "hunter2" not in repr(outcome)
    return outcome


# What goes out.


@pytest.mark.parametrize("size", [0, 1000, BIG])
async def test_server_gets_the_form(tmp_path: Path, server: UploadServer, size: int) -> None:
    assert await send(tmp_path, server.url + "?key=1", size=size) == Uploaded()
    (received,) = server.received
    assert received.fields == {
        "pwd": PASSWORD,
        "training_id": "7",
        "layers": "15",
        "filters": "1024",
    }
    assert received.path == "/upload?key=1"
    assert received.file_name == "run-00000200.pb.gz"
    assert len(received.content) == size
    assert received.sha256 == write(tmp_path, size)[0].sha256


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_success_is_success(tmp_path: Path, server: UploadServer, status: int) -> None:
    server.script(testing.answer(status))
    assert await send(tmp_path, server.url) == Uploaded()


async def test_damaged_file_is_not_sent(tmp_path: Path, server: UploadServer) -> None:
    network, path = write(tmp_path)
    client = UploadClient(config(server.url), Password(PASSWORD))
    path.write_bytes(path.read_bytes()[:-1])
    outcome = await client.send(network, path)
    assert isinstance(outcome, Refused) and "999 bytes" in outcome.reason
    path.unlink()
    outcome = await client.send(network, path)
    assert isinstance(outcome, Refused) and "is missing" in outcome.reason
    path.mkdir()
    assert isinstance(await client.send(network, path), TryAgain)
    assert server.started == 0


async def test_loopback_is_never_reached_through_a_proxy(
    tmp_path: Path, server: UploadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert await send(tmp_path, server.url) == Uploaded()


# What comes back.


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 507])
async def test_later_is_tried_again(tmp_path: Path, server: UploadServer, status: int) -> None:
    server.script(testing.answer(status, b"too\r\nbusy \x1b[31m"))
    outcome = await send(tmp_path, server.url)
    assert isinstance(outcome, TryAgain) and outcome.retry_after_seconds is None
    assert str(status) in outcome.reason and "'too busy [31m'" in outcome.reason


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422, 499])
async def test_no_is_refused(tmp_path: Path, server: UploadServer, status: int) -> None:
    server.script(testing.answer(status, b"no such run"))
    outcome = await send(tmp_path, server.url)
    assert isinstance(outcome, Refused)
    assert str(status) in outcome.reason and "'no such run'" in outcome.reason


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("20", 20.0),
        ("0", 0.0),
        ("999999999999", 100.0),
        ("9" * 400, 100.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=1), usegmt=True), 100.0),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
async def test_retry_after_is_told_within_bounds(
    tmp_path: Path, server: UploadServer, value: str, seconds: float | None
) -> None:
    server.script(testing.answer(503, headers={"Retry-After": value}))
    outcome = await send(tmp_path, server.url)
    assert isinstance(outcome, TryAgain) and outcome.retry_after_seconds == seconds


async def test_answer_before_the_body_was_read(tmp_path: Path, server: UploadServer) -> None:
    server.script(testing.answer_early(413, b"too large"))
    outcome = await send(tmp_path, server.url, size=BIG)
    assert isinstance(outcome, Refused)
    assert "413" in outcome.reason and "too large" in outcome.reason


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_redirection_is_not_followed(
    tmp_path: Path, server: UploadServer, status: int
) -> None:
    with UploadServer() as elsewhere:
        target = elsewhere.url + "?pwd=" + quote_plus(PASSWORD)
        server.script(testing.redirect(target, status))
        outcome = await send(tmp_path, server.url)
        assert isinstance(outcome, Refused)
        assert str(status) in outcome.reason and elsewhere.url in outcome.reason
        assert elsewhere.started == 0


async def test_redirection_to_nowhere(tmp_path: Path, server: UploadServer) -> None:
    server.script(testing.redirect("http://[nowhere"))
    assert isinstance(await send(tmp_path, server.url), Refused)


async def test_long_answer_is_cut(tmp_path: Path, server: UploadServer) -> None:
    server.script(testing.answer(403, b"no! " * 100_000))
    outcome = await send(tmp_path, server.url)
    assert isinstance(outcome, Refused) and len(outcome.reason) < 400


@pytest.mark.parametrize("encode", [str, quote, quote_plus, json.dumps, repr])
async def test_echoed_password_is_hidden(
    tmp_path: Path, server: UploadServer, encode: object
) -> None:
    assert callable(encode)
    server.script(testing.echo(403, encode))
    outcome = await send(tmp_path, server.url)
    assert isinstance(outcome, Refused)
    assert "wrong password" in outcome.reason and "***" in outcome.reason


async def test_beginning_of_a_password_at_the_end_of_what_is_read(
    tmp_path: Path, server: UploadServer
) -> None:
    # Passwords fill what is read, and shrink to less than what is shown.
    long = "hunter2" + "x" * 293
    server.script(testing.answer(403, (long + " ").encode() * 100))
    client = UploadClient(config(server.url), Password(long))
    outcome = await client.send(*write(tmp_path))
    assert isinstance(outcome, Refused) and "***" in outcome.reason
    assert "hunter2" not in outcome.reason


async def test_query_of_the_url_is_hidden(tmp_path: Path, server: UploadServer) -> None:
    server.script(testing.answer(404, b"Cannot POST /upload?key=sesame"))
    outcome = await send(tmp_path, server.url + "?key=sesame")
    assert isinstance(outcome, Refused) and "sesame" not in outcome.reason
    assert shown_url(server.url + "?key=sesame#x") == server.url


# Connections that break.


@pytest.mark.parametrize("size", [1000, BIG])
async def test_cut_connection_is_tried_again(
    tmp_path: Path, server: UploadServer, size: int
) -> None:
    server.script(testing.cut_in_body(), testing.cut_before_answer())
    for _ in range(2):
        outcome = await send(tmp_path, server.url, size=size)
        assert isinstance(outcome, TryAgain) and outcome.reason


async def test_status_counts_though_the_answer_is_cut(tmp_path: Path, server: UploadServer) -> None:
    server.script(testing.cut_in_answer(403, b"no"), testing.cut_in_answer(200, b"than"))
    outcome = await send(tmp_path, server.url)
    assert isinstance(outcome, Refused) and "403" in outcome.reason
    assert await send(tmp_path, server.url) == Uploaded()


async def test_status_counts_though_the_answer_does_not_end(
    tmp_path: Path, server: UploadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lczero_training.upload.client._ANSWER_SECONDS", 0.01)
    server.script(testing.hang_in_answer(403, b"no"))
    outcome = await send(tmp_path, server.url)
    assert isinstance(outcome, Refused) and "403" in outcome.reason
    server.wait_gone(1)


@pytest.mark.parametrize("size", [1000, BIG])
async def test_hanging_server_is_given_up(tmp_path: Path, server: UploadServer, size: int) -> None:
    server.script(testing.hang_before_body())
    outcome = await send(tmp_path, server.url, size=size, timeout_seconds=0.2)
    assert outcome == TryAgain("no answer within 0.2 s")


async def test_client_hangs_up_on_a_server_that_does_not_answer(
    tmp_path: Path, server: UploadServer
) -> None:
    server.script(testing.hang())
    outcome = await send(tmp_path, server.url, timeout_seconds=0.2)
    assert outcome == TryAgain("no answer within 0.2 s")
    server.wait_gone(1)


async def test_attempt_can_be_cancelled(tmp_path: Path, server: UploadServer) -> None:
    server.script(testing.hang())
    attempt = asyncio.create_task(send(tmp_path, server.url))
    await asyncio.to_thread(server.wait_received, 1)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    await asyncio.to_thread(server.wait_gone, 1)


async def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = await send(tmp_path, f"http://127.0.0.1:{unused.getsockname()[1]}/")
        assert isinstance(outcome, TryAgain) and "ConnectError" in outcome.reason


async def test_server_that_speaks_no_http(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"password is hunter2/\xc3\xa4&'+ %\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        outcome = await send(tmp_path, f"http://127.0.0.1:{port}/")
        assert isinstance(outcome, TryAgain) and outcome.reason


async def test_file_that_shrinks_while_it_is_sent(tmp_path: Path, server: UploadServer) -> None:
    network, path = write(tmp_path, BIG)
    client = UploadClient(config(server.url), Password(PASSWORD))
    server.script(testing.hang_before_body())
    attempt = asyncio.create_task(client.send(network, path))
    await asyncio.to_thread(server.wait_started, 1)
    with path.open("r+b") as file:
        file.truncate(10)
    server.release()
    assert isinstance(await attempt, TryAgain)
    assert isinstance(await client.send(replace(network), path), Refused)
