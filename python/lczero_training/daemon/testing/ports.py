"""Ports for servers under test."""

import socket


def free_port() -> int:
    """A port of the loopback that nobody has now, and that the system gives nobody else soon."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
