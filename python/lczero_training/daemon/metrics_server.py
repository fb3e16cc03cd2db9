"""The HTTP server of the metrics endpoint: /metrics for Prometheus, /healthz."""

import http.server
import json
import logging
import socket
import socketserver
import threading
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector

from lczero_training.daemon.metrics_endpoint import LastStatus
from lczero_training.daemon.metrics_families import StatusCollector

_LOG = logging.getLogger(__name__)

# A client that is slower is cut off.
_CLIENT_SECONDS = 10.0


class MetricsServer:
    """Serves from construction to close().

    Threads:  one accepts, one for each request; all are daemons.
    Blocking: close() does not wait for requests.
    Errors:   OSError from the constructor if the port cannot be opened.
    """

    def __init__(self, host: str, port: int, *, last: LastStatus, build: dict[str, str]) -> None:
        self.port = port
        registry = CollectorRegistry()
        registry.register(StatusCollector(last, build))
        ProcessCollector(registry=registry)
        self._server = _Server((host, port), _make_handler(last, registry))
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", daemon=True
        )
        self._thread.start()
        _LOG.info("serves http://%s:%d/metrics and /healthz", host, port)

    def close(self) -> None:
        """Frees the port."""
        # Wakes the accepting thread, which would look at the flag of shutdown() only when its
        # poll is over.
        self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def server_bind(self) -> None:
        # HTTPServer's own asks for the host's name, which waits where name servers are down.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients that hang up are none of our problems; a bug of ours is in the log with its place.
        _LOG.debug("a request failed", exc_info=True)


def _make_handler(
    last: LastStatus, registry: CollectorRegistry
) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = _CLIENT_SECONDS

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._send_metrics()
            elif path == "/healthz":
                healthy, answer = last.health()
                self._send(200 if healthy else 503, "application/json", _json(answer))
            else:
                self._send(404, "text/plain", b"there are /metrics and /healthz\n")

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send_metrics(self) -> None:
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            self._send(200, content_type, encode(registry))

        def _send(self, code: int, content_type: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            _LOG.debug("%s: " + format, self.client_address[0], *args)

    return Handler


def _json(answer: dict[str, object]) -> bytes:
    return json.dumps(answer).encode() + b"\n"
