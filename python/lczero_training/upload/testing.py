"""A training server on a local port that does what a test tells it to.

with UploadServer() as server:
    server.script(answer(500), cut_before_answer(), hang())   # the first three requests
    ...                                                       # later ones are accepted
    server.wait_started(3)
    assert server.received[0].fields["layers"] == "2"
"""

import hashlib
import os
import select
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

# A wait that takes longer has failed; generous, for machines under load.
PATIENCE_SECONDS = 60.0

# Between two looks of the accepting thread for its end.
_LOOK_SECONDS = 0.02
_HEADERS_END = b"\r\n\r\n"
_PIECE_BYTES = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Received:
    """One form that the server has read to its end."""

    path: str
    fields: dict[str, str]
    file_name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the file, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


# What the server does with one request.
Behaviour = Callable[["Exchange"], None]


class UploadServer:
    """A real HTTP server on 127.0.0.1, from construction to close().

    Threads:  every method may be called from any thread; a thread serves each connection.
    Blocking: the wait_ methods, for PATIENCE_SECONDS; then TimeoutError.
    Shutdown: close() releases and cuts what hangs, and joins all threads.
    """

    def __init__(self, *, port: int = 0) -> None:
        self._changed = threading.Condition()
        self._behaviours: deque[Behaviour] = deque()
        self._default: Behaviour = accept()
        self._received: list[Received] = []
        self._started = self._ended = self._hanging = self._gone = 0
        self._release_fd = os.eventfd(0)
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.exchange = self._exchange
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_LOOK_SECONDS,), name="upload-server"
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/upload"

    @property
    def received(self) -> tuple[Received, ...]:
        """Every form that was read whole, whatever was answered, in order."""
        with self._changed:
            return tuple(self._received)

    @property
    def started(self) -> int:
        """Requests whose headers have come."""
        with self._changed:
            return self._started

    def script(self, *behaviours: Behaviour) -> None:
        """What to do with the next requests, one each, after those scripted before."""
        with self._changed:
            self._behaviours.extend(behaviours)

    def otherwise(self, behaviour: Behaviour) -> None:
        """What to do with requests that no script is left for; at first accept()."""
        with self._changed:
            self._default = behaviour

    def release(self) -> None:
        """Ends every hang, those to come included: they go on as accept()."""
        os.eventfd_write(self._release_fd, 1)

    def wait_started(self, count: int) -> None:
        """Until so many requests have begun."""
        self._wait(lambda: self._started >= count, f"{count} requests to start")

    def wait_ended(self, count: int) -> None:
        """Until so many requests were dealt with, however."""
        self._wait(lambda: self._ended >= count, f"{count} requests to end")

    def wait_received(self, count: int) -> None:
        """Until so many forms were read whole."""
        self._wait(lambda: len(self._received) >= count, f"{count} forms")

    def wait_hanging(self, count: int) -> None:
        """Until so many requests have come to a hang, released ones included."""
        self._wait(lambda: self._hanging >= count, f"{count} requests to hang")

    def wait_gone(self, count: int) -> None:
        """Until the client has hung up on so many that hang.

        Shows only for forms that were read, or are small: a hang-up comes after what was sent.
        """
        self._wait(lambda: self._gone >= count, f"{count} clients to hang up")

    def close(self) -> None:
        """Ends the server; may be called once."""
        self.release()
        self._http.shutdown()
        self._http.cut_all()
        self._thread.join()
        self._http.server_close()
        os.close(self._release_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def _wait(self, there: Callable[[], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(there, PATIENCE_SECONDS):
                raise TimeoutError(
                    f"waited {PATIENCE_SECONDS} s for {what}; {self._started} requests started, "
                    f"{self._ended} ended, {len(self._received)} forms received"
                )

    def _exchange(self, handler: "_Handler") -> None:
        with self._changed:
            self._started += 1
            behaviour = self._behaviours.popleft() if self._behaviours else self._default
            self._changed.notify_all()
        try:
            behaviour(Exchange(handler, self))
        finally:
            with self._changed:
                self._ended += 1
                self._changed.notify_all()

    def _remember(self, received: Received) -> None:
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()

    def _hang(self, connection: socket.socket) -> bool:
        """Waits; True when released, False when the client hung up."""
        with self._changed:
            self._hanging += 1
            self._changed.notify_all()
        waits = select.poll()
        waits.register(self._release_fd, select.POLLIN)
        # Not POLLIN: there may be a form that nobody reads.
        waits.register(connection, select.POLLRDHUP)
        if any(fd == self._release_fd for fd, _ in waits.poll()):
            return True
        with self._changed:
            self._gone += 1
            self._changed.notify_all()
        return False


class Exchange:
    """One request and its answer, for behaviours to act on.

    Errors: ConnectionError, which ends the exchange, if the client is gone.
    """

    def __init__(self, handler: "_Handler", server: UploadServer) -> None:
        self._handler = handler
        self._server = server

    @property
    def body_bytes(self) -> int:
        """How long the body is that the client announced."""
        return int(self._handler.headers["Content-Length"])

    def read(self, size: int) -> bytes:
        """So much more of the body."""
        pieces = []
        while size:
            piece = self._handler.rfile.read(min(size, _PIECE_BYTES))
            if not piece:
                raise ConnectionError("the client hung up within the body")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def receive(self) -> Received:
        """Reads the whole form and remembers it."""
        boundary = self._handler.headers.get_boundary()
        assert boundary is not None
        received = _parse(self.read(self.body_bytes), boundary.encode(), self._handler.path)
        self._server._remember(received)
        return received

    def reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        """Answers."""
        self._handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()
        self._handler.wfile.write(body)
        self._handler.wfile.flush()

    def drain(self) -> None:
        """Lets the client finish sending, as servers do that want their answer to be read."""
        self._handler.connection.shutdown(socket.SHUT_WR)
        while self._handler.rfile.read1(_PIECE_BYTES):
            pass

    def hang(self) -> bool:
        """Waits for UploadServer.release(); False if the client hung up first."""
        return self._server._hang(self._handler.connection)


def accept() -> Behaviour:
    """Reads the form and answers 200."""
    return answer(200, b"thanks")


def answer(status: int, body: bytes = b"", *, headers: dict[str, str] | None = None) -> Behaviour:
    """Reads the form and answers so."""

    def behave(exchange: Exchange) -> None:
        exchange.receive()
        exchange.reply(status, body, headers)

    return behave


def answer_early(status: int, body: bytes = b"") -> Behaviour:
    """Answers so, e.g. 413, before anything of the body was read."""

    def behave(exchange: Exchange) -> None:
        exchange.reply(status, body)
        exchange.drain()

    return behave


def hang() -> Behaviour:
    """Reads the form and does not answer until released."""

    def behave(exchange: Exchange) -> None:
        exchange.receive()
        if exchange.hang():
            exchange.reply(200)

    return behave


def hang_before_body() -> Behaviour:
    """Does not even read the form until released."""

    def behave(exchange: Exchange) -> None:
        if exchange.hang():
            exchange.receive()
            exchange.reply(200)

    return behave


def hang_in_answer(status: int, body: bytes) -> Behaviour:
    """Sends the beginning of an answer, and not the rest until released."""

    def behave(exchange: Exchange) -> None:
        exchange.receive()
        exchange.reply(status, body, {"Content-Length": str(len(body) + 1)})
        exchange.hang()

    return behave


def cut_in_body() -> Behaviour:
    """Cuts the connection when half of the form was read."""

    def behave(exchange: Exchange) -> None:
        exchange.read(exchange.body_bytes // 2)

    return behave


def cut_before_answer() -> Behaviour:
    """Reads the form and cuts the connection."""

    def behave(exchange: Exchange) -> None:
        exchange.receive()

    return behave


def cut_in_answer(status: int, body: bytes) -> Behaviour:
    """Cuts the connection before the last byte of an answer."""

    def behave(exchange: Exchange) -> None:
        exchange.receive()
        exchange.reply(status, body, {"Content-Length": str(len(body) + 1)})

    return behave


def echo(status: int, encode: Callable[[str], str] = str) -> Behaviour:
    """Answers with the password that it was sent, as a careless server's error page does."""

    def behave(exchange: Exchange) -> None:
        password = encode(exchange.receive().fields["pwd"])
        exchange.reply(status, f"wrong password '{password}'".encode())

    return behave


def redirect(target: str, status: int = 307) -> Behaviour:
    """Sends the client elsewhere."""
    return answer(status, headers={"Location": target})


class _Server(ThreadingHTTPServer):
    # server_close() joins the threads.
    daemon_threads = False
    exchange: Callable[["_Handler"], None]

    def __init__(self, address: tuple[str, int], handler: type["_Handler"]) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients hang up in many ways; all else is a mistake of the test.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self.close_connection = True
        self.server.exchange(self)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def _parse(body: bytes, boundary: bytes, path: str) -> Received:
    # Between the first boundary and the last; each part ends before a line break of the form's.
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]
    fields: dict[str, str] = {}
    file_name, content = "", b""
    for part in parts:
        head, _, data = part.removeprefix(b"\r\n").partition(_HEADERS_END)
        headers = BytesHeaderParser().parsebytes(head)
        name = headers.get_param("name", header="Content-Disposition")
        if headers.get_filename() is not None:
            assert name == "file"
            file_name, content = str(headers.get_filename()), data
        else:
            fields[str(name)] = data.decode("utf-8")
    return Received(path=path, fields=fields, file_name=file_name, content=content)
