import http.client
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from lczero_training.upload import testing
from lczero_training.upload.testing import UploadServer

# Line breaks and what looks like a boundary are content.
CONTENT = b"\r\n--x\r\n--boundary\n\x00\xff--\r\n"
FORM = (
    b'--boundary.1\r\nContent-Disposition: form-data; name="pwd"\r\n\r\nsesame\r\n'
    b'--boundary.1\r\nContent-Disposition: form-data; name="file"; filename="a.pb.gz"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n" + CONTENT + b"\r\n--boundary.1--\r\n"
)


@pytest.fixture
def server() -> Iterator[UploadServer]:
    with UploadServer() as server:
        yield server


def connect(server: UploadServer) -> http.client.HTTPConnection:
    netloc = urlsplit(server.url).netloc
    return http.client.HTTPConnection(netloc, timeout=testing.PATIENCE_SECONDS)


def post(server: UploadServer) -> int:
    connection = connect(server)
    headers = {"Content-Type": "multipart/form-data; boundary=boundary.1"}
    connection.request("POST", "/upload", FORM, headers)
    with connection.getresponse() as response:
        response.read()
        return response.status


def test_form_is_taken_apart(server: UploadServer) -> None:
    assert post(server) == 200
    server.wait_received(1)
    (received,) = server.received
    assert received.fields == {"pwd": "sesame"}
    assert received.file_name == "a.pb.gz" and received.content == CONTENT
    assert received.path == "/upload"


def test_script_is_followed_and_then_the_rest(server: UploadServer) -> None:
    server.script(testing.answer(500), testing.answer_early(413))
    server.script(testing.cut_before_answer())
    server.otherwise(testing.answer(201))
    assert post(server) == 500 and post(server) == 413
    with pytest.raises(ConnectionError):
        post(server)
    assert post(server) == post(server) == 201
    server.wait_ended(5)
    assert server.started == 5 and len(server.received) == 4


def test_hang_ends_when_released(server: UploadServer) -> None:
    server.script(testing.hang(), testing.hang_before_body())
    statuses: list[int] = []
    clients = [threading.Thread(target=lambda: statuses.append(post(server))) for _ in range(2)]
    for client in clients:
        client.start()
    server.wait_hanging(2)
    assert statuses == []
    server.release()
    for client in clients:
        client.join()
    assert statuses == [200, 200]


def test_close_cuts_who_is_in_the_middle() -> None:
    server = UploadServer()
    connection = connect(server)
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    server.wait_started(1)
    server.close()
    with pytest.raises(ConnectionError):
        connection.getresponse()


def test_wait_gives_up_with_what_it_saw(
    server: UploadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(TimeoutError, match="2 requests to start; 0 requests started"):
        server.wait_started(2)
